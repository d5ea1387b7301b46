"""From the folder of a run, and the data where it does not hold them, to the run itself."""

from __future__ import annotations

from pathlib import Path

from glassnet.data import Dataset, digest_of, open_source
from glassnet.errors import DataError, SettingError
from glassnet.training.material import Material
from glassnet.training.resume import load_run
from glassnet.training.run import Run


def opened_run(folder: Path, data: str | None, data_dir: Path | None) -> Run:
    """The run in a folder; `data` is the file it was trained on, where that was too large to be kept with it."""
    run = load_run(folder, data_dir=data_dir)
    if data is None:
        return run
    source = _source(run, data, data_dir)
    return load_run(folder, *source.train, validation_data=source.test, data_dir=data_dir)


def as_dataset(run: Run) -> Dataset:
    """The data of a run, as a command shows them: what it was validated on is what was held out."""
    material = run.material
    (X, y), kind = (material.X, material.y), "classes" if run.network.classes is not None else "real"
    X_test, y_test = material.validation or (X[:0], y[:0])  # type: ignore[index]
    return Dataset(str(run.network.about.get("data") or "the run's data"), X, y, X_test, y_test, kind)  # type: ignore[arg-type]


def _source(run: Run, data: str, data_dir: Path | None) -> Dataset:
    """The file, split as the run had it split: its digest says so."""
    card, about = run.record.card["data"], run.network.about
    target = about.get("target")
    kind = "classes" if run.network.classes is not None else "real"
    held_out = card.get("validation", {}).get("shape", [0])[0]
    for split in (None, held_out):
        try:
            source = open_source(data, data_dir, target=target, split=split, kind=kind, seed=run.program.seed)
        except SettingError:  # a source with a test part of its own takes no split, one with a name no target
            source = open_source(data, data_dir, seed=run.program.seed)
        parts = Material(*source.train).parts()["train"]
        if digest_of(parts.values()) == card["train"]["digest"]:
            return source
    raise DataError(f"{data} holds other data than this run was trained on: their digest is another.")
