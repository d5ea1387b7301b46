"""What meets a Tensor and has no rule is refused in a sentence: no derivative is ever lost in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, TypeNotUsableError

X = gn.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
v = gn.tensor([1.0, 2.0], requires_grad=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda: np.linalg.inv(X), lambda: np.fft.fft(v), lambda: np.median(v), lambda: np.spacing(v),
        lambda: np.divmod(v, 2), lambda: np.subtract.reduce(v), lambda: np.subtract.outer(v, v),
        lambda: np.bitwise_and(v, 1),
        lambda: np.kron(X, X),
    ],
)  # fmt: skip
def test_functions_without_a_rule_are_refused(call: Any) -> None:
    with pytest.raises(TypeNotUsableError, match=r"knows no derivative of .*np\.asarray\(x\)"):
        call()


def test_matrix_norms_that_are_no_vector_norms_are_refused() -> None:
    for order in (1, 2, np.inf, "nuc", -2):
        with pytest.raises(TypeNotUsableError, match="norm"):
            np.linalg.norm(X, order)
    assert float(np.linalg.norm(X)) == pytest.approx(np.sqrt(30))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: np.sum(X, initial=1.0), "sum of a tensor knows no keyword 'initial'; known: "),
        (lambda: np.sum(X, where=X > 1), "knows no keyword 'where'"),
        (lambda: np.exp(X, where=X > 1), "where= leaves entries undefined"),
        (lambda: np.einsum("ij,jk", X), "about 2 arrays; given were 1"),
        (lambda: np.stack([]), "need at least one array"),
    ],
)
def test_settings_that_rules_do_not_know_are_refused(call: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def test_a_derivative_by_a_setting_is_refused() -> None:
    with pytest.raises(TypeNotUsableError, match=r"differentiable by its first 1 argument.*detach"):
        np.clip(X, 0.0, v)
    assert np.clip(X, 0.0, v.detach()).tolist() == [[1, 2], [1, 2]]
    with pytest.raises(TypeNotUsableError, match="detach"):
        gn.losses.mse([1.0, 2.0], v, sample_weight=v)
    with pytest.raises(TypeNotUsableError, match="subscripts as text"):
        np.einsum(X, [0, 1])


def test_losses_take_constant_tensors_as_targets() -> None:
    target = gn.tensor([0.0, 1.0])
    loss = gn.losses.mse(target, v)
    assert isinstance(loss, gn.Tensor)
    assert float(loss) == 1.0
    assert gn.losses.mse(target, [1.0, 2.0]) == 1.0  # no tensor to predict: a number


def test_a_tensor_is_no_index() -> None:
    with pytest.raises(TypeNotUsableError, match=r"x\.astype\(int\)"):
        X[gn.tensor([0.0])]
    assert X[gn.tensor([1.0]).astype(int)].tolist() == [[3.0, 4.0]]


def test_a_key_is_remembered_as_it_was() -> None:
    key = np.array([0, 0])
    y = v[key]
    key[:] = 1
    gradient = gn.tensor([1.0, 2.0], requires_grad=True)
    (gradient[np.array([0, 0])] * y).sum().backward()
    assert gradient.grad.tolist() == [2.0, 0.0]
    v.grad = None


def test_constants_like_a_tensor_are_tensors() -> None:
    for made, value in ((np.zeros_like(X), 0), (np.ones_like(X), 1), (np.full_like(X, 7), 7)):
        assert isinstance(made, gn.Tensor)
        assert not made.requires_grad
        assert made.tolist() == [[value, value], [value, value]]


def test_reductions_of_ufuncs() -> None:
    for reduced, expected in (
        (np.add.reduce(X), [4, 6]), (np.multiply.reduce(X, axis=1), [2, 12]), (np.maximum.reduce(X), [3, 4]),
        (np.minimum.reduce(X, axis=None), 1), (np.add.accumulate(X), [[1, 2], [4, 6]]),
        (np.multiply.accumulate(X, axis=1), [[1, 2], [3, 12]]), (np.multiply.outer(v, v), [[1, 2], [2, 4]]),
    ):  # fmt: skip
        assert isinstance(reduced, gn.Tensor)
        assert reduced.requires_grad
        assert reduced.tolist() == expected


def test_numpy_on_the_left_gives_tensors() -> None:
    for y in (np.float64(2) * v, np.ones(2) - v, np.ones((2, 2)) @ v, np.array(3.0) / v, [1.0, 2.0] * v):
        assert isinstance(y, gn.Tensor)
        assert y.requires_grad


def test_pieces() -> None:
    parts = np.split(X, 2, axis=1)
    assert [part.tolist() for part in parts] == [[[1.0], [3.0]], [[2.0], [4.0]]]
    with pytest.raises(ValueError, match="equal"):
        np.split(X, 3)
    assert [p.tolist() for p in np.array_split(v, 3)] == [[1.0], [2.0], []]


def test_settings_are_errors_of_settings() -> None:
    with pytest.raises(SettingError):
        np.sum(X, initial=1.0)
