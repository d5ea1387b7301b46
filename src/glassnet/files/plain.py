"""JSON as this package reads it: under a limit, nothing twice, nothing that is not JSON, one sentence if it is not."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NoReturn

from glassnet.data.reader import readable
from glassnet.errors import Fault, FormatError

LIMIT = 4 * 2**20  # bytes; as Python objects that is at most some 150 MB
NOT_FINITE = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def parse(data: bytes, name: str, *, limit: int = LIMIT) -> dict[str, Any]:
    """The JSON object in these bytes.

    Raises: DataError for anything else: no JSON, no object, a name that stands twice, NaN, too large, too deep.

    >>> parse(b'{"epoch": 1}', "history")
    {'epoch': 1}
    """
    if len(data) > limit:
        raise FormatError(Fault.TOO_LARGE, f"{name} is {readable(len(data))} long; at most {readable(limit)} are read.")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite)
    except RecursionError:
        raise FormatError(Fault.MALFORMED, f"{name} is nested too deeply.") from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are two, a number of 5000 digits a third
        raise FormatError(Fault.MALFORMED, f"{name} is not valid JSON: {_short(error)}.") from None
    if not isinstance(value, dict):
        raise FormatError(Fault.MALFORMED, f"{name} is not a JSON object.")
    return value


def write(value: dict[str, Any], *, indent: int | None = None) -> bytes:
    """The object as JSON, one line unless an indent is given; floats keep every bit.

    >>> write({"loss": 0.1, "units": 3})
    b'{"loss": 0.1, "units": 3}'
    """
    return json.dumps(value, allow_nan=False, indent=indent).encode()


def spelled(numbers: dict[str, Any]) -> dict[str, Any]:
    """Numbers that JSON has no sign for, as words.

    >>> spelled({"loss": float("inf"), "epoch": 1})
    {'loss': 'inf', 'epoch': 1}
    """
    return {k: str(v) if isinstance(v, float) and not isfinite(v) else v for k, v in numbers.items()}


def unspelled(numbers: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `spelled`."""
    return {k: NOT_FINITE.get(v, v) if isinstance(v, str) else v for k, v in numbers.items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name stands twice")
    return result


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"the number {constant} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def _short(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    message = str(error).splitlines()[0].rstrip(".")
    return message[0].lower() + message[1:100] if message else "it cannot be read"
