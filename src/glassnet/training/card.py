"""The run card: what was trained, on what, by what. Enough to train it again; no host, no user, no path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Any

import numpy as np

from glassnet import optim
from glassnet._version import __version__
from glassnet.engine import Program, State
from glassnet.errors import Fault, FormatError, GlassnetError
from glassnet.files.checkpoint import Checkpoint
from glassnet.files.model import describe_architecture, recall_architecture, recall_loss, recall_targets
from glassnet.layers import Parameters
from glassnet.layers.specification import NOTHING, Custom, Specification
from glassnet.maths import metrics
from glassnet.maths.catalogue import describe, recall
from glassnet.training import checks
from glassnet.training.callbacks import CATALOGUE, Callback
from glassnet.training.history import EpochSoFar, Metric
from glassnet.training.material import check_described
from glassnet.training.preparation import head_of
from glassnet.training.run import Run
from glassnet.training.targets import Targets

Card = dict[str, Any]


def card_of(
    run: Run, metrics: Sequence[Metric], callbacks: Sequence[Callback], data: Mapping[str, Any], first: Checkpoint
) -> Card:
    """The card of a run that is about to begin.

    Raises: SettingError for parts that cannot be written down: one's own schedule.
    """
    network, program = run.network, run.program
    assert network.specification is not None
    assert network.targets is not None
    return {
        "versions": versions(),
        "engine": run.engine,
        "architecture": describe_architecture(network.specification),
        "loss": describe(program.loss),
        "optimizer": program.optimizer.config(),
        "targets": vars(network.targets),
        "scale": network.scale,
        "settings": {
            "seed": program.seed,
            "dtype": program.dtype.name,
            "batch_size": program.batch_size,
            "piece": program.piece,
            "rows": run.rows,
            "epochs": run.epochs,
            "last_step": run.last_step,
            "shuffle": run.shuffled,
            "measured_by": network.engine,  # as it was asked for; "engine" above is the one that takes the steps
            "class_weight": None if run.class_weight is None else list(run.class_weight),
            "metrics": [_metric(metric) for metric in metrics],
        },
        "start": {"step": first.place.step, "epoch": first.place.epoch, "optimizer": run.optimizer_start},
        "callbacks": [callback.config() for callback in callbacks if not callback.watches],
        "data": dict(data),
        "about": network.about,
    }


def versions() -> dict[str, str]:
    """What the bits depend on besides the settings."""
    import platform

    built_with: Any = np.show_config(mode="dicts")
    blas = built_with.get("Build Dependencies", {}).get("blas", {})
    return {
        "glassnet": __version__,
        "numpy": np.__version__,
        "blas": f"{blas.get('name', '?')} {blas.get('version', '?')}",
        "python": platform.python_version(),
        "processor": platform.machine(),
        "system": platform.system(),
    }


def recall_run(card: Card, name: str, custom: Custom = NOTHING) -> Run:
    """The run that a card describes, before its first step, its weights still zero.

    Raises: DataError for anything that `card_of` cannot have written.
    """
    try:
        return _run(card, custom)
    except GlassnetError as error:
        reason = str(error).rstrip(".").replace("gn.load(", "gn.load_run(")[:600]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"{type(error).__name__} {ascii(str(error))[:60]}"
    raise FormatError(Fault.MALFORMED, f"{name} is not a usable run card: {reason}.")


def _run(card: Card, custom: Custom) -> Run:
    from glassnet.training.network import Network

    settings = card["settings"]
    check_described(card["data"])
    recall_metrics(settings["metrics"])
    recall_callbacks(card["callbacks"])
    specification = recall_architecture(card["architecture"], custom)
    network = Network(specification.layers)
    network.specification = specification
    network.loss = recall_loss(card["loss"], custom)
    network.optimizer = optim.from_config(card["optimizer"])
    targets = recall_targets(card["targets"], prod(specification.output_shape))
    network.targets = None if targets is None else Targets(**targets)
    network.scale, network.about = card["scale"], dict(card["about"])
    network.epoch = _count(card["start"]["epoch"])
    network.optimizer_start = _count(card["start"]["optimizer"])
    network.engine = "reference" if settings.get("measured_by") == "reference" else "auto"  # native may not be here
    dtype, rows = checks.dtype(settings["dtype"]), checks.count("rows", settings["rows"])
    if network.loss is None or network.targets is None:
        raise FormatError(Fault.MALFORMED, "it has no loss or no targets")
    head = head_of(network.layers, network.loss)
    program = Program(
        Specification(head.layers(network.layers), specification.input_shape),
        network.loss,
        head.fused,
        network.optimizer,
        checks.batch_size(checks.count("batch_size", settings["batch_size"]), rows),
        checks.seed(settings["seed"]),
        dtype,
        None if settings.get("piece") is None else checks.count("piece", settings["piece"]),
    )
    return Run(
        network=network,
        program=program,
        state=State(Parameters([], dtype)),  # until a checkpoint is read: a card alone takes no memory
        rows=rows,
        epochs=_count(settings["epochs"]),
        last_step=None if settings["last_step"] is None else _count(settings["last_step"]),
        shuffled=_truth(settings["shuffle"]),
        class_weight=_class_weight(settings.get("class_weight")),
        engine=_word(card["engine"]),
        epoch=network.epoch,
        optimizer_start=network.optimizer_start,
    )


def place(run: Run, checkpoint: Checkpoint, *, own: bool = False) -> None:
    """Puts the run, and its network, where a checkpoint stands; `own` where nobody else holds the checkpoint's arrays.

    They then become the state's, which would else be a second copy of them.
    """
    numbers, where = checkpoint.numbers, checkpoint.place
    specification = run.network.specification
    assert specification is not None
    if where.steps > min(run.steps_per_epoch, where.step):
        raise FormatError(Fault.DAMAGED, "A checkpoint of this run does not belong to it: it stands at no step of it.")
    learned = sum(prod(shape) for _, _, shape in specification.layout())
    whole = learned + sum(prod(shape) for _, _, shape in specification.running_layout())
    fits = numbers["values"].size == whole and numbers["moments"].keys() == run.program.optimizer.kept.keys()
    fits = fits and numbers["values"].dtype == run.program.dtype
    fits = fits and all(moment.size == learned for moment in numbers["moments"].values())
    if not fits or numbers["scalars"].keys() != run.program.optimizer.start().keys():
        raise FormatError(
            Fault.DAMAGED, "A checkpoint of this run does not belong to it: its weights are not those of its layers."
        )
    if own:
        arena = specification.arena(run.program.dtype, numbers["values"])
        run.state = State(arena, numbers["moments"], dict(numbers["scalars"]), numbers["step"])
    else:
        run.state = State.fresh(specification.arena(run.program.dtype), run.program.optimizer)
        run.state.restore(numbers)
    run.network.state = run.state
    run.epoch = run.network.epoch = where.epoch
    run.so_far = EpochSoFar(where.steps, where.loss_sum, where.weight, where.seconds)
    run._rate = where.rate


def recall_metrics(described: Sequence[object]) -> tuple[Metric, ...] | None:
    """The metrics of a card; None where one of them was a function of one's own."""
    if not isinstance(described, list):
        raise FormatError(Fault.MALFORMED, "it does not say what was measured")
    if any(isinstance(metric, dict) and "function" in metric for metric in described):
        return None
    return tuple(m if isinstance(m, str) else recall("metric", metrics.CATALOGUE, m) for m in described)


