"""Where a fit keeps its run: a folder by its name, or the next free number of several, as a search needs them.

A search fits many clones, and all have the same `out`. A number is claimed by a small file beside the folder, which
one process alone can make, since the folder itself appears when the training begins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassnet.errors import ExistsError
from glassnet.files.atomic import PathLike, remove, sentences

NUMBER = "{}"  # stands in a name for the number


@contextmanager
def folder_for(out: PathLike | None) -> Iterator[Path | None]:
    """The folder of one fit, which is not there yet; a number that was claimed is set free if the fit does not take it.

    Raises: ExistsError for a name without a place for a number, where there is something already.

    >>> import tempfile; where = tempfile.mkdtemp()
    >>> with folder_for(f"{where}/run-{{}}") as first, folder_for(f"{where}/run-{{}}") as second:
    ...     print(first.name, second.name)
    run-1 run-2
    """
    if out is None:
        yield None
    elif NUMBER not in os.fspath(out):
        yield _free(Path(out))
    else:
        folder, claim = _claimed(os.fspath(out))
        try:
            yield folder
        finally:
            remove(claim)


def _free(folder: Path) -> Path:
    with sentences(folder):
        taken = os.path.lexists(folder)
    if taken:
        raise ExistsError(
            f"{folder} exists already and is not overwritten; choose another name. Where one estimator is fitted more "
            f"than once, as by a search or cross-validation, out={f'{folder}-{NUMBER}'!r} gives each fit a number."
        )
    return folder


def _claimed(pattern: str) -> tuple[Path, Path]:
    """The first number, from 1, that nobody has, as a folder and the file that claims it."""
    number = 0
    while True:
        number += 1
        folder = Path(pattern.replace(NUMBER, str(number)))
        if (claim := _claim(folder)) is not None:
            return folder, claim


def _claim(folder: Path) -> Path | None:
    """The file that claims this folder for one fit; None where there is something, or another has claimed it."""
    claim = folder.with_name(f".{folder.name}.claim")
    with sentences(folder):
        if os.path.lexists(folder):
            return None
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            claim.touch(exist_ok=False)
        except FileExistsError:
            return None
        if os.path.lexists(folder):  # made just now, by whoever had the claim before
            remove(claim)
            return None
    return claim
