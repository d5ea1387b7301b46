"""The sentences glassnet says when something cannot be done.

Every error is also the built-in error that Python programmers expect (ValueError, TypeError, ...), so
``except ValueError`` keeps working. A message states what was expected, what was given, and what to do.
``exit_status`` is what the command line ends with: 2 where something the user named cannot be used, 1 where
the work itself failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar


class GlassnetError(Exception):
    """The base of every error that glassnet raises on purpose."""

    exit_status: ClassVar[int] = 2


class ShapeError(GlassnetError, ValueError):
    """Arrays whose shapes do not fit each other or the network."""


class SettingError(GlassnetError, ValueError):
    """A name or a setting that does not exist or cannot be used here; `unknown` is the name that does not exist."""

    unknown: object = None


class DataError(GlassnetError, ValueError):
    """An array or a file whose contents cannot be used."""


class Fault(Enum):
    """What can be wrong with a file that is read: one list for all formats, so that programs can tell them apart."""

    FOREIGN = "of another format, or of a version that is not known"
    CUT_SHORT = "ends before what it announces"
    OVERLONG = "goes on after what it announces"
    TOO_LARGE = "announces or holds more than is read"
    MALFORMED = "breaks the rules of its format"
    DAMAGED = "its parts do not belong together, or not to its checksum"
    UNUSABLE = "right in form, with contents that cannot be used"
    UNREADABLE = "not given by the disk, or not a file"


class FormatError(DataError):
    """A file that cannot be read as what it should be; `fault` says in one word why.

    >>> try:
    ...     raise FormatError(Fault.CUT_SHORT, "x.idx is cut short.")
    ... except DataError as error:
    ...     str(error), error.fault.name
    ('x.idx is cut short.', 'CUT_SHORT')
    """

    def __init__(self, fault: Fault, sentence: str) -> None:
        super().__init__(fault, sentence)  # both, so that it can be pickled
        self.fault = fault

    def __str__(self) -> str:
        return str(self.args[1])


class TypeNotUsableError(GlassnetError, TypeError):
    """A value of a type that cannot be used here."""


class MissingFileError(GlassnetError, FileNotFoundError):
    """A file that the user named and that is not there."""


class ExistsError(GlassnetError, FileExistsError):
    """An output that exists already and is not overwritten."""


class MissingExtraError(GlassnetError, ImportError):
    """An optional dependency that is not installed; the sentence names the extra."""


class NotFittedError(GlassnetError, ValueError, AttributeError):
    """A network that has no weights yet."""


class DivergedError(GlassnetError, ArithmeticError):
    """A training that lost its numbers; `run` holds its history, and the network the last good weights."""

    exit_status = 1
    run: Any = None


class NonFiniteError(DivergedError, ValueError):
    """A training of an estimator that lost its numbers: scikit-learn's callers expect a ValueError."""


class DownloadError(GlassnetError, OSError):
    """A download that did not arrive whole."""

    exit_status = 1


class StorageError(GlassnetError, OSError):
    """A disk that did not take what was written; `run`, where there is one, still holds all of the training."""

    exit_status = 1
    run: Any = None


def unknown_name(kind: str, name: object, known: Iterable[str]) -> SettingError:
    """The error for a name that does not exist, with the nearest one that does.

    >>> print(unknown_name("activation", "rellu", ["relu", "tanh"]))
    There is no activation 'rellu'; did you mean 'relu'? Known: relu, tanh.
    """
    names = sorted(set(known))
    from difflib import get_close_matches  # for mistakes alone: the import costs a millisecond

    lower = {known.lower(): known for known in names}
    near = get_close_matches(str(name).lower(), lower, n=1, cutoff=0.5)
    hint = f"; did you mean {lower[near[0]]!r}?" if near else "."
    error = SettingError(f"There is no {kind} {name!r}{hint} Known: {', '.join(names)}.")
    error.unknown = name
    return error
