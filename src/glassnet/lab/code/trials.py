"""Trials: the right numbers of random small steps, given to a student's function as it takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.lab.code import signatures
from glassnet.lab.code.reference import Net, Step, sizes
from glassnet.lab.code.runner import Called, Student

EXAMPLES = 7
WIDTHS = (4, 3, 5, 6)  # all different, so that a transposed matrix does not fit; the last one is the classes
SQUARE = 4  # all equal, so that it does
Numbers = dict[str, Any]


@dataclass
class Trial:
    """One set of inputs, and what the student's function made of it."""

    step: Step
    called: Called
    results: Numbers = field(default_factory=dict)


@dataclass
class Trials:
    """A student's functions, and how their examples lie: as columns like ours, or as rows."""

    net: Net
    student: Student
    rows: bool = False
    ended: dict[str, Called] = field(default_factory=dict)  # functions that took too long, or ended their process

    def turned(self, name: str, value: Any) -> Any:
        """Between our columns and the student's rows; it is its own inverse."""
        if not self.rows or not isinstance(value, np.ndarray) or value.ndim != 2:
            return value
        return value.T.copy()

    def inputs(self, seed: int, widths: Sequence[int], examples: int = EXAMPLES) -> Step:
        """The right numbers of a step with these widths."""
        shape = tuple(widths[: self.net.layers]) + ((widths[-1],) if self.net.classes else (2,))
        shape = (
            shape if len(shape) == self.net.layers + 1 else (*shape, *[3] * (self.net.layers - len(shape)), shape[-1])
        )
        return Step(self.net, sizes(self.net, shape, examples, seed))

    def tried(self, signature: signatures.Signature, step: Step) -> Trial:
        """One call of the function on the numbers of a step."""
        if signature.name in self.ended:
            return Trial(step, self.ended[signature.name])
        wanted = Turned(step, self)
        around = {"m": step.m} if "m" in signature.around else {}
        called = self.student.call(signature.name, signatures.given(signature, wanted, self.net.layers), around=around)
        if called.failed in ("time", "died"):
            self.ended[signature.name] = called
        results = {} if called.failed else signatures.returned(signature, called.value, self.net.layers)
        return Trial(step, called, {name: self.turned(name, value) for name, value in results.items()})


class Turned(Mapping[str, Any]):
    """A step's numbers as the student has them."""

    def __init__(self, step: Step, trials: Trials) -> None:
        self.step, self.trials = step, trials

    def __getitem__(self, name: str) -> Any:
        if name == "iterations":
            return 1
        value = self.step[name]
        return self.trials.turned(name, value.copy() if isinstance(value, np.ndarray) else value)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.step.known)

    def __len__(self) -> int:
        return len(self.step.known)
