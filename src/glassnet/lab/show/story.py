"""A step as it is told, whatever it is written in: what was set, and its five parts in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glassnet.lab.trace import size_of
from glassnet.plots.readable import count

if TYPE_CHECKING:
    from glassnet.lab.trace import Trace

ROWS_NAMED = 8  # rows of a batch that are named one by one
NOT_SHOWN = {"step", "epoch", "engine of the run", "optimizer", "loss", "seed", "dtype", "scale"}


@dataclass(frozen=True)
class Part:
    """A part of the step: its name, what happens in it in a sentence, and its quantities (as stored) in order."""

    name: str
    title: str
    sentence: str
    quantities: tuple[str, ...]


def parts(trace: Trace) -> tuple[Part, ...]:
    """Given, forward, loss, backward, update; those that have quantities."""
    formulas = trace.formulas
    made = {link.name for link in formulas.links} | {f"keep{link.k}" for link in formulas.links}
    of: dict[str, list[str]] = {name: [] for name, _, _ in TOLD}
    for name in formulas.names:
        given = formulas.given(name) and not name.startswith("keep")
        part = "given" if given else "forward" if name in made else "loss" if name == "loss" else None
        of[part or ("update" if name.endswith(".new") else "backward")].append(name)
    return tuple(Part(name, title, said, tuple(of[name])) for name, title, said in TOLD if of[name])


TOLD = (
    ("given", "What is given", "The examples with their targets, and what has been learned so far."),
    ("forward", "Forward", "From the inputs, layer by layer, to the prediction."),
    ("loss", "The loss", "How wrong the prediction is, as one number."),
    ("backward", "Backward", "The chain rule from the loss down: how it changes with every number before it."),
    ("update", "Update", "Every weight takes its step against its derivative."),
)


def title(trace: Trace) -> str:
    """What is opened here."""
    if "step" in trace.about:
        return f"Step {count(trace.about['step'])} of a training"
    rows = trace.formulas.rows
    return "One step of training" if rows == 1 else f"One step of training on {rows} examples"


def facts(trace: Trace) -> list[tuple[str, str]]:
    """What was set, as the step used it."""
    about, settings = trace.about, trace.settings
    known = [("step", about.get("step")), ("epoch", about.get("epoch")), ("trained by", about.get("engine of the run"))]
    pairs = [(name, str(value)) for name, value in known if value is not None]
    pairs += [("examples", rows(trace)), ("loss", _with(about["loss"], _of_loss(trace)))]
    pairs += [("optimizer", _with(about["optimizer"], _of_optimizer(trace)))]
    pairs += [("learning rate", f"{settings['learning_rate']:.7g}"), ("mean", _mean(trace))]
    pairs += [("numbers", str(about["dtype"])), ("seed", str(about["seed"]))]
    if about.get("scale"):
        pairs.append(("pixels", f"0..255 to {'0..1' if about['scale'] == 'unit' else '-1..1'}"))
    return [*pairs, ("convention", str(trace.convention))]


def rows(trace: Trace) -> str:
    """The rows of the batch, named."""
    batch: Sequence[int] = [int(row) for row in trace.batch]
    if "step" not in trace.about:
        return str(len(batch))
    named = ", ".join(map(str, batch[:ROWS_NAMED])) + (", ..." if len(batch) > ROWS_NAMED else "")
    return f"{len(batch)}: row{'s' if len(batch) > 1 else ''} {named} of the data"


def _with(name: str, settings: Sequence[str]) -> str:
    return f"{name} ({', '.join(settings)})" if settings else name


def _of_loss(trace: Trace) -> list[str]:
    return [f"{key}={value}" for key, value in trace.formulas.loss.settings.items()]


def _of_optimizer(trace: Trace) -> list[str]:
    hidden = {"learning_rate", "m"}
    numbers = [f"{key}={value:.7g}" for key, value in trace.settings.items() if key not in hidden]
    flags = [
        f"{key.replace('_', ' ')}: {'yes' if value else 'no'}"
        for key, value in trace.about.items()
        if isinstance(value, bool) and key not in NOT_SHOWN
    ]
    return numbers + flags


def _mean(trace: Trace) -> str:
    if trace.formulas.rows == 1:
        return "of one example"
    if "share" in trace.quantities:
        return "weighted, in the deltas"
    return "1/m stands in the deltas dZ" if trace.formulas.mean_in == "dZ" else "1/m stands in dW and db"


def shape(trace: Trace, name: str) -> str:
    """The shape of a quantity as it is shown."""
    return size_of(trace[trace.view.quantity(name)].shape)
