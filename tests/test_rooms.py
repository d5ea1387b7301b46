"""The order of the rooms: a room imports only from rooms above it, and from outside only what it may."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "glassnet"

# Top to bottom. "glassnet" is the package itself (its __init__): it shows the rooms above it, and commands may use it.
# fmt: off
ROOMS = (
    "_version", "errors", "typing", "maths", "plots", "tensors", "layers", "engine", "optim", "data", "files",
    "training", "lab", "insight", "estimators", "glassnet", "cli", "studio", "__main__",
)
# fmt: on

MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """src/glassnet/maths/affine.py -> glassnet.maths.affine; a package's __init__ is the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """glassnet.maths.affine -> maths; glassnet -> glassnet."""
    return module.split(".")[1] if "." in module else module


def imports(source: str, module: str, *, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, inside functions and under TYPE_CHECKING too."""
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            # `from glassnet import maths` is an import of a room, `from glassnet import Network` one of the package.
            for alias in node.names:
                yield node.lineno, f"{origin}.{alias.name}" if origin == "glassnet" and alias.name in ROOMS else origin


def out_of_order(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Sentences about the imports of ``module`` that reach a room below it."""
    here = ROOMS.index(room(module))
    return [
        f"{module}:{line} imports {other}, a room below {room(module)}"
        for line, other in imports(source, module, is_package=is_package)
        if other.split(".")[0] == "glassnet" and (room(other) not in ROOMS or ROOMS.index(room(other)) > here)
    ]


def foreign(source: str, module: str, *, is_package: bool = False) -> set[str]:
    """The packages from outside the standard library that ``module`` imports."""
    tops = {other.split(".")[0] for _, other in imports(source, module, is_package=is_package)}
    return tops - sys.stdlib_module_names - {"glassnet"}


def test_every_module_stands_in_a_room() -> None:
    assert MODULES
    assert {room(dotted(path)) for path in MODULES} <= set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_room_imports_only_from_rooms_above_it(path: Path) -> None:
    assert not out_of_order(path.read_text(encoding="utf-8"), dotted(path), is_package=path.name == "__init__.py")


@pytest.mark.parametrize("path", [path for path in MODULES if room(dotted(path)) == "maths"], ids=dotted)
def test_the_mathematics_needs_numpy_alone(path: Path) -> None:
    assert foreign(path.read_text(encoding="utf-8"), dotted(path)) <= {"numpy"}


def test_everything_imported_from_outside_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for group in groups for requirement in group}
    imported = {name for path in MODULES for name in foreign(path.read_text(encoding="utf-8"), dotted(path))}
    assert {{"PIL": "pillow", "sklearn": "scikit-learn"}.get(name, name) for name in imported} <= names


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("glassnet.maths.affine", "import glassnet.layers"),
        ("glassnet.maths.affine", "from glassnet.layers.dense import Dense"),
        ("glassnet.maths.affine", "from ..layers import Dense"),
        ("glassnet.maths.affine", "from .. import layers"),
        ("glassnet.maths.affine", "def later():\n    from glassnet import training"),
        ("glassnet.maths.affine", "if TYPE_CHECKING:\n    from glassnet import Network"),
        ("glassnet.training.loop", "import glassnet as gn"),
        ("glassnet.maths.affine", "import glassnet.no_such_room"),
        ("glassnet", "from glassnet.cli import main"),
    ],
)
def test_the_check_finds_a_planted_import(module: str, source: str) -> None:
    assert len(out_of_order(source, module, is_package=module == "glassnet")) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("glassnet.layers.dense", "from glassnet.maths import affine\nfrom glassnet.layers import base"),
        ("glassnet.layers.dense", "from ..maths.affine import affine\nfrom . import base\nimport numpy as np"),
        ("glassnet.cli.train", "import glassnet as gn\nfrom glassnet import Network, data"),
        ("glassnet", "from .layers import Dense\nfrom . import maths"),
    ],
)
def test_the_check_lets_the_right_order_pass(module: str, source: str) -> None:
    assert out_of_order(source, module, is_package=module == "glassnet") == []
