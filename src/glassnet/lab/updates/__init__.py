"""What a step does to the weights, as formulas: the stages around a rule, and the rules that look at more than one
weight at a time."""

from __future__ import annotations

from dataclasses import replace

from glassnet.engine import Program
from glassnet.engine.around import penalties
from glassnet.lab.updates.lbfgs import LbfgsUpdate
from glassnet.lab.updates.marquardt import MarquardtUpdate
from glassnet.lab.updates.muon import MuonUpdate
from glassnet.lab.updates.schedule_free import ScheduleFreeUpdate
from glassnet.lab.updates.update import SCALARS, STAGES, Taken, Update, Witness

__all__ = ["SCALARS", "STAGES", "Taken", "Update", "Witness", "update_of"]

RULES: dict[str, type[Update]] = {
    "muon": MuonUpdate,
    "schedule_free_adamw": ScheduleFreeUpdate,
    "lbfgs": LbfgsUpdate,
    "levenberg_marquardt": MarquardtUpdate,
}


def update_of(program: Program, weight: float) -> Update:
    """The update of a program's step, whose rows weigh so much in all; what they share is divided by that."""
    optimizer = program.optimizer
    shapes = {slot.name: slot.shape for slot in program.specification.arena(program.dtype).slots}
    kept = {
        name: replace(each, l2=each.l2_over(weight), l2_shared=0.0) for name, each in penalties(program.specification)
    }
    return RULES.get(optimizer.name, Update)(optimizer, kept, shapes)
