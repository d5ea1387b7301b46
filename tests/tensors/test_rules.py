"""Every operation of the table: its values, its derivatives of first and second order, back and ahead."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import pytest
from table.losses import ROWS as LOSSES
from table.losses import example, inside
from table.operations import FLAT, ROWS, Row, spread_out, tensors

import glassnet as gn
from glassnet.errors import TypeNotUsableError
from glassnet.maths import activations, losses
from glassnet.maths.differences import directional
from glassnet.tensors.functions import WRITTEN
from glassnet.tensors.handle import Tensor
from glassnet.tensors.kinds import RULES, Elementwise
from glassnet.tensors.methods import ArrayMethods
from glassnet.tensors.rules.elementwise import STEPS
from glassnet.tensors.rules.library import operation_of_activation, operation_of_loss
from glassnet.tensors.runs import same

every_row = pytest.mark.parametrize("row", ROWS, ids=str)
ENTRYWISE = [row for row in ROWS if row.elementwise]
PAIRS = [row for row in ENTRYWISE if len(row.arguments) == 2]
INTERNAL = {same}  # what grad, jvp, ... tie their inputs by; not an operation anyone calls


def weights(shape: tuple[int, ...], name: str) -> np.ndarray:
    return spread_out(name, shape, 0.5, 1.5)


def bits(x: Any) -> tuple[Any, ...]:
    x = np.asarray(x)
    return x.shape, x.dtype, x.tobytes()


# ---- the table is complete -----------------------------------------------------------------------------------------


def test_every_operation_has_a_row() -> None:
    known = {*RULES, *WRITTEN, *STEPS, *activations.CATALOGUE.values(), *losses.CATALOGUE.values()} - INTERNAL
    assert known - {row.operation for row in ROWS} == set()


def test_every_method_that_computes_has_a_row() -> None:
    plain = {"argmax", "argmin", "any", "all"}  # their results are not tensors: tests/tensors/test_handle.py
    methods = {name for name, value in vars(ArrayMethods).items() if not name.startswith("_")}
    assert methods - plain == {
        row.operation for row in ROWS if isinstance(row.operation, str) and row.operation in methods
    }


def test_names_of_rows_are_different() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


# ---- values --------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "contiguous": lambda a: a,
    "Fortran": lambda a: np.array(a, order="F"),
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "backwards": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1] if a.ndim else a,
    "read-only": lambda a: read_only(a),
}


def read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


@every_row
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_are_those_of_numpy_to_the_bit(row: Row, layout: str, dtype: Any) -> None:
    arrays = [LAYOUTS[layout](a.astype(dtype)) for a in row.arguments]
    expected = row.function(*arrays)
    # Handles made without a copy, so that the operation meets the layout itself.
    given = row.function(*(Tensor(a) for a in arrays))
    if isinstance(expected, float) and not isinstance(expected, np.generic):
        expected = dtype(expected)  # a loss gives a Python float, which takes the dtype of what it meets
    assert bits(given) == bits(expected)
    assert isinstance(given, gn.Tensor)


@every_row
def test_arguments_are_never_written_in(row: Row) -> None:
    arguments = tensors(row)
    before = [bits(x) for x in arguments]
    result = row.function(*arguments)
    if result.requires_grad:
        result.backward(np.ones(result.shape))
    assert [bits(x) for x in arguments] == before


@pytest.mark.parametrize("row", [row for row in ROWS if row.empty is not None], ids=str)
def test_arrays_without_entries(row: Row) -> None:
    arrays = [np.zeros(shape) for shape in row.empty or ()]
    x = [gn.tensor(a, requires_grad=True) for a in arrays]
    result = row.function(*x)
    assert bits(result) == bits(row.function(*arrays))
    if result.requires_grad:
        result.backward(np.ones(result.shape))
        assert [t.grad.shape for t in x] == [a.shape for a in arrays]


EXTREMES = np.array([0.0, -0.0, 1e4, -1e4, 5e-324, 1e-300, 1e300, np.finfo(float).max, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize("row", ENTRYWISE, ids=str)
def test_extremes_pass_without_a_warning_of_ours(row: Row) -> None:
    pairs = [EXTREMES] if len(row.arguments) == 1 else [EXTREMES[:, None], EXTREMES[None, :]]
    x = [gn.tensor(a, requires_grad=True) for a in pairs]
    with np.errstate(all="ignore"):  # the values are NumPy's own, warnings and all
        result, expected = row.function(*x), row.function(*pairs)
    assert bits(result) == bits(expected)
    result.backward(np.ones(result.shape))  # here a warning would be an error
    assert [t.grad.shape for t in x] == [a.shape for a in pairs]


BOUNDED_SLOPES = [f for name, f in activations.CATALOGUE.items() if name != "exponential"]


@pytest.mark.parametrize("f", BOUNDED_SLOPES, ids=lambda f: f.name)
def test_activations_have_a_slope_at_extremes(f: Any) -> None:
    x = gn.tensor([[-np.inf, -1e4, -5e-324, 0.0, 5e-324, 1e4]], requires_grad=True)
    f(x).backward(np.full(x.shape, 1.0))
    assert np.isfinite(np.asarray(x.grad)).all()


# ---- derivatives ---------------------------------------------------------------------------------------------------


@every_row
def test_first_derivatives(row: Row) -> None:
    assert gn.check_gradients(row.function, *row.arguments) < 1e-8


@every_row
def test_second_derivatives(row: Row) -> None:
    # Times itself, so that what is linear has a second derivative, too.
    def squared(*x: Any) -> Any:
        y = row.function(*x)
        return y * (y + 0.3)

    assert gn.check_gradients(squared, *row.arguments, order=2) < 1e-8


@every_row
def test_a_planted_wrong_derivative_is_found(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    if row.name in FLAT:
        return
    used = functions_used(row)
    for operation in used:
        right = operation.vjp
        wrong = lambda k, G, call, right=right: 1.01 * right(k, G, call)  # noqa: E731
        monkeypatch.setattr(operation, "vjp", wrong)
        assert gn.check_gradients(row.function, *row.arguments) > 1e-3, operation.name
        monkeypatch.setattr(operation, "vjp", right)
    assert gn.check_gradients(row.function, *row.arguments) < 1e-8


def functions_used(row: Row) -> list[Any]:
    """The operations on the tape of a row."""
    result = row.function(*tensors(row))
    stack, found = [result._node], {}
    while stack:
        node = stack.pop()
        if node.operation is not None:
            found[id(node.operation)] = node.operation
        stack += [parent for parent in node.parents if parent is not None]
    return list(found.values())


@every_row
def test_forward_mode_follows_the_slope(row: Row) -> None:
    directions = tuple(spread_out(f"{row}{k}", a.shape, -0.9, 1.0) for k, a in enumerate(row.arguments))
    y, dy = gn.jvp(row.function, row.arguments, directions)
    w = weights(y.shape, row.name)

    def along(t: np.ndarray) -> float:
        return float(
            (np.asarray(row.function(*(a + t * d for a, d in zip(row.arguments, directions, strict=True)))) * w).sum()
        )

    slope = directional(along, 0.0, 1.0)
    assert float((np.asarray(dy) * w).sum()) == pytest.approx(slope, rel=1e-8, abs=1e-9)
    assert (dy.shape, dy.dtype) == (y.shape, y.dtype)


@every_row
def test_forward_and_reverse_mode_agree(row: Row) -> None:
    directions = tuple(spread_out(f"{row}{k}", a.shape, -0.9, 1.0) for k, a in enumerate(row.arguments))
    y, dy = gn.jvp(row.function, row.arguments, directions)
    w = weights(y.shape, row.name)
    _, back = gn.vjp(row.function, *row.arguments)
    gradients = back(w) if len(row.arguments) > 1 else (back(w),)
    across = sum(float((np.asarray(g) * d).sum()) for g, d in zip(gradients, directions, strict=True))
    assert float((np.asarray(dy) * w).sum()) == pytest.approx(across, rel=1e-12, abs=1e-12)


@every_row
def test_float32_stays_float32(row: Row) -> None:
    narrow, wide = tensors(row, np.float32), tensors(row)
    y, reference = row.function(*narrow), row.function(*wide)
    w = weights(y.shape, row.name)
    plain = row.function(*(a.astype(np.float32) for a in row.arguments))
    assert y.dtype == (plain.dtype if isinstance(plain, np.generic | np.ndarray) else np.float32)
    y.backward(w)
    reference.backward(w)
    for x, x64 in zip(narrow, wide, strict=True):
        assert (x.grad.dtype, x.grad.shape) == (np.float32, x.shape)
        np.testing.assert_allclose(np.asarray(x.grad), np.asarray(x64.grad), rtol=2e-4, atol=2e-5)


SHAPES = [((3, 4), (4,)), ((4,), (3, 4)), ((3, 1), (1, 4)), ((), (3, 4)), ((3, 4), ()), ((2, 1, 4), (3, 1)), ((1,), ())]


@pytest.mark.parametrize("row", PAIRS, ids=str)
@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_broadcasting_is_undone(row: Row, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    x, y = (np.resize(a, shape) for a, shape in zip(row.arguments, (left, right), strict=True))
    assert gn.check_gradients(row.function, x, y, directions=2) < 1e-8


@pytest.mark.parametrize("row", PAIRS, ids=str)
def test_a_constant_beside_has_no_gradient(row: Row) -> None:
    x, y = row.arguments
    whole = gn.vjp(row.function, x, y)[1](np.ones(x.shape))
    for k, other in ((0, lambda t: row.function(t, y)), (1, lambda t: row.function(x, t))):
        alone = gn.vjp(other, row.arguments[k])[1](np.ones(x.shape))
        assert bits(alone) == bits(whole[k])


def test_second_derivatives_of_the_loss_at_zero_logits() -> None:
    """|Z| has a corner at 0, where every untrained network stands; the loss has none."""
    H = gn.hessian(lambda z: losses.binary_crossentropy([1.0, 0.0], z, from_logits=True))([0.0, -0.0])
    np.testing.assert_allclose(np.asarray(H), np.eye(2) * 0.25 / 2, rtol=1e-15)


BY_TARGET = [(row, logits) for row in LOSSES if row.by_target for logits in ((False, True) if row.head else (False,))]


@pytest.mark.parametrize(("row", "logits"), BY_TARGET, ids=str)
def test_losses_have_derivatives_by_the_target_too(row: Any, logits: bool) -> None:
    T, P = example(row, 3, logits=logits, seed=1)
    T = inside(row, T)
    for reduction in ("mean", "sum", "none") if row.name != "likelihood" else ("mean",):
        f = functools.partial(row.function, from_logits=logits, reduction=reduction)
        assert gn.check_gradients(f, T, P, directions=2) < 1e-8
        # Where a direction's slope is small beside the value, a difference is as uncertain as eps value / step: with
        # steps of 1e-3 it was up to 6e-9 of the slope, with 3e-3, still off every corner, it is 1e-9.
        assert gn.check_gradients(lambda t, p, f=f: f(t, p) ** 2, T, P, order=2, directions=2, step=3e-3) < 1e-8
        start = weights(np.shape(f(T, P)), str(row))
        alone, both = gn.vjp(lambda p, f=f: f(T, p), P)[1](start), gn.vjp(f, T, P)[1](start)
        np.testing.assert_allclose(np.asarray(both[1]), np.asarray(alone), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge", "categorical_hinge"])
def test_labels_have_no_derivative(name: str) -> None:
    T = gn.tensor([[1.0, 0.0]], requires_grad=True)
    with pytest.raises(TypeNotUsableError, match=f"The targets of {name} are labels, which cannot change a little"):
        losses.CATALOGUE[name](T, [[0.3, 0.2]])


def test_weights_have_no_derivative() -> None:
    T, w = gn.tensor([1.0, 0.0], requires_grad=True), gn.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(
        TypeNotUsableError, match=r"no derivative by its weights: pass them as sample_weight.detach\(\)"
    ):
        losses.mse(T, [0.3, 0.2], sample_weight=w)
    assert losses.mse(T, np.float32([0.3, 0.2]), sample_weight=w.detach()).dtype == np.float32


# ---- the rules as text ---------------------------------------------------------------------------------------------


def test_every_named_rule_says_its_formula() -> None:
    rules = {rule for operation in RULES.values() for rule in operation.rules if inspect.isfunction(rule)}
    named = {rule for rule in rules if rule.__name__ not in ("<lambda>", "transpose")}
    assert [rule.__name__ for rule in named if not rule.__doc__] == []
    assert len(named) > 20


def test_derivatives_of_the_library_are_those_of_the_mathematics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed there, they are changed here: no derivative of an activation or a loss is written twice."""
    for f, argument in ((activations.sigmoid, [0.3]), (activations.softmax, [0.3, 0.1])):
        right = np.asarray(gn.vjp(f, argument)[1](np.arange(1.0, 1 + len(argument))))
        monkeypatch.setattr(f, "backward", lambda dA, Z, A, g=f.backward: 2 * g(dA, Z, A))
        assert np.asarray(gn.vjp(f, argument)[1](np.arange(1.0, 1 + len(argument)))) == pytest.approx(2 * right)
        assert operation_of_activation(f) is operation_of_activation(f)
    right = np.asarray(gn.grad(functools.partial(losses.mse, [1.0, 2.0]))([3.0, 5.0]))
    monkeypatch.setattr(losses.mse, "gradient", lambda t, p, g=losses.mse.gradient, **s: 2 * g(t, p, **s))
    assert np.asarray(gn.grad(functools.partial(losses.mse, [1.0, 2.0]))([3.0, 5.0])) == pytest.approx(2 * right)
    assert operation_of_loss(losses.mse) is operation_of_loss(losses.mse)


def test_partials_stand_for_each_operand() -> None:
    for function, operation in RULES.items():
        if isinstance(operation, Elementwise) and isinstance(function, np.ufunc):
            assert len(operation.rules) == function.nin, function
