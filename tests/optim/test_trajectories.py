"""100 steps of every optimizer and variant against numbers computed independently in 50 digits.

`tests/golden/make_trajectories.py` makes those numbers, states the problem and does not know glassnet.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from glassnet import optim
from glassnet.optim import CATALOGUE
from glassnet.typing import Array

GOLDEN = Path(__file__).parents[1] / "golden"
STORED: dict[str, Any] = json.loads((GOLDEN / "trajectories.json").read_text())


def title(trajectory: dict[str, Any]) -> str:
    switches = ("epsilon", "epsilon_inside", "bias_correction", "beta2", "largest")
    chosen = [f"{name}={value}" for name, value in trajectory["settings"].items() if name in switches]
    return " ".join([trajectory["optimizer"], *chosen])


every_trajectory = pytest.mark.parametrize("trajectory", STORED["trajectories"], ids=title)


def gradient(theta: Array) -> Array:
    """Of 25/2 x^2 + 1/2 x y + 1/2 y^2 + 1/4 (z - y^2)^2."""
    x, y, z = theta
    return np.array([25 * x + y / 2, x / 2 + y - y * (z - y * y), (z - y * y) / 2], dtype=theta.dtype)


def walk(trajectory: dict[str, Any], dtype: type) -> dict[str, Array]:
    """The weights after every step, as an engine takes it."""
    optimizer = optim.from_config({"name": trajectory["optimizer"], **trajectory["settings"]})
    theta = np.array([float(number) for number in STORED["start"]], dtype=dtype)
    moments = [np.zeros_like(theta) for _ in optimizer.moments]
    scalars, path = optimizer.start(), {}
    for step in range(STORED["steps"]):
        scalars = optimizer.advance(scalars)
        optimizer.update(theta, gradient(theta), moments, scalars, optimizer.rate(step))
        path[str(step + 1)] = theta.copy()
    return path


# What 100 steps may add up to in rounding, for weights that start at 1, -2 and 3 (measured: 2e-15 and 2e-6).
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, {"rtol": 1e-12, "atol": 1e-14}), (np.float32, {"rtol": 5e-6, "atol": 5e-6})]
)
@every_trajectory
def test_a_hundred_steps(trajectory: dict[str, Any], dtype: type, tolerance: dict[str, float]) -> None:
    path = walk(trajectory, dtype)
    for step, digits in trajectory["theta"].items():
        exact = [float(number) for number in digits]
        np.testing.assert_allclose(path[step], exact, **tolerance, err_msg=f"step {step}")


def test_every_optimizer_has_a_trajectory_with_every_choice_of_its_switches() -> None:
    for name, optimizer in CATALOGUE.items():
        if not optimizer.elementwise:
            continue
        stored = [trajectory for trajectory in STORED["trajectories"] if trajectory["optimizer"] == name]
        switches = [key for key, value in optimizer().config().items() if isinstance(value, bool)]
        chosen = {tuple(trajectory["settings"][switch] for switch in switches) for trajectory in stored}
        assert len(chosen) == 2 ** len(switches), name


def test_the_variants_are_different_algorithms() -> None:
    ends = [tuple(trajectory["theta"]["100"]) for trajectory in STORED["trajectories"]]
    assert len(set(ends)) == len(ends)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_trajectories", GOLDEN / "make_trajectories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stored_numbers_are_what_the_script_makes(script: ModuleType) -> None:
    assert [*script.variants()] == [
        {"optimizer": trajectory["optimizer"], "settings": trajectory["settings"]}
        for trajectory in STORED["trajectories"]
    ]
    assert STORED["start"] == script.START
    for trajectory in STORED["trajectories"]:
        first = script.trajectory(trajectory, steps=5)
        assert first == {step: trajectory["theta"][step] for step in "12345"}
