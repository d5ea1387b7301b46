"""A whole descent: its start weights taken in hand, its loop counted, its new weights compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.lab.code import signatures
from glassnet.lab.code.comparing import fitting, same
from glassnet.lab.code.reference import Step, sizes
from glassnet.lab.code.runner import Called
from glassnet.lab.code.trials import EXAMPLES, Numbers, Trials, Turned
from glassnet.typing import Array


@dataclass
class Descent:
    """A whole descent with its start weights in our hands."""

    trials: Trials
    signature: signatures.Signature
    init: signatures.Signature | None
    step: Step
    start: Numbers

    def __post_init__(self) -> None:
        takes = any(name in ("weights", "W1") for name in self.signature.arguments)
        uses = self.init is not None and self.init.name in self.signature.around
        if not takes and not uses:  # the start is drawn inside: the same seed draws it again
            self._learn_start()

    def _learn_start(self) -> None:
        drawn = self._called(0)
        weights = self._weights(drawn)
        if isinstance(weights, Called) or set(weights) != {f"{name}.new" for name in self.start}:
            return
        self.start = {name.removesuffix(".new"): value for name, value in weights.items()}
        width = [
            self.start["W1"].shape[1],
            *(self.start[f"W{k}"].shape[0] for k in range(1, self.trials.net.layers + 1)),
        ]
        self.step = Step(self.trials.net, sizes(self.trials.net, tuple(width), EXAMPLES, 3) | self.start)

    def _called(self, iterations: int) -> Called:
        trials, replaced = self.trials, {}
        if self.init is not None and self.init.name in self.signature.around:
            order = [f"{name}" for name in signatures.weight_names(trials.net.layers)]
            replaced = {self.init.name: [trials.turned(name, self.start[name]) for name in order]}
        numbers = Turned(self.step, trials)
        values = signatures.given(self.signature, numbers, trials.net.layers)
        values = [iterations if name == "iterations" else value
                  for name, value in zip(self.signature.arguments, values, strict=True)]  # fmt: skip
        around = {"m": self.step.m} if "m" in self.signature.around else {}
        return trials.student.call(self.signature.name, values, around=around, replaced=replaced, seed=1)

    def _weights(self, called: Called) -> Numbers | Called:
        if called.failed:
            return called
        found = signatures.returned(self.signature, called.value, self.trials.net.layers)
        weights = {
            name: self.trials.turned(name, value) for name, value in found.items() if isinstance(value, np.ndarray)
        }
        return weights or called

    def after(self, iterations: int) -> Numbers | Called:
        """The weights after so many iterations; what came of the call where there are none."""
        return self._weights(self._called(iterations))

    def trajectory(self, iterations: int) -> list[Numbers]:
        """The right weights after 0, 1, 2, ... iterations."""
        known = {**self.step.known, **self.start}
        found = [{f"{name}.new": value for name, value in self.start.items()}]
        for _ in range(iterations + 1):
            step = Step(self.trials.net, known)
            found.append({f"{name}.new": step[f"{name}.new"] for name in self.start})
            known = {**known, **{name: found[-1][f"{name}.new"] for name in self.start}}
        return found

    @staticmethod
    def matches(weights: Numbers, right: Numbers) -> bool:
        """Whether these are the weights, as far as they were returned."""
        return all(same(value, right[name]) for name, value in weights.items() if name in right)

    def loop_slip(self, weights: Numbers | Called, right: list[Numbers]) -> str | None:
        """What went wrong with the loop itself."""
        if isinstance(weights, Called):
            return None
        three = self.after(3)
        if isinstance(three, Called):
            return None
        if self.matches(three, right[0]):
            return "result-dropped"
        if self.matches(three, right[2]) or self.matches(three, right[4]):
            return "loop-count"
        if self.matches(three, self._stale()):
            return "stale-forward"
        return None

    def _stale(self) -> Numbers:
        """Three steps with the forward pass of the first."""
        step = Step(self.trials.net, {**self.step.known, **self.start})
        known = {**step.known, **{name: step[name] for name in signatures.forward_names(self.trials.net.layers)}}
        for _ in range(3):
            step = Step(self.trials.net, known)
            known = known | {name: step[f"{name}.new"] for name in self.start}
        return {f"{name}.new": known[name] for name in self.start}

    def fitting(self, name: str, value: Array) -> list[tuple[str, str]]:
        """The slips that lead to this new weight."""
        return fitting(self.trials.net, name, [{**self.step.known, **self.start}], [value])
