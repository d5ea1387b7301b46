"""Gradient descent, step by step: the lecture's numbers, every optimizer, every verdict."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.errors import DataError, GlassnetError, SettingError, ShapeError
from glassnet.lab.descent.descend import descend
from glassnet.lab.descent.verdict import VERDICTS
from glassnet.lab.descent.way import End

# ---- the lecture ---------------------------------------------------------------------------------------------------


def test_the_saddle_of_the_lecture() -> None:
    """The slide prints (1.24, 3.72) and (1.008, 3.792) for steps 2 and 3, and calls the end a minimum."""
    found = gn.descend("x**2 - y**2", start=(2, 3), learning_rate=0.1, steps=100)
    expected = [(2, 3), (1.6, 3.6), (1.28, 4.32), (1.024, 5.184)]
    np.testing.assert_allclose(found.path[:4], expected, rtol=1e-14)
    assert found.path.shape == (101, 2)
    assert f"{found.path[-1][0]:.2e}" == "4.07e-10"
    assert f"{found.path[-1][1]:.3f}" == "248453923.566"
    assert found.verdict == "diverging"
    assert [(level.point, level.kind) for level in found.stationary] == [((0.0, 0.0), "saddle")]
    for words in ("Along y the function falls without end", "There is no minimum", "1 - 0.1 * (-2) = 1.2",
                  "Along x it shrinks, times 0.8 a step", "(0, 0) is a saddle"):  # fmt: skip
        assert words in found.explanation
    assert found.rates is not None
    assert (found.rates.eigenvalues, found.rates.largest, found.rates.best) == ((-2.0, 2.0), None, None)


def test_the_slides_points_are_marked() -> None:
    """Steps 2 and 3 of the slide are wrong, by the problem that is shipped."""
    given = {"x1": "1.6", "y1": "3.6", "x2": "1.24", "y2": "3.72", "x3": "1.008", "y3": "3.792"}
    verdicts = {answer.called: answer for answer in gn.mark("saddle", given).answers}
    assert [verdicts[name].verdict for name in ("x1", "y1", "x2", "y2")] == ["right", "right", "wrong", "wrong"]
    assert (verdicts["x2"].expected, verdicts["y2"].expected) == (pytest.approx(1.28), pytest.approx(4.32))
    assert (verdicts["x3"].true, verdicts["y3"].true) == (pytest.approx(1.024), pytest.approx(5.184))


def test_the_parabola_of_the_notes() -> None:
    """dy/dx = 2x + 2; the minimum is x = -1, where the tangent is level; at x = 0 the slope is 2, not 0."""
    found = gn.descend("x^2 + 2x + 1", start=2, steps=200)
    assert found.verdict == "minimum"
    assert found.path[-1] == pytest.approx(-1)
    assert [(level.point, level.value, level.kind) for level in found.stationary] == [((-1.0,), 0.0, "minimum")]
    assert found.function.gradient([0.0]).tolist() == [2.0]
    assert found.function.gradient([-1.0]).tolist() == [0.0]
    assert math.degrees(math.atan(found.function.gradient([-1.0])[0])) == 0
    assert "the tangent is level" in found.explanation
    assert found.rates is not None
    assert (found.rates.largest, found.rates.best) == (1.0, 0.5)
    assert gn.descend("x^2 + 2x + 1", start=2, learning_rate=found.rates.best).path.tolist() == [[2.0], [-1.0]]


# ---- the contract --------------------------------------------------------------------------------------------------


def test_as_plain_data() -> None:
    found = gn.descend("x**2 - y**2", start=(2, 3), steps=5, optimizer=["sgd", "momentum"]).to_json()
    assert json.loads(json.dumps(found)) == found
    assert found["path"][0] == [2.0, 3.0]
    assert (len(found["path"]), len(found["values"]), len(found["gradients"])) == (6, 6, 6)
    assert found["gradient"] == found["gradients"][-1]
    assert found["verdict"] in VERDICTS
    assert found["stationary"][0]["kind"] == "saddle"
    assert [way["optimizer"].partition("(")[0] for way in found["ways"]] == ["SGD", "Momentum"]
    assert len(found["ways"][1]["moments"]["v"]) == 6


def test_the_tolerance_is_on_the_gradients_norm() -> None:
    found = descend("x^2 + y^2", (3, 4), 0.25, tolerance=1e-3)
    slopes = np.linalg.norm(found.gradients, axis=1)
    assert slopes[-1] <= 1e-3 < slopes[-2]
    assert descend("x^2", 1, 0.25, tolerance=0).path.shape == (101, 1)
    assert np.linalg.norm(descend("x^2", 1, 0.3, 500).gradient) <= 1e-10


def test_a_diverging_path_runs_all_its_steps_while_it_is_finite() -> None:
    assert len(descend("x^2", 1, 1.5, 100).path) == 101
    far = descend("x^4", 5, 0.1, 100)
    assert len(far.path) < 10
    assert np.isfinite(far.path).all()
    assert "too large to go on" in far.explanation


@pytest.mark.parametrize("name", [n for n in gn.optim.CATALOGUE if n != "levenberg_marquardt"])
def test_every_optimizer_walks_as_minimize_does(name: str) -> None:
    """With its named settings, and with the rate that is its own where a rate is part of the method."""
    found = descend("(x - 1)^2 + 10*y^2", (3, 1), steps=12, optimizer=name)
    optimizer = found.ways[0].optimizer
    path = gn.optimizers.minimize(lambda p: (p[0] - 1) ** 2 + 10 * p[1] ** 2, [3.0, 1.0], optimizer, steps=12)
    np.testing.assert_allclose(found.path, path.points[: len(found.path)], rtol=1e-9, atol=1e-12)
    assert optimizer.rate(0) == (1.0 if name in ("adadelta", "lbfgs") else 0.1)


def test_an_optimizer_keeps_its_own_rate() -> None:
    adam = gn.optimizers.Adam(0.5, bias_correction=False)
    first, second = (descend("x^2", 1, optimizer=given).ways[0].optimizer for given in (adam, [adam, "sgd"]))
    assert first == second == adam
    named, own = descend("x^2", 1, 0.2, optimizer=["sgd", adam]).ways
    assert (named.optimizer.rate(0), own.optimizer) == (0.2, adam)
    with pytest.raises(SettingError, match=r"learning_rate is for optimizers .* by name; Adam\(.* has its own"):
        descend("x^2", 1, 0.2, optimizer=adam)
    falling = descend("abs(x)", 1.03, gn.schedules.InverseTime(0.5, steps=1), 2000)
    assert abs(falling.path[-1][0]) < 1e-3


# ---- verdicts ------------------------------------------------------------------------------------------------------

CASES = [
    # function, start, rate, steps -> verdict, words of the cause
    ("x^2 + y^2", (3, -2), 0.3, 100, "minimum", "It is a minimum: the Hessian has the eigenvalues 2, 2"),
    ("-x^2", 0, 0.1, 100, "maximum", "Already at the start"),
    ("x**2 - y**2", (2, 0), 0.1, 200, "saddle", "The start lay exactly on the line that leads to it"),
    ("x^3", 0, 0.1, 9, "saddle", "point of inflection"),
    ("x^4 + y^4", (0, 0), 0.1, 9, "minimum", "eigenvalues 0, 0"),
    ("(x + y)^2", (1, 0), 0.25, 9, "minimum", "one of a whole valley"),
    ("x^2", 1, 1.0, 9, "oscillating", "comes no nearer. Below the learning rate 1 it converges"),
    ("x^2", 1, 0.99, 50, "oscillating", "a little nearer each time"),
    ("x^2", 1, 1.1, 9, "diverging", "lands on the other side, farther away. Below 2 / 2 = 1 it converges"),
    ("x**2 - y**2", (2, 3), 0.1, 1, "diverging", "falls without end"),
    ("3x - y", (1, 1), 0.1, 9, "diverging", "the same everywhere"),
    ("x^4", 5, 0.1, 100, "diverging", "leaps over"),
    ("-x^4", 0.5, 0.1, 400, "diverging", "falls along the path without end"),
    ("log(x)", 1, 0.3, 100, "diverging", "Step 3 leads to where log(x) has no value"),
    ("abs(x)", 1.03, 0.1, 100, "oscillating", "It swings around the minimum x = 0, which is a corner: the slope jumps "
     "from -1 to 1, so however near it is, a step is about 0.1 long"),
    ("abs(x - 1)", 3, 0.1, 100, "oscillating", "x = 1 is a minimum at a corner"),  # it ends there by rounding alone
    ("max(x, 0)", 1, 0.1, 100, "unfinished", "The function does not change around it"),
    ("x^2 + 2x + 1", 1, 0.1, 100, "minimum", "It converges to the minimum x = -1 and is 4.1e-10 from it. Each step "
     "takes the distance times 1 - 0.1 * 2 = 0.8 (linear convergence): within 0.01 after 24 steps and within 1e-06"),
    ("x^2 + 2x + 1", 1, 0.9, 100, "minimum", "0.9 * 2 = -0.8 (linear convergence), from one side to the other"),
    ("x^2 + 2x + 1", 1, 0.01, 100, "unfinished", "It is 0.265 from the minimum x = -1, of 2 at the start. Each step "
     "takes the distance times 1 - 0.01 * 2 = 0.98 (linear convergence): within 0.01 after about 263 steps in all"),
    ("x^2 - y^2", (2, 0), 0.1, 100, "saddle", "It converges to the saddle (0, 0)"),
    ("x^4", 1, 0.1, 100, "unfinished", "shrinks ever more slowly"),
    ("x^2 + cos(y)", (2, 3), 0.1, 200, "minimum", "Each step takes the distance times about 0.9 (linear"),
    ("x^2", 1, 0.01, 100, "unfinished", "shrinks to 0.98 of itself each step: at that pace about 1,075 more steps"),
    ("(1 - x)^2 + 100(y - x^2)^2", (-1, 1), 0.001, 100, "unfinished", "(1, 1) is a minimum"),
    ("e^-x", 1, 0.1, 100, "unfinished", "No point was found where the gradient is zero, searched from -5 to 5"),
    ("x^2", 1, 0.0, 5, "unfinished", "the learning rate is 0"),
    ("step(x)", 1, 0.1, 5, "unfinished", "does not change around it"),
    ("x^2", 3, 0.1, 0, "unfinished", "No step was taken"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "start", "rate", "steps", "verdict", "cause"), CASES)
def test_verdicts(function: str, start: object, rate: float, steps: int, verdict: str, cause: str) -> None:
    found = descend(function, start, rate, steps)
    assert (found.verdict, cause in found.explanation) == (verdict, True), found.explanation


def test_the_pace_of_an_unfinished_path_is_right() -> None:
    """It says how many more steps would do; so many do."""
    left = descend("x^2", 1, 0.01, 100)
    assert "1,075 more steps" in left.explanation
    ends = [descend("x^2", 1, 0.01, 100 + more).ways[0].end for more in (1074, 1075)]
    assert ends == [End.STEPS, End.LEVEL]


@pytest.mark.parametrize(
    ("function", "rate"), [("x^2", 0.01), ("x^2", 0.99), ("3x^2 + x*y + y^2", 0.05), ("cosh(x)", 0.1)]
)
def test_how_far_a_path_is_and_when_it_will_be_nearer(function: str, rate: float) -> None:
    """What is said after thirty steps comes true."""
    coming = descend(function, None, rate, 30).verdicts[0].approach
    assert coming is not None
    assert coming.level.kind == "minimum"
    steps = coming.steps_to(1e-4)
    assert steps is not None
    path = np.linalg.norm(descend(function, None, rate, 1000, tolerance=0).path, axis=1)
    assert coming.left == pytest.approx(path[30], rel=1e-6)
    assert steps[0] == pytest.approx(int(np.flatnonzero(path > 1e-4)[-1]) + 1, abs=2)


def test_the_lead_of_the_notes_parabola() -> None:
    """The notes' function as a student tries it, with nothing else said."""
    found = descend("x**2 + 2x + 1")
    assert found.verdict == "minimum"
    assert "**The path converges to the minimum x = -1.**" in found.markdown()
    coming = found.to_json()["ways"][0]["approach"]
    assert coming["point"] == [-1]
    assert coming["distance"] == pytest.approx(2 * 0.8**100)
    assert coming["factor"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("optimizer", "verdict"),
    [("momentum", "minimum"), ("lbfgs", "minimum"), ("adam", "minimum"), ("lion", "oscillating")],
)
def test_other_optimizers_are_judged_by_their_path(optimizer: str, verdict: str) -> None:
    assert descend("x^2 + 3y^2 + x*y", (2.03, -1), steps=1500, optimizer=optimizer).verdict == verdict


