"""Functions of NumPy that need no rule of their own: written by others, plain answers, and constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.tensors.rules.elementwise import clip, select
from glassnet.tensors.rules.products import complete, einsum
from glassnet.tensors.rules.reductions import vector_norm
from glassnet.tensors.rules.shapes import concatenated, stacked

# ---- written by others ---------------------------------------------------------------------------------------------


def where(condition: Any, *values: Any) -> Any:
    """np.where(condition, x, y); with the condition alone, the places where it holds."""
    condition = np.asarray(condition)
    if not values:
        return np.where(condition)
    x, y = values
    return select(x, y, condition)


def np_clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """np.clip with either spelling of its ends."""
    return clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def concatenate(arrays: Any, /, axis: Any = 0) -> Any:
    """np.concatenate; axis None joins the flattened arrays."""
    if axis is None:
        arrays, axis = [np.ravel(array) for array in arrays], 0
    return concatenated(*_arrays(arrays), axis=axis)


def stack(arrays: Any, axis: int = 0) -> Any:
    """np.stack."""
    return stacked(*_arrays(arrays), axis=axis)


def vstack(tup: Any) -> Any:
    """np.vstack: rows one below the other."""
    return concatenated(*[atleast_2d(array) for array in tup], axis=0)


def hstack(tup: Any) -> Any:
    """np.hstack: side by side."""
    arrays = [atleast_1d(array) for array in tup]
    return concatenated(*arrays, axis=0 if arrays[0].ndim == 1 else 1)


def column_stack(tup: Any) -> Any:
    """np.column_stack: vectors as columns."""
    return concatenated(*[array if np.ndim(array) > 1 else np.reshape(array, (-1, 1)) for array in tup], axis=1)


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """np.append."""
    return concatenate((arr, values), axis)


def atleast_1d(*arrays: Any) -> Any:
    """np.atleast_1d."""
    made = tuple(np.reshape(array, (1,)) if np.ndim(array) == 0 else _array(array) for array in arrays)
    return made if len(made) != 1 else made[0]


def atleast_2d(*arrays: Any) -> Any:
    """np.atleast_2d: a vector becomes a row."""
    made = tuple(np.reshape(array, (1, -1)) if np.ndim(array) < 2 else _array(array) for array in arrays)
    return made if len(made) != 1 else made[0]


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """np.array_split: the parts of an axis."""
    return _parts(np.array_split, ary, indices_or_sections, axis)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """np.split: equal parts of an axis."""
    return _parts(np.split, ary, indices_or_sections, axis)


def _parts(function: Callable[..., Any], x: Any, sections: Any, axis: int) -> list[Any]:
    before = (slice(None),) * (axis % np.ndim(x))
    places = function(np.arange(np.shape(x)[axis]), sections)
    return [x[(*before, slice(p[0], p[-1] + 1) if len(p) else slice(0, 0))] for p in places]


def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """np.diff: each entry less the one before, n times."""
    before = (slice(None),) * (axis % np.ndim(a))
    for _ in range(n):
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


def ptp(a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """np.ptp: the largest less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm, but for the norms of matrices by singular values or by sums, and the count p = 0."""
    of_matrices = np.ndim(x) == 2 if axis is None else isinstance(axis, tuple) and len(axis) == 2
    if ord == 0 or (of_matrices and ord not in (None, "fro")):
        raise TypeNotUsableError(
            f"glassnet knows no derivative of the norm {ord!r} of {'matrices' if of_matrices else 'vectors'}; it knows "
            "the Frobenius norm of matrices (ord=None) and, along one axis, the norms of vectors for any p but 0."
        )
    return vector_norm(x, ord, axis, keepdims)


def outer(a: Any, b: Any) -> Any:
    """np.outer: every entry of a times every entry of b."""
    return np.multiply(np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


def fliplr(m: Any) -> Any:
    """np.fliplr."""
    return np.flip(m, 1)


def flipud(m: Any) -> Any:
    """np.flipud."""
    return np.flip(m, 0)


def einsum_of(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """np.einsum, with subscripts as text."""
    if not isinstance(subscripts, str):
        raise TypeNotUsableError('einsum of tensors takes its subscripts as text first, such as "ij,jk->ik".')
    written = complete(subscripts, [np.ndim(operand) for operand in operands])
    return einsum(*operands, subscripts=written, optimize=optimize)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """np.copyto: the values of src in dst, where the mask holds."""
    dst[...] = src if where is True else select(src, dst, np.asarray(where))


def _array(values: Any) -> Any:
    return values if hasattr(values, "ndim") else np.asarray(values)


def _arrays(arrays: Any) -> list[Any]:
    made = [_array(array) for array in arrays]
    if not made:
        raise SettingError("There is nothing to join.")
    return made


WRITTEN: dict[Any, Callable[..., Any]] = {
    np.where: where,
    np.clip: np_clip,
    np.concatenate: concatenate,
    np.stack: stack,
    np.vstack: vstack,
    np.hstack: hstack,
    np.column_stack: column_stack,
    np.append: append,
    np.atleast_1d: atleast_1d,
    np.atleast_2d: atleast_2d,
    np.array_split: array_split,
    np.split: split,
    np.diff: diff,
    np.ptp: ptp,
    np.outer: outer,
    np.linalg.norm: norm,
    np.fliplr: fliplr,
    np.flipud: flipud,
    np.einsum: einsum_of,
    np.copyto: copyto,
}

REDUCTIONS: dict[tuple[Any, str], Callable[..., Any]] = {
    (np.add, "reduce"): lambda x, axis=0, **settings: np.sum(x, axis=axis, **settings),
    (np.multiply, "reduce"): lambda x, axis=0, **settings: np.prod(x, axis=axis, **settings),
    (np.maximum, "reduce"): lambda x, axis=0, **settings: np.max(x, axis=axis, **settings),
    (np.minimum, "reduce"): lambda x, axis=0, **settings: np.min(x, axis=axis, **settings),
    (np.add, "accumulate"): lambda x, axis=0: np.cumsum(x, axis=axis),
    (np.multiply, "accumulate"): lambda x, axis=0: np.cumprod(x, axis=axis),
    (np.multiply, "outer"): lambda x, y: np.reshape(x, (*np.shape(x), *(1,) * np.ndim(y))) * y,
}

# ---- plain answers -------------------------------------------------------------------------------------------------

PLAIN_UFUNCS = frozenset(
    {np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isnan, np.isinf, np.isfinite,
     np.signbit, np.logical_and, np.logical_or, np.logical_not, np.logical_xor}
)  # fmt: skip

PLAIN = frozenset(
    {np.shape, np.ndim, np.size, np.argmax, np.argmin, np.argsort, np.nonzero, np.flatnonzero, np.argwhere, np.any,
     np.all, np.count_nonzero, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.array_repr, np.array_str,
     np.array2string, np.searchsorted, np.digitize, np.unique, np.histogram, np.iscomplexobj, np.isrealobj,
     np.result_type, np.min_scalar_type, np.shares_memory, np.may_share_memory, np.unravel_index, np.savetxt, np.save}
)  # fmt: skip

CONSTANTS = frozenset({np.zeros_like, np.ones_like, np.full_like, np.empty_like})
