"""glassnet: neural networks under glass."""