# ---- what cannot be used -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"function": "x +"}, DataError, "ends where more is needed"),
        ({"function": "x + y", "start": 1}, ShapeError, "a start has 2 numbers; given were 1"),
        ({"function": "x", "start": {"y": 1}}, ShapeError, "The start names y; the variables are x"),
        ({"function": "x", "start": "one"}, SettingError, "A start is a number for each variable"),
        ({"function": "x", "start": math.inf}, SettingError, "A start is finite"),
        ({"function": "log(x)", "start": -1}, SettingError, "has no value or no slope at the start, x = -1"),
        ({"function": "x", "steps": -1}, SettingError, "steps is a whole number from 0 to 1,000,000"),
        ({"function": "x", "steps": 2.5}, SettingError, "steps is a whole number"),
        ({"function": "x", "tolerance": -1}, SettingError, "tolerance is a number of at least 0"),
        ({"function": "x", "optimizer": "adom"}, SettingError, "did you mean"),
        ({"function": "x", "optimizer": []}, SettingError, "at least one optimizer"),
        ({"function": "x", "learning_rate": -1}, SettingError, "learning_rate"),
        ({"function": "x", "optimizer": "levenberg_marquardt"}, SettingError, "LBFGS minimises it"),
    ],
)
def test_what_cannot_be_used(arguments: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        descend(**arguments)
    assert said in str(caught.value)


PARTS = st.recursive(
    st.sampled_from(["x", "y", "0", "1", "2.5", "1e9", "pi"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner).map(lambda t: f"({''.join(t)})"),
        st.tuples(st.sampled_from(["exp", "log", "sqrt", "abs", "sin", "tan", "relu", "sigmoid"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
    ),
    max_leaves=8,
)


@given(PARTS, st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=40)
def test_any_formula_has_a_verdict_or_a_sentence(written: str, x: float, y: float) -> None:
    start = {name: value for name, value in (("x", x), ("y", y)) if name in written.replace("exp", "")}
    try:
        found = descend(written, start, steps=12)
    except GlassnetError as error:
        said = str(error)
    else:
        said = found.explanation
        assert np.isfinite(found.path).all()
        assert found.verdict in VERDICTS
    assert said
    assert "\n" not in said
