"""Gradient descent on a function: its path step by step, what the path did and why, and where the function is level."""
