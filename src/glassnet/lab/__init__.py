"""The lab: one step opened (dissect), and hand calculations marked (mark)."""
