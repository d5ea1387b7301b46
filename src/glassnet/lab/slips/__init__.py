"""The slips: each a small function that changes a right formula into the one that was calculated by mistake.

A slip is given the entry and its formula and yields the formulas it may have become. A wrong number is compared with
what each slip makes of the student's own numbers. The sentences for the learner stand in `lab/messages.py`.
"""

from __future__ import annotations

from glassnet.lab.slips import backward, forward, path, presentation, update
from glassnet.lab.slips.slip import CATALOGUE, Slip, variants_of

__all__ = ["CATALOGUE", "Slip", "backward", "forward", "path", "presentation", "update", "variants_of"]
