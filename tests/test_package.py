"""The package as it is installed: its version, its types, its documentation, and what importing it costs."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import pytest

import glassnet

PACKAGE = Path(glassnet.__file__).parent
MODULES = [found.name for found in pkgutil.walk_packages([str(PACKAGE)], "glassnet.") if "__main__" not in found.name]

# What `import glassnet` must leave for later, when a command, a file, a picture or a download asks for it.
HEAVY = (
    "asyncio email html http matplotlib multiprocessing pandas PIL pydantic rich safetensors scipy sklearn socket ssl "
    "tkinter typer unittest urllib.request webbrowser xml"
)


def in_new_python(code: str) -> Any:
    """What a new process prints as JSON; warnings are errors, and .pyc files are kept as Python usually does."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-W", "error", "-c", code]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def test_one_version() -> None:
    assert glassnet.__version__ == version("glassnet")
    changelog = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{glassnet.__version__}] - " in changelog


def test_the_command_is_the_same_by_script_and_by_module() -> None:
    (script,) = entry_points(group="console_scripts", name="glassnet")
    assert script.value == "glassnet.cli:main"
    shown = subprocess.run([sys.executable, "-m", "glassnet", "--version"], check=True, capture_output=True, text=True)
    assert glassnet.__version__ in shown.stdout


def test_type_checkers_are_told_that_the_package_has_types() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_import_leaves_heavy_modules_for_later() -> None:
    code = "import json, sys; import {}; print(json.dumps(sorted(sys.modules)))"
    loaded = set(in_new_python(code.format("glassnet"))) - set(in_new_python(code.format("numpy")))
    assert "glassnet.training" in loaded  # else this test looks at nothing
    assert not {name for name in loaded for heavy in HEAVY.split() if name == heavy or name.startswith(f"{heavy}.")}


def test_import_adds_less_than_60_milliseconds_to_numpy() -> None:
    """In this thread's processor time, which BLAS's waiting threads leave alone; on a slow machine, or one whose
    processors are shared with other work, NumPy's own time is the measure of it.

    benchmarks/import_time.py has the seconds.
    """
    timed = "start = time.thread_time(); import numpy; middle = time.thread_time(); import glassnet"
    results = "print(json.dumps([middle - start, time.thread_time() - middle]))"
    numpy, added = (
        min(column)
        for column in zip(*(in_new_python(f"import json, time; {timed}; {results}") for _ in range(5)), strict=True)
    )
    assert added < max(0.060, numpy)


def public_objects() -> Iterator[tuple[str, object]]:
    """Every public function and class by its full name, and every public method of those classes."""
    for name in MODULES:
        module = importlib.import_module(name)
        for attribute, value in vars(module).items():
            if attribute.startswith("_") or getattr(value, "__module__", None) != name:
                continue
            if inspect.isclass(value) or callable(value):
                yield f"{name}.{attribute}", value
            if inspect.isclass(value) and not getattr(value, "_is_protocol", False):
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{name}.{attribute}.{method}", function


def described(value: object) -> bool:
    """Whether there is a docstring: for a method perhaps that of the method it overrides, for a class its own,
    and not the signature that a dataclass writes for itself.
    """
    if inspect.isclass(value):
        return bool(value.__doc__) and not str(value.__doc__).startswith(f"{value.__name__}(")
    return bool(inspect.getdoc(value))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name: str) -> None:
    assert importlib.import_module(name).__doc__


def test_every_public_name_is_described() -> None:
    objects = dict(public_objects())
    assert len(objects) > 100
    assert [name for name, value in objects.items() if not described(value)] == []


def test_every_exported_name_is_there_and_shows_an_example() -> None:
    exported = {name: getattr(glassnet, name) for name in glassnet.__all__}
    usable = {name: value for name, value in exported.items() if callable(value) and not is_base(value)}
    assert len(usable) > 10
    assert [name for name, value in usable.items() if ">>>" not in (inspect.getdoc(value) or "")] == []


def is_base(value: object) -> bool:
    """Whether something is there to be caught or derived from, not called."""
    return inspect.isclass(value) and (inspect.isabstract(value) or issubclass(value, Exception))
