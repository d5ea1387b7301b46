"""What a docstring of a public name must have, and who is public.

Public are the names of ``glassnet.__all__`` and of ``__all__`` in its catalogues: activations, losses, initializers,
metrics, optimizers, data. Of their docstrings is asked:

    summary   a first line that is a sentence or a phrase, and not the signature that a dataclass writes
    formula   "Formula:" with what follows, or an equation or mathematical expression in the text outside of examples
    shapes    "Shapes:" (for settings and files, which have none, "any" is an answer)
    raises    "Raises:" with at least one error by name, or "nothing"
    example   a line that begins with >>>, which doctest runs
    source    "Source:" with something after it

That is asked of what computes: the rooms maths, tensors, layers and optim. Names of the other rooms fetch, keep and
show; of them are asked summary, raises and example. A part may stand once where others point to it: at a base class, or
at the page of formulas that is named by "As ``gn.losses.mae``" or "See `maths.updates.adam`".

What is there to be derived from or caught (abstract classes, protocols, errors) needs the summary alone. Functions
that only look a name up (``get``, ``describe``) compute nothing: they need summary and example. A method needs a
summary: what its class is, and an example of it, stands at the class.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

COMPUTING = ("glassnet.maths", "glassnet.tensors", "glassnet.layers", "glassnet.optim")
PARTS = ("summary", "formula", "shapes", "raises", "example", "source")
LOOK_UPS = frozenset({"get", "describe", "from_description", "from_config"})
EQUATION = re.compile(r"[\w\])}|'] (=|:=|<=|>=) [-\w\[({|+]|\^|\bsqrt\b|\bmax\(|\bmin\(|\w / \w|\w\(\w[\w, ]*\) = ")
ERROR = re.compile(r"\w*Error\b")
POINTER = re.compile(r"As ``gn\.(\w+\.\w+)``|See `maths\.(\w+\.\w+)`")


def is_base(value: object) -> bool:
    """Whether something is there to be derived from or caught."""
    if not inspect.isclass(value):
        return False
    return inspect.isabstract(value) or issubclass(value, BaseException) or getattr(value, "_is_protocol", False)


def required(name: str, value: object) -> tuple[str, ...]:
    """The parts that the docstring of this public name must have."""
    if is_base(value) or not callable(value):
        return ("summary",)
    if name.rpartition(".")[2] in LOOK_UPS:
        return ("summary", "example")
    if not str(getattr(value, "__module__", "")).startswith(COMPUTING):
        return ("summary", "raises", "example")
    return PARTS


def parts(text: str, name: str = "") -> set[str]:
    """The parts that a docstring has."""
    text = inspect.cleandoc(text)
    prose = "\n".join(line for line in text.splitlines() if not line.strip().startswith((">>>", "...")))
    first = text.split("\n", 1)[0].strip()
    found = {
        "summary": len(first.split()) > 1 and not first.startswith(f"{name}("),
        "formula": "Formula:" in text or bool(EQUATION.search(prose)),
        "shapes": bool(re.search(r"^Shapes:\s*\S", text, re.MULTILINE)),
        "raises": any(
            ERROR.search(after) or after.strip().startswith("nothing") for after in text.split("Raises:")[1:]
        ),
        "example": bool(re.search(r"^\s*>>> ", text, re.MULTILINE)),
        "source": bool(re.search(r"^Source:\s*\S", text, re.MULTILINE)),
    }
    return {part for part, there in found.items() if there}


def pointed_to(text: str) -> set[str]:
    """The parts that stand where a docstring points to."""
    import glassnet.maths.updates

    found: set[str] = set()
    for alias, page in POINTER.findall(text):
        room, name = (alias or page).split(".")
        found |= parts(getattr(getattr(glassnet.maths, room), name).__doc__ or "")
    return found


def missing(name: str, value: Any) -> list[str]:
    """The parts that the docstring of a public name lacks."""
    text = (value.__doc__ if inspect.isclass(value) else inspect.getdoc(value)) or ""
    found = parts(text, name.rpartition(".")[2]) | pointed_to(text)
    for base in value.__mro__[1:] if inspect.isclass(value) else ():
        if base.__module__.startswith("glassnet."):
            found |= parts(base.__doc__ or "") - {"summary", "example"}
    return [part for part in required(name, value) if part not in found]
