"""Training: networks, the loop, those who listen to it, and runs that survive."""
