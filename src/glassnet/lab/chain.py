"""The chain of one number: back to the inputs it was made from, and forward to the loss it leads to.

A number of a wide network is made from thousands of others. Of each quantity one entry is shown, that which counts most
in the formula before it, and how many there are; so the chain is as long as the network is deep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.lab.explaining import Explanation, explain, filled
from glassnet.lab.expressions import ONE, Expression, Name, Sum, call, evaluate, minus, names_in, parts, text, times
from glassnet.lab.functions import ROWWISE
from glassnet.lab.functions import slope as slope_of
from glassnet.lab.slopes import derivative

if TYPE_CHECKING:
    from glassnet.lab.links import Link
    from glassnet.lab.trace import Trace


@dataclass(frozen=True)
class ForwardLink:
    """One link of the chain rule: how `name` changes with the entry before it.

    `entries` is how many entries of this quantity the one before reaches; of them this is the one that matters most.
    `path` is the product of the derivatives from the start to here.
    """

    name: str
    before: str
    result: float
    formula: str
    numbers: str
    derivative: float
    path: float
    entries: int
    tree: Expression | None = None

    def __str__(self) -> str:
        many = f" (one of {self.entries})" if self.entries > 1 else ""
        shown = dict.fromkeys((self.formula, self.numbers, f"{self.derivative:.7g}"))
        return f"d {self.name} / d {self.before} = {' = '.join(shown)}{many}"

    def to_json(self) -> dict[str, Any]:
        """The link as plain data."""
        return {key: value for key, value in vars(self).items() if key != "tree"}


@dataclass(frozen=True)
class Chain:
    """Where a number comes from and where it leads."""

    name: str
    back: tuple[Explanation, ...]
    forward: tuple[ForwardLink, ...]
    total: float | None  # the loss's derivative by it, over all paths

    def __str__(self) -> str:
        lines = [f"{self.name} comes from", ""] if self.back else [f"{self.name} is given."]
        for step in self.back:
            formula = "" if step.given else f" = {step.formula}"
            lines.append(f"  {step.name}{formula} = {step.result:.7g}")
        lines += ["", f"{self.name} leads to", ""]
        lines += [f"  {link}" for link in self.forward] or ["  nothing more in this step"]
        if self.total is not None and self.forward:
            lines += ["", f"  along this path {self.forward[-1].path:.7g}; over all paths "
                          f"d loss / d {self.name} = {self.total:.7g}"]  # fmt: skip
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The chain as plain data."""
        back = [step.to_json() for step in self.back]
        return {"name": self.name, "back": back, "forward": [f.to_json() for f in self.forward], "total": self.total}


def chain(trace: Trace, entry: Name) -> Chain:
    """The chain of this entry (as stored)."""
    shown = str(trace.view.name(entry))
    return Chain(shown, back(trace, entry), forward(trace, entry), total(trace, entry))


def total(trace: Trace, entry: Name) -> float | None:
    """The loss's derivative by this entry, where the trace has it."""
    found = trace.quantities.get(f"d{entry.quantity}")
    if found is None:
        return None
    name = f"d{entry.quantity}"
    times_m = trace.formulas.rows if trace.formulas.mean_in == "dW" and name[1:] not in trace.formulas.weights() else 1
    return float(found.value[entry.index]) / times_m * (-1 if trace.view.turned(name) else 1)


# ---- back ----------------------------------------------------------------------------------------------------------


def back(trace: Trace, entry: Name) -> tuple[Explanation, ...]:
    """See `Explanation.back`."""
    order = {name: place for place, name in enumerate(trace.formulas.names)}
    chosen: dict[str, Name] = {}
    waiting = [entry]
    while waiting:
        current = waiting.pop(0)
        tree = trace.formulas.entry(current.quantity, current.index)
        if tree is None:
            continue
        for quantity, name in _strongest(tree, trace.number).items():
            if quantity in order and quantity not in chosen:
                chosen[quantity] = name
                waiting.append(name)
    return tuple(explain(trace, chosen[name]) for name in sorted(chosen, key=lambda name: -order[name]))


def _strongest(tree: Expression, number: Callable[[Name], float]) -> dict[str, Name]:
    """Of each quantity in a formula the entry in its largest term."""
    found: dict[str, tuple[float, Name]] = {}
    for term in _terms(tree):
        size = abs(evaluate(term, number))
        for name in names_in(term):
            if name.quantity not in found or size > found[name.quantity][0]:
                found[name.quantity] = (size, name)
    return {quantity: name for quantity, (_, name) in found.items()}


def _terms(tree: Expression) -> list[Expression]:
    """The terms of the sums in a formula, the innermost; a formula without one is its own term."""
    if isinstance(tree, Sum) and len(tree.terms) > 3:
        return [*tree.terms]
    inside = [term for part in parts(tree) for term in _terms(part) if any(True for _ in names_in(part))]
    return inside if any(isinstance(part, Sum) for part in parts(tree)) else [tree]


# ---- forward -------------------------------------------------------------------------------------------------------


def forward(trace: Trace, entry: Name) -> tuple[ForwardLink, ...]:
    """See `Explanation.forward`."""
    links, path = [], 1.0
    current = entry
    while (found := _follow(trace, current)) is not None:
        following, entries = found
        tree = trace.formulas.entry(following.quantity, following.index)
        if tree is None:
            break
        link = _link(trace, current, following, tree, entries, path)
        links.append(link)
        current, path = following, link.path
    return tuple(links)


def _link(trace: Trace, current: Name, following: Name, tree: Expression, entries: int, path: float) -> ForwardLink:
    view = trace.view
    number = view.look_up(trace.number)
    shown = view.tree(tree, view.turned(following.quantity))
    slope = _of_activation(trace, following)
    slope = derivative(shown, view.name(current)) if slope is None else view.tree(slope)
    value = evaluate(slope, number)
    names = str(view.name(following)), str(view.name(current))
    result = number(view.name(following))
    return ForwardLink(*names, result, text(slope), filled(slope, number), value, path * value, entries, slope)


def _of_activation(trace: Trace, following: Name) -> Expression | None:
    """g'(z) as the lecture writes it; of a softmax a (1 - a), its entry's change with its own z."""
    link = next((link for link in trace.formulas.links if link.name == following.quantity), None)
    if link is None or link.kind != "activation":
        return None
    z, a = Name(link.source, following.index), Name(link.name, following.index)
    if link.function.name in ROWWISE:
        return times(a, minus(ONE, a)) if link.function.name == "softmax" else minus(ONE, call("exp", a))
    return slope_of(link.function, z, a)


def _user(trace: Trace, quantity: str) -> Link | None:
    """The operation of the forward pass that uses this quantity; where there are several the first."""
    of = (link for link in trace.formulas.links if quantity in (*link.sources, *link.weights()))
    return next(of, None)


def _follow(trace: Trace, current: Name) -> tuple[Name, int] | None:
    """The entry that is made from this one and that the loss depends on most, and how many there are."""
    if current.quantity == trace.formulas.output:
        return Name("loss"), 1
    link = _user(trace, current.quantity)
    reached = None if link is None else link.reaches(current.quantity, current.index)
    if link is None or reached is None:
        return None
    found = trace.quantities.get(f"d{link.name}") or trace.quantities[link.name]
    fixed = tuple(slice(None) if part is None else part for part in reached)
    sizes = np.abs(np.asarray(found.value)[fixed])
    place = iter(np.unravel_index(int(sizes.argmax()), sizes.shape) if sizes.ndim else ())
    index = tuple(int(next(place)) if part is None else part for part in reached)
    return Name(link.name, index), int(sizes.size)
