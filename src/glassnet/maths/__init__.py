"""The mathematics, in NumPy alone: every value beside its gradient, a page a family.

What a student reads, what the reference engine runs, and what every faster engine is tested against.
"""