def recall_callbacks(described: Sequence[Mapping[str, Any]]) -> list[Callback | str]:
    """The callbacks of a card; one's own are only their names."""
    if not isinstance(described, list) or not all(isinstance(config, dict) for config in described):
        raise FormatError(Fault.MALFORMED, "it does not say which callbacks the run had")
    found: list[Callback | str] = []
    for config in described:
        settings = dict(config)
        name = settings.pop("name")
        found.append(CATALOGUE[name](**settings) if name in CATALOGUE else str(name))
    return found


def _metric(metric: Metric) -> object:
    if isinstance(metric, str):
        return metric
    if getattr(metric, "name", None) in metrics.CATALOGUE:
        return describe(metric)  # type: ignore[arg-type]
    return {"function": getattr(metric, "__name__", type(metric).__name__)}


def _class_weight(described: object) -> tuple[float, ...] | None:
    if described is None:
        return None
    if not isinstance(described, list) or not all(type(w) is float and isfinite(w) and w >= 0 for w in described):
        raise FormatError(Fault.MALFORMED, "its class weights are no list of numbers")
    return tuple(described)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise FormatError(Fault.MALFORMED, f"{ascii(value)[:40]} is no name")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise FormatError(Fault.MALFORMED, f"{ascii(value)[:40]} is neither true nor false")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise FormatError(Fault.MALFORMED, f"{ascii(value)[:40]} is not a number of steps or epochs")
    return value
