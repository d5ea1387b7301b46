"""A step as it is told, whatever it is written in: what was set, and its five parts in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glassnet.lab.messages import STEP as WORDS
from glassnet.lab.messages import STORY
from glassnet.lab.trace import size_of
from glassnet.plots.readable import count

if TYPE_CHECKING:
    from glassnet.lab.formulas import Formulas
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
    drawn = {name for link in formulas.links if link.kind in ("dropout", "noise") for name in link.given()}
    of: dict[str, list[str]] = {name: [] for name in STORY}
    for name in formulas.names:
        of[_part(formulas, name, name in drawn)].append(name)
    return tuple(Part(name, title, said, tuple(of[name])) for name, (title, said) in STORY.items() if of[name])


def _part(formulas: Formulas, name: str, drawn: bool) -> str:
    """Which part of the story a quantity belongs to."""
    if formulas.given(name) and not drawn:
        return "update" if name.startswith("there.") else "given"
    if name in ("loss", "penalty", "total") or name.startswith("penalty."):
        return "loss"
    if "." in name or not (drawn or name in formulas.made or name[0] == "d"):
        return "update"
    return "forward" if drawn or name in formulas.made else "backward"


def title(trace: Trace) -> str:
    """What is opened here."""
    if "step" in trace.about:
        return WORDS["of a run"].format(step=count(trace.about["step"]))
    rows = trace.formulas.rows
    return WORDS["one"] if rows == 1 else WORDS["several"].format(rows=rows)


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
    return f"{len(batch)}: {WORDS['rows' if len(batch) > 1 else 'row'].format(rows=named)}"


def _with(name: str, settings: Sequence[str]) -> str:
    return f"{name} ({', '.join(settings)})" if settings else name


def _of_loss(trace: Trace) -> list[str]:
    return [f"{key}={value}" for key, value in trace.formulas.loss.settings.items()]


def _of_optimizer(trace: Trace) -> list[str]:
    hidden = {"learning_rate", "m", "t"}
    numbers = [f"{key}={value:.7g}" for key, value in trace.settings.items() if key not in hidden]
    flags = [
        f"{key.replace('_', ' ')}: {'yes' if value else 'no'}"
        for key, value in trace.about.items()
        if isinstance(value, bool) and key not in NOT_SHOWN
    ]
    return numbers + flags


def _mean(trace: Trace) -> str:
    if trace.formulas.rows == 1:
        return WORDS["mean of one"]
    if "share" in trace.quantities:
        return WORDS["mean weighted"]
    return WORDS[f"mean {trace.formulas.mean_in}"]


def shape(trace: Trace, name: str) -> str:
    """The shape of a quantity as it is shown."""
    return size_of(trace[trace.view.quantity(name)].shape)
