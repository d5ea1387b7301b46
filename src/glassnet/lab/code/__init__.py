"""Marking of a student's own Python functions: run in a process of their own, laid beside ours quantity by quantity.

child (what runs in that process) -> runner (starts, limits and asks it) -> signatures (which function is which, and
what its arguments mean) -> reference (the right numbers, and those of each slip) -> marking (the verdicts).
"""
