"""What runs in the student's process: it reads the file, and calls its functions as it is asked to.

Requests and answers are JSON, one a line; arrays travel as their bytes in base64. Of the file only imports, definitions
and plain assignments are carried out: a training at its end, a plot or a prompt is not. What cannot be carried out (a
table that is not there, a package that is not installed) is noted and passed over.

This file needs NumPy alone, so that a process can start with it before anything else of the package.
"""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import inspect
import io
import json
import os
import sys
import textwrap
import warnings
from typing import Any

import numpy as np

MOST_PRINTED = 2000
MOST_BYTES = 2**22  # of one answer
DTYPES = ("float64", "int64", "bool")
CARRIED_OUT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign)


# ---- arrays as JSON ------------------------------------------------------------------------------------------------


def packed(value: Any) -> Any:
    """A value as JSON: numbers, arrays, lists and mappings of them; anything else by the name of its type."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if not isinstance(value, str) else {"type": "str"}
    if isinstance(value, (list, tuple)):
        return {"list": [packed(part) for part in value[:64]]}
    if isinstance(value, dict):
        return {"dict": {str(key)[:40]: packed(part) for key, part in list(value.items())[:64]}}
    if isinstance(value, (float, np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.kind in "biuf" and array.nbytes <= MOST_BYTES:
            name = {"b": "bool", "i": "int64", "u": "int64", "f": "float64"}[array.dtype.kind]
            raw = np.ascontiguousarray(array, name).tobytes()
            return {"array": base64.b64encode(raw).decode(), "dtype": name, "shape": list(array.shape)}
    return {"type": type(value).__name__[:60]}


def unpacked(value: Any) -> Any:
    """The inverse; ValueError for anything `packed` does not write."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if not isinstance(value, dict):
        raise ValueError("no packed value")
    if "list" in value:
        return [unpacked(part) for part in value["list"]]
    if "dict" in value:
        return {key: unpacked(part) for key, part in value["dict"].items()}
    if "array" in value:
        if value["dtype"] not in DTYPES:
            raise ValueError("no such dtype")
        flat = np.frombuffer(base64.b64decode(value["array"], validate=True), value["dtype"])
        return flat.reshape([int(size) for size in value["shape"]]).copy()
    return Other(str(value.get("type", "?")))


class Other:
    """A value of a type that is no number: its name is all that is known."""

    def __init__(self, name: str) -> None:
        self.name = name


# ---- the student's file --------------------------------------------------------------------------------------------


def read(source: str, name: str) -> tuple[dict[str, Any], list[str]]:
    """The names that the file defines, and notes on what could not be carried out."""
    tree = ast.parse(source)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    space: dict[str, Any] = {"__name__": "student", "__file__": name}
    notes = []
    for node in tree.body:
        if not isinstance(node, CARRIED_OUT) or (not isinstance(node, ast.FunctionDef) and _calls(node, defined)):
            continue
        try:
            exec(compile(ast.Module([node], []), name, "exec"), space)
        except Exception as error:
            notes.append(f"line {node.lineno} was passed over: {brief(error)}")
    return space, notes


def _calls(node: ast.AST, defined: set[str]) -> bool:
    """Whether a statement calls one of the file's own functions: a training, a prediction."""
    called = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    return any(isinstance(function, ast.Name) and function.id in defined | {"input"} for function in called)


