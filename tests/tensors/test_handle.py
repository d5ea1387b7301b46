"""The Tensor itself: made, read, changed, shown to NumPy; and what it refuses, in one sentence each."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, ShapeError, TypeNotUsableError


def test_the_tutorial_of_the_course() -> None:
    """COURSE E2, as the page prints it."""
    x = gn.tensor([1.0, 2.0, 3.0])
    assert repr(x) == "tensor([1., 2., 3.])"
    assert repr(x + 2.0) == "tensor([3., 4., 5.])"
    assert repr(x * 3.0) == "tensor([3., 6., 9.])"


def test_the_example_of_the_design() -> None:
    x = gn.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x * 3.0 + 2.0).sum()
    y.backward()
    assert (float(y), x.grad.tolist()) == (24.0, [3.0, 3.0, 3.0])


# ---- made ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [[1, 2, 3], np.arange(3, dtype=np.uint8), [True, False], 7, [[1, 2], [3, 4]], [], ()])
def test_whole_numbers_become_floats(data: Any) -> None:
    x = gn.tensor(data)
    assert (x.dtype, x.tolist()) == (np.float64, np.asarray(data, float).tolist())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_floating_array_keeps_its_dtype(dtype: Any) -> None:
    a = np.array([1.5, 2.5], dtype)
    assert gn.tensor(a).dtype == (gn.tensor(a) * 2 + 1).dtype == np.sqrt(gn.tensor(a)).dtype == dtype
    assert gn.tensor([1, 2], dtype=dtype).dtype == dtype
    x = gn.tensor(a, requires_grad=True)
    (x * np.ones(2)).sum().backward()  # float64 inside
    assert x.grad.dtype == dtype


def test_the_data_are_copied() -> None:
    a = np.ones(3)
    x = gn.tensor(a)
    a[0] = 9
    assert x.tolist() == [1, 1, 1]


def test_a_tensor_of_a_tensor_leaves_the_history_behind() -> None:
    x = gn.tensor([1.0], requires_grad=True)
    assert not gn.tensor(x * 2).requires_grad
    assert gn.tensor(x * 2, requires_grad=True).operation is None


def test_words_must_be_encoded_first() -> None:
    with pytest.raises(TypeNotUsableError, match=r"'cat' is a word.*Encode them first.*gn\.to_categorical"):
        gn.tensor(["cat"])
    with pytest.raises(TypeNotUsableError, match=r"'1\.5' is a word"):
        gn.tensor("1.5")
    with pytest.raises(TypeNotUsableError, match="'dog' is a word"):
        gn.tensor([1.0, "dog"][1:])


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ([1j], TypeNotUsableError, "real numbers"),
        ([None], TypeNotUsableError, "NoneType, None"),
        ({"a": 1}, TypeNotUsableError, "given was dict"),
        (np.array(["2020-01-01"], "M8[D]"), TypeNotUsableError, "A tensor holds numbers"),
        ([[1.0, 2.0], [3.0]], ShapeError, "rows of different lengths"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(data: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        gn.tensor(data)


@pytest.mark.parametrize("data", [[1, 2], np.arange(3), True, np.uint8(4)])
def test_derivatives_by_whole_numbers_are_refused(data: Any) -> None:
    with pytest.raises(TypeNotUsableError, match="write them with a decimal point"):
        gn.tensor(data, requires_grad=True)
    with pytest.raises(TypeNotUsableError, match="decimal point"):
        gn.tensor([1.0], dtype=int, requires_grad=True)
    assert gn.tensor(data, dtype=float, requires_grad=True).requires_grad


def test_derivatives_by_complex_numbers_are_refused() -> None:
    with pytest.raises(TypeNotUsableError, match="real numbers"):
        gn.tensor([1j], requires_grad=True)
    with pytest.raises(TypeNotUsableError, match="floating numbers"):
        gn.tensor([1.0], dtype=complex)


def test_a_list_of_tensors_with_a_history_is_refused() -> None:
    x = gn.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeNotUsableError, match=r"np\.stack"):
        gn.tensor([x, [x * 2]])
    assert gn.tensor([gn.tensor(1.0), 2.0]).tolist() == [1.0, 2.0]


# ---- read ----------------------------------------------------------------------------------------------------------


def test_numpy_reads_it() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True) * 2
    assert np.asarray(x).tolist() == [2.0, 4.0]
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert np.array(x, dtype=int).tolist() == [2, 4]
    assert x.numpy().base is not None  # no copy
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(x)[0] = 5
    writeable = np.array(x)
    writeable[0] = 9
    assert x.tolist() == [2.0, 4.0]


def test_python_reads_it() -> None:
    x = gn.tensor([[1.5, 2.0]])
    assert (len(x), x.shape, x.ndim, x.size, float(x[0, 0]), int(x[0, 1])) == (1, (1, 2), 2, 2, 1.5, 2)
    assert [v.item() for v in x[0]] == [1.5, 2.0]
    assert (bool(gn.tensor(0.0)), bool(gn.tensor(2.0))) == (False, True)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(gn.tensor([1.0, 2.0]))
    with pytest.raises(TypeError):
        hash(x)  # == compares entries, as for arrays


def test_comparisons_and_places_are_plain_arrays() -> None:
    x = gn.tensor([3.0, -1.0, 2.0], requires_grad=True)
    for plain, expected in (
        (x > 0, [True, False, True]), (x == 2.0, [False, False, True]), (x <= x, [True] * 3),
        (x > 2.0, [True, False, False]),
        (np.isnan(x), [False] * 3), (np.argsort(x), [1, 2, 0]), (x.argmax(), 0), (x.argmin(), 1), (x.any(), True),
        (x.all(), True), (np.count_nonzero(x > 0), 2), (x.astype(int), [3, -1, 2]),
    ):  # fmt: skip
        assert not isinstance(plain, gn.Tensor)
        assert np.asarray(plain).tolist() == expected
    assert x[x > 0].tolist() == [3.0, 2.0]
    assert np.shape(x) == (3,)
    assert np.allclose(x, [3.0, -1.0, 2.0])


def test_copies_and_pickles() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True, name="w")
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert (twin.tolist(), twin.requires_grad, twin.name, twin.grad) == ([1.0, 2.0], True, "w", None)
        (twin * 2).sum().backward()
        assert x.grad is None
    assert not pickle.loads(pickle.dumps(x * 2)).requires_grad  # the history stays behind
    assert copy.copy(x * 2).requires_grad


# ---- gradients collected -------------------------------------------------------------------------------------------


def test_gradients_add_up_until_they_are_cleared() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True)
    for k in (1, 2):
        (x * x).sum().backward()
        assert x.grad.tolist() == [2.0 * k, 4.0 * k]
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_graph_can_be_swept_again() -> None:
    x = gn.tensor(2.0, requires_grad=True)
    y = x**3
    y.backward()
    y.backward()
    assert float(x.grad) == 24.0


def test_backward_from_several_numbers_needs_their_gradient() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ShapeError, match=r"this tensor has shape \(2,\)"):
        (x * 2).backward()
    (x * 2).backward([1.0, 10.0])
    assert x.grad.tolist() == [2.0, 20.0]
    with pytest.raises(ShapeError, match="A gradient has the shape of its tensor"):
        (x * 2).backward([1.0, 2.0, 3.0])


def test_backward_without_anything_recorded_is_refused() -> None:
    for y in (gn.tensor([1.0]).sum(), gn.tensor([1.0], requires_grad=True).detach().sum()):
        with pytest.raises(SettingError, match="requires_grad=True"):
            y.backward()
    x = gn.tensor(1.0, requires_grad=True)
    with gn.no_grad():
        y = x * 2
    with pytest.raises(SettingError, match="no_grad"):
        y.backward()


def test_only_leaves_collect() -> None:
    x = gn.tensor(1.0, requires_grad=True)
    y = x * 2
    (y * 3).backward()
    assert (y.grad, float(x.grad)) == (None, 6.0)
    with pytest.raises(SettingError, match="collects a gradient"):
        y.grad = None


def test_detach_stops_derivatives() -> None:
    x = gn.tensor(3.0, requires_grad=True)
    (x * x.detach()).backward()
    assert float(x.grad) == 3.0


# ---- in place ------------------------------------------------------------------------------------------------------


def test_operations_in_place_move_the_handle_and_keep_the_history() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y * y  # of y as it is now
    y *= 3
    y += 1
    y **= 2
    y[0] = y[1] * 2
    assert (z.tolist(), y.tolist()) == ([1.0, 4.0], [98.0, 49.0])
    (y.sum() + z.sum()).backward()
    # y = [2 (3 x1 + 1)^2, (3 x1 + 1)^2], z = x^2
    assert x.grad.tolist() == [2.0, 3 * 2 * 7 * 3 + 4.0]


def test_out_gives_the_handle_the_result() -> None:
    x = gn.tensor([1.0, 4.0], requires_grad=True)
    y = x * 1
    assert np.sqrt(y, out=y) is y
    np.multiply(y, 2, out=y, where=[True, False])
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([2.0, 2.0], [1.0, 0.25])
    with pytest.raises(TypeNotUsableError, match="plain array"):
        np.exp(x, out=np.zeros(2))


def test_slices_are_no_windows() -> None:
    x = gn.tensor([1.0, 2.0])
    y = x[:1]
    y += 10
    assert (x.tolist(), y.tolist()) == ([1.0, 2.0], [11.0])


def test_values_that_derivatives_are_asked_for_change_in_no_grad_only() -> None:
    w = gn.tensor([1.0, 2.0], requires_grad=True)
    for change in (lambda: w.__iadd__(1), lambda: w.__setitem__(0, 5.0), lambda: np.negative(w, out=w)):
        with pytest.raises(SettingError, match=r"gn\.no_grad"):
            change()
    loss = (w * w).sum()
    with gn.no_grad():
        w -= 0.5
        w[1] = 0.0
    assert (w.tolist(), w.requires_grad, w.operation) == ([0.5, 0.0], True, None)
    loss.backward()  # what was computed from the old value still leads to the same tensor
    assert w.grad.tolist() == [2.0, 4.0]


def test_results_in_place_keep_shape_and_dtype() -> None:
    x = gn.tensor(np.ones((2, 3), np.float32))
    x += np.arange(3.0)
    assert (x.dtype, x.shape) == (np.float32, (2, 3))
    y = gn.tensor([1.0, 2.0])
    with pytest.raises(ShapeError, match="in place"):
        y += np.ones((3, 2))


def test_an_update_by_hand_learns() -> None:
    """The loop of every tutorial: least squares by gradient descent."""
    rng = np.random.default_rng(0)
    X, true = rng.normal(size=(50, 3)), np.array([1.0, -2.0, 0.5])
    w = gn.tensor(np.zeros(3), requires_grad=True)
    for _ in range(200):
        loss = gn.losses.mse(X @ true, X @ w)
        w.grad = None
        loss.backward()
        with gn.no_grad():
            w -= 0.1 * w.grad
    assert np.allclose(w, true, atol=1e-6)
