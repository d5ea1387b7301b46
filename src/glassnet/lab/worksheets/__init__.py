"""Worksheets: exercises with each student's own numbers, found so that they calculate well, and their solutions.

topics   what may be drawn for each topic and level       exact    formulas in fractions: how long a result is
search   the candidate with the shortest results           sheet    sheet, solution, problems, files
moodle   the same as questions that mark themselves
"""

from __future__ import annotations

from glassnet.lab.worksheets.sheet import Exercise, Worksheet, worksheet, worksheets
from glassnet.lab.worksheets.topics import TOPICS

__all__ = ["TOPICS", "Exercise", "Worksheet", "worksheet", "worksheets"]