def described(function: Any, tree: ast.FunctionDef | None) -> dict[str, Any]:
    """A function's parameters, the names that it returns, and those it takes from the file around it."""
    try:
        parameters = [
            {"name": p.name, "needed": p.default is p.empty, "many": p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
            for p in inspect.signature(function).parameters.values()
        ]
    except (TypeError, ValueError):
        parameters = []
    code = getattr(function, "__code__", None)
    return {
        "parameters": parameters,
        "returns": _returned(tree) if tree is not None else [],
        "globals": list(code.co_names) if code else [],
    }


def _returned(tree: ast.FunctionDef) -> list[str]:
    """The names in the last `return a, b, c`; what is no name has an empty one."""
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    if not found:
        return []
    last = found[-1]
    parts = last.elts if isinstance(last, (ast.Tuple, ast.List)) else [last]
    return [part.id if isinstance(part, ast.Name) else "" for part in parts]


def brief(error: BaseException) -> str:
    """An exception in a few words."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:300] if said else type(error).__name__


# ---- calls ---------------------------------------------------------------------------------------------------------


class Limited(io.StringIO):
    """What is printed, as far as it is short."""

    def write(self, text: str) -> int:
        if self.tell() < MOST_PRINTED:
            super().write(str(text)[:MOST_PRINTED])
        return len(text)


def answered(request: dict[str, Any], space: dict[str, Any]) -> dict[str, Any]:
    """One call: its value, what it printed, which of its arguments it changed; or the error it raised."""
    arguments = [unpacked(value) for value in request["arguments"]]
    before = [packed(value) for value in arguments]
    function = space[request["function"]]
    around = getattr(function, "__globals__", space)
    around.update({name: unpacked(value) for name, value in request.get("globals", {}).items()})
    replaced = request.get("replaced", {})
    originals = {name: around[name] for name in replaced if name in around}
    for name, value in replaced.items():
        around[name] = lambda *_, made=value, **__: tuple(unpacked(made))
    np.random.seed(request.get("seed", 0))
    printed, value = Limited(), None
    error: dict[str, Any] | None = None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = function(*arguments)
        except MemoryError:
            error = {"said": "MemoryError", "line": None}
        except BaseException as raised:  # a student's sys.exit() is an answer, too
            error = {"said": brief(raised), "line": _line(raised)}
    around.update(originals)
    changed = [i for i, (old, new) in enumerate(zip(before, arguments, strict=True)) if packed(new) != old]
    return {"value": packed(value), "printed": printed.getvalue()[:MOST_PRINTED], "changed": changed, "error": error}


def _line(error: BaseException) -> int | None:
    """The last line of the student's own file in the traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "student":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def serve(
    space: dict[str, Any], notes: list[str], trees: dict[str, ast.FunctionDef], requests: Any, answers: Any
) -> None:
    """Describes the functions, then answers one request a line until there are no more."""
    functions = {name: described(value, trees.get(name)) for name, value in space.items()
                 if inspect.isfunction(value) and not name.startswith("__")}  # fmt: skip
    _send(answers, {"functions": functions, "notes": notes})
    for line in requests:
        try:
            reply = answered(json.loads(line), space)
        except MemoryError:
            reply = {"value": None, "printed": "", "changed": [], "error": {"said": "MemoryError", "line": None}}
        _send(answers, reply)


def _send(answers: Any, reply: dict[str, Any]) -> None:
    answers.write(json.dumps(reply) + "\n")
    answers.flush()


# ---- limits --------------------------------------------------------------------------------------------------------


def limit(memory: int, seconds: int) -> None:
    """No more than so much memory and computing time, no files, no further processes; where the system has limits."""
    try:
        import resource
    except ImportError:  # pragma: no cover (Windows)
        return
    limits = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (getattr(resource, "RLIMIT_NPROC", None), 0),
    ]
    for which, most in limits:
        if which is not None:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(which, (most, most))


def trees_of(source: str) -> dict[str, ast.FunctionDef]:
    """The file's functions as they are written."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def trees_of_functions(functions: dict[str, Any]) -> dict[str, ast.FunctionDef]:
    """The same for functions that are there already, where their source can be found."""
    found: dict[str, ast.FunctionDef] = {}
    for name, function in functions.items():
        with contextlib.suppress(OSError, TypeError, SyntaxError, StopIteration):
            found[name] = next(iter(trees_of(textwrap.dedent(inspect.getsource(function))).values()))
    return found


def quiet() -> tuple[Any, Any]:
    """The channel to the parent, kept apart from standard input and output, which lead nowhere."""
    requests, answers = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for channel in (0, 1, 2):
        os.dup2(nowhere, channel)
    sys.stdin, builtins.input = open(os.devnull), _no_input  # noqa: SIM115
    return requests, answers


def _no_input(*_: Any) -> str:
    raise EOFError("input() has nobody to ask here")


def main() -> None:
    """`python child.py MEMORY SECONDS`, the file's name and its source on the first line of standard input."""
    requests, answers = quiet()
    first = json.loads(requests.readline())
    limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        space, notes = read(first["source"], first["name"])
        trees = trees_of(first["source"])
    except (SyntaxError, ValueError, RecursionError) as error:
        _send(answers, {"unreadable": brief(error), "line": getattr(error, "lineno", None)})
        return
    serve(space, notes, trees, requests, answers)


if __name__ == "__main__":
    main()
