"""Rows gathered and scaled into a batch: the right numbers, correctly rounded, and no memory taken."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.data.batches import BLOCK, Rows, require_finite
from glassnet.errors import DataError, SettingError, ShapeError, TypeNotUsableError

FLOATS = (np.float32, np.float64)


def gathered(X: object, order: list[int], dtype: type = np.float64, scale: str | None = None) -> np.ndarray:
    rows = Rows(X, scale=scale)
    out = np.full((len(order), rows.shape[1]), np.nan, dtype)
    assert rows.gather(np.array(order, np.int64), out) is out
    return out


def csr(dense: np.ndarray) -> SimpleNamespace:
    """A sparse matrix as it is written by hand: no SciPy."""
    rows, columns = np.nonzero(dense)
    pointers = np.searchsorted(rows, np.arange(len(dense) + 1))
    return SimpleNamespace(
        data=dense[rows, columns], indices=columns.astype(np.int32), indptr=pointers.astype(np.int32), shape=dense.shape
    )


@given(
    arrays.arrays(
        st.sampled_from(["u1", "i2", "i8", "?", "f2", "f4", "f8", ">f8"]), (5, 3), elements={"allow_nan": False}
    ),
    st.lists(st.integers(0, 4), max_size=9),
    st.sampled_from(FLOATS),
)
def test_rows_of_every_dtype_come_in_the_order_asked_for(values: np.ndarray, order: list[int], dtype: type) -> None:
    with np.errstate(over="ignore"):
        expected = values[order].astype(dtype)
    assert np.array_equal(gathered(values, order, dtype), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("scale", "shift", "unit"), [("unit", 0, 255), ("symmetric", 255, 255)])
def test_every_pixel_is_scaled_to_the_nearest_number(dtype: type, scale: str, shift: int, unit: int) -> None:
    # unit: x / 255; symmetric: (2 x - 255) / 255. The nearest number lies within half a step of the true one.
    pixels = np.arange(256, dtype=np.uint8)[:, None]
    scaled = gathered(pixels, list(range(256)), dtype, scale)[:, 0]
    for x, value in enumerate(scaled):
        true = Fraction(x, unit) if scale == "unit" else Fraction(2 * x - shift, unit)
        half_step = Fraction(float(np.spacing(np.abs(value)))) / 2
        assert abs(Fraction(float(value)) - true) <= half_step
    assert scaled[255] == 1
    assert scaled[0] == (0 if scale == "unit" else -1)


def test_scaling_acts_on_bytes_alone() -> None:
    for values in (np.array([[51.0]]), np.array([[51]], np.int64), np.array([[51]], np.int8)):
        assert gathered(values, [0], scale="unit").tolist() == [[51.0]]
        assert Rows(values, scale="unit").scale is None
    assert Rows(np.array([[51]], np.uint8), scale="unit").scale == "unit"
    assert gathered(np.array([[51]], np.uint8), [0], scale=None).tolist() == [[51.0]]


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_batches_larger_than_a_block(n: int) -> None:
    values = np.random.default_rng(0).integers(0, 256, (2 * BLOCK, 3), np.uint8)
    order = np.random.default_rng(1).integers(0, len(values), n).tolist()
    assert np.array_equal(gathered(values, order, np.float64, "unit"), values[order] / 255)


def test_pictures_are_rows_with_a_shape() -> None:
    pictures = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    rows = Rows(pictures)
    assert (rows.shape, rows.image_shape, len(rows)) == ((2, 60), (3, 4, 5), 2)
    assert gathered(pictures, [1]).tolist() == [list(range(60, 120))]


def test_rows_that_are_not_contiguous() -> None:
    values = np.arange(40.0).reshape(8, 5)
    assert np.array_equal(gathered(values.T[::2], [2, 0]), values.T[::2][[2, 0]])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_a_batch_takes_no_memory(dtype: type) -> None:
    rows = Rows(np.ones((1000, 784), dtype))
    order, out = np.arange(64) * 3, np.empty((64, 784), np.float32)
    rows.gather(order, out)  # the scratch is made by the first batch
    tracemalloc.start()
    for _ in range(5):
        rows.gather(order, out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000  # views and small objects; a batch of bytes alone is 50 kB


@given(arrays.arrays(np.float64, (6, 4), elements=st.sampled_from([0.0, 0.0, 1.5, -2.0])), st.data())
def test_sparse_rows_are_what_their_dense_ones_are(dense: np.ndarray, data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(0, 5), max_size=8))
    assert np.array_equal(gathered(csr(dense), order), dense[order])


@pytest.mark.parametrize("scale", ["unit", "symmetric", None])
def test_sparse_pixels_are_scaled_as_dense_ones(scale: str | None) -> None:
    dense = np.array([[0, 255, 0], [51, 0, 0], [0, 0, 0]], np.uint8)
    order = [2, 0, 1, 1]
    assert np.array_equal(gathered(csr(dense), order, scale=scale), gathered(dense, order, scale=scale))


def test_sparse_entries_in_any_order_and_repeated_ones_add_up() -> None:
    matrix = SimpleNamespace(
        data=np.array([1.0, 2.0, 4.0, 8.0]),
        indices=np.array([2, 0, 2, 1]),
        indptr=np.array([0, 3, 3, 4]),
        shape=(3, 3),
    )
    assert gathered(matrix, [0, 1, 2]).tolist() == [[2, 0, 5], [0, 0, 0], [0, 8, 0]]


def test_other_sparse_formats_are_turned_into_rows() -> None:
    dense = np.array([[0.0, 1.0], [2.0, 0.0]])
    column_format = SimpleNamespace(tocsr=lambda: csr(dense))
    assert np.array_equal(gathered(column_format, [1, 0]), dense[[1, 0]])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"indptr": np.array([0, 1, 3])}, "must rise from 0 to the number of its entries"),
        ({"indptr": np.array([0, 3, 2])}, "must rise"),
        ({"indptr": np.array([1, 1, 2])}, "must rise"),
        ({"indptr": np.array([0, 2])}, "one row pointer more than rows"),
        ({"indices": np.array([0, 2])}, r"names a column outside 0 \.\. 1"),
        ({"indices": np.array([-1, 0])}, "names a column outside"),
        ({"indices": np.array([0])}, "as many data as indices"),
        ({"data": np.array(["a", "b"])}, "holds numbers, not <U1"),
    ],
)
def test_a_forged_sparse_matrix_is_one_sentence(changes: dict[str, np.ndarray], sentence: str) -> None:
    matrix = SimpleNamespace(
        **{"data": np.ones(2), "indices": np.array([0, 1]), "indptr": np.array([0, 1, 2]), "shape": (2, 2)} | changes
    )
    with pytest.raises((DataError, ShapeError, TypeNotUsableError), match=sentence):
        Rows(matrix)


def test_orders_and_buffers_that_do_not_fit_are_said() -> None:
    rows = Rows(np.zeros((3, 2)))
    for order in ([3], [-1], [0, 99]):
        with pytest.raises(ShapeError, match=r"a row outside 0 \.\. 2"):
            rows.gather(np.array(order), np.zeros((len(order), 2)))
    with pytest.raises(ShapeError, match=r"A batch of 1 rows needs floats \(1, 2\), not float64 \(2, 2\)"):
        rows.gather(np.array([0]), np.zeros((2, 2)))
    with pytest.raises(ShapeError, match="not int64"):
        rows.gather(np.array([0]), np.zeros((1, 2), np.int64))


def test_what_are_no_rows_is_said() -> None:
    with pytest.raises(ShapeError, match=r"\(n, d\), or for pictures"):
        Rows(np.zeros(3))
    with pytest.raises(ShapeError):
        Rows(np.zeros((1, 1, 1, 1, 1)))
    with pytest.raises(TypeNotUsableError, match="X holds numbers, not <U1"):
        Rows([["a"]])
    with pytest.raises(SettingError, match="There is no scale 'units'; did you mean 'unit'"):
        Rows(np.zeros((1, 1)), scale="units")


def test_numbers_that_a_network_cannot_hold_are_named() -> None:
    values = np.zeros((5000, 300))
    values[4321, 123] = np.nan
    with pytest.raises(DataError, match=r"X holds nan in row 4321, column 123; every value must be a finite number\."):
        Rows(values).check()
    values[4321, 123] = 1e300
    with pytest.raises(DataError, match=r"X holds 1e\+300 in row 4321, column 123; .* finite number of float32"):
        Rows(values).check(np.float32)
    Rows(values).check(np.float64)
    with pytest.raises(DataError, match="X holds inf"):
        Rows(csr(np.array([[0.0, np.inf]]))).check()
    Rows(np.zeros((0, 3))).check()
    require_finite(np.zeros((3, 0)), "X")
