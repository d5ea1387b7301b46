"""Commands run here as a user runs them, and a few trained networks that several tests look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glassnet.cli import main


@dataclass
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON value on one line and nothing else."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        return json.loads(self.out, parse_constant=refuse)


Run = Callable[..., Ran]
LOOKS = ("NO_COLOR", "TERM", "COLUMNS")  # what changes the looks of the output


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "TERM", "GLASSNET_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ran(status, *capsys.readouterr())

    return command


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a command in a process of its own, in an empty folder."""

    def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "glassnet", *map(str, arguments)]
        plain = {key: value for key, value in os.environ.items() if key not in LOOKS}
        environment = plain | options.pop("environment", {})
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(command, cwd=tmp_path, text=True, env=environment, **pipes)

    return start


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `glassnet train` with nothing else said."""
    return trained(tmp_path_factory.mktemp("digits") / "run")


@pytest.fixture(scope="session")
def flowers_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three kinds of flowers that length and colour tell apart; the columns are of very different size."""
    rng = np.random.default_rng(5)
    kinds, colours = ("iris", "rose", "tulip"), ("blue", "red", "red")
    lines = ["petal in m,weight in mg,colour,kind"]
    for i in range(90):
        k = i % 3
        petal, weight = 0.01 * (k + 1) + 0.002 * rng.normal(), 5000 * (2 - k) + 800 * rng.normal()
        lines.append(f"{petal:.5f},{weight:.1f},{colours[k]},{kinds[k]}")
    path = tmp_path_factory.mktemp("flowers") / "flowers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def flowers_run(flowers_csv: Path) -> Path:
    """A network for the flowers."""
    return trained(flowers_csv.parent / "run", "--data", flowers_csv)


@pytest.fixture(scope="session")
def prices_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prices in the hundred thousands by size and age: numbers to meet."""
    rng = np.random.default_rng(6)
    size, age = rng.uniform(30, 200, 150), rng.uniform(0, 80, 150)
    price = 2500 * size - 1200 * age + 5000 * rng.normal(size=150) + 100_000
    rows = [f"{s:.1f},{a:.1f},{p:.0f}.5" for s, a, p in zip(size, age, price, strict=True)]
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    path.write_text("\n".join(["size,age,price", *rows]) + "\n")
    return path


@pytest.fixture(scope="session")
def prices_run(prices_csv: Path) -> Path:
    """A network for the prices."""
    return trained(prices_csv.parent / "run", "--data", prices_csv)


def trained(folder: Path, *arguments: object) -> Path:
    """The folder of a run that these arguments trained."""
    command = [sys.executable, "-m", "glassnet", "train", "--out", str(folder), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder
