"""What arrays can do by method and by operator, each by the NumPy function of the same meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.tensors import dispatch, display
from glassnet.tensors.rules.elementwise import astype, power
from glassnet.tensors.rules.shapes import getitem, place

_Operators: Any = np.lib.mixins.NDArrayOperatorsMixin  # its annotations know only ndarray


class Flat:
    """The entries of a Tensor by their number in reading order: x.flat[3], x.flat[[0, 2]] = 1."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __getitem__(self, key: Any) -> Any:
        return np.ravel(self.tensor)[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        entries = place(np.ravel(self.tensor), value, dispatch.index(key))
        dispatch.into(self.tensor, np.reshape(entries, self.tensor.shape))


class ArrayMethods(_Operators):  # type: ignore[misc]
    """The methods of arrays for Tensors; operators come from NumPy's own mixin (+ is np.add, @ is np.matmul, ...)."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # == compares entries, as for arrays

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return dispatch.ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        return dispatch.function(function, arguments, keywords)

    def __pow__(self, exponent: Any) -> Any:
        return power(self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return power(base, self)

    def __ipow__(self, exponent: Any) -> Any:
        return dispatch.into(self, power(self, exponent))

    def __getitem__(self, key: Any) -> Any:
        return getitem(self, dispatch.index(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        dispatch.into(self, place(self, value, dispatch.index(key)))

    # ---- reductions ------------------------------------------------------------------------------------------------

    def sum(self, axis: Any = None, **settings: Any) -> Any:
        """The sum over the axes, all of them by default (np.sum)."""
        return np.sum(self, axis=axis, **settings)

    def mean(self, axis: Any = None, **settings: Any) -> Any:
        """The mean over the axes (np.mean)."""
        return np.mean(self, axis=axis, **settings)

    def max(self, axis: Any = None, **settings: Any) -> Any:
        """The largest entry along the axes; its gradient goes to the entries that are largest, in equal parts."""
        return np.max(self, axis=axis, **settings)

    def min(self, axis: Any = None, **settings: Any) -> Any:
        """The smallest entry along the axes; its gradient goes to the entries that are smallest, in equal parts."""
        return np.min(self, axis=axis, **settings)

    def prod(self, axis: Any = None, **settings: Any) -> Any:
        """The product over the axes (np.prod)."""
        return np.prod(self, axis=axis, **settings)

    def var(self, axis: Any = None, **settings: Any) -> Any:
        """The variance over the axes (np.var)."""
        return np.var(self, axis=axis, **settings)

    def std(self, axis: Any = None, **settings: Any) -> Any:
        """The standard deviation over the axes (np.std); its gradient is 0 where it is 0."""
        return np.std(self, axis=axis, **settings)

    def cumsum(self, axis: Any = None) -> Any:
        """The sums of the entries so far (np.cumsum)."""
        return np.cumsum(self, axis=axis)

    def cumprod(self, axis: Any = None) -> Any:
        """The products of the entries so far (np.cumprod)."""
        return np.cumprod(self, axis=axis)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """The sum of the diagonal (np.trace)."""
        return np.trace(self, offset, axis1, axis2)

    def argmax(self, axis: Any = None, **settings: Any) -> Any:
        """Where the largest entry is, as plain numbers (np.argmax)."""
        return np.argmax(self, axis=axis, **settings)

    def argmin(self, axis: Any = None, **settings: Any) -> Any:
        """Where the smallest entry is, as plain numbers (np.argmin)."""
        return np.argmin(self, axis=axis, **settings)

    def any(self, axis: Any = None, **settings: Any) -> Any:
        """Whether any entry is not 0 (np.any)."""
        return np.any(self, axis=axis, **settings)

    def all(self, axis: Any = None, **settings: Any) -> Any:
        """Whether no entry is 0 (np.all)."""
        return np.all(self, axis=axis, **settings)

    # ---- shapes ----------------------------------------------------------------------------------------------------

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """The same entries in another shape (np.reshape)."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def ravel(self, order: Any = "C") -> Any:
        """The entries in one row (np.ravel)."""
        return np.ravel(self, order=order)

    flatten = ravel

    @property
    def flat(self) -> Flat:
        """The entries by their number in reading order, to read and to set."""
        return Flat(self)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, reversed by default (np.transpose)."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return np.matrix_transpose(self)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Two axes exchanged (np.swapaxes)."""
        return np.swapaxes(self, axis1, axis2)

    def squeeze(self, axis: Any = None) -> Any:
        """Without axes of length 1 (np.squeeze)."""
        return np.squeeze(self, axis=axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        """The diagonal (np.diagonal)."""
        return np.diagonal(self, offset, axis1, axis2)

    def repeat(self, repeats: Any, axis: Any = None) -> Any:
        """Every entry several times (np.repeat)."""
        return np.repeat(self, repeats, axis)

    def take(self, indices: Any, axis: Any = None) -> Any:
        """The entries at these places (np.take)."""
        return np.take(self, indices, axis)

    # ---- others ----------------------------------------------------------------------------------------------------

    def dot(self, other: Any) -> Any:
        """The product with another array (np.dot)."""
        return np.dot(self, other)

    def clip(self, low: Any = None, high: Any = None) -> Any:
        """The entries cut off at the two ends (np.clip)."""
        return np.clip(self, low, high)

    def round(self, decimals: int = 0) -> Any:
        """The entries rounded; a constant, since its derivative is 0 (np.round)."""
        return np.round(self, decimals)

    def astype(self, dtype: npt.DTypeLike, copy: bool = True) -> Any:
        """The entries in another floating dtype; as a plain array in any other."""
        return astype(self, np.dtype(dtype), copy=copy)

    def copy(self) -> Any:
        """The same entries, computed from these."""
        return np.copy(self)

    # ---- how it is shown -------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return display.text(self)

    def _repr_html_(self) -> str:
        return display.html(self)

    def _repr_latex_(self) -> str | None:
        return display.latex(self)
