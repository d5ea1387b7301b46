"""How functions of the mathematics take part in NumPy's dispatch (NEP 18), as every NumPy function does.

A function that is ``overridable`` asks its arguments first: where one of them is another kind of array (a Tensor), that
array's ``__array_function__`` answers in its place. So ``relu(x)`` of a Tensor is one operation whose derivative is
``relu.backward``, and the formulas themselves know nothing of Tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from glassnet.typing import Array

__all__ = ["as_array", "foreign", "number", "overridable"]

Function = TypeVar("Function", bound=Callable[..., Any])


def foreign(*arguments: object) -> Any:
    """The first argument that is another kind of array than NumPy's, None where there is none."""
    for argument in arguments:
        kind = type(argument)
        if kind is not np.ndarray and hasattr(kind, "__array_function__") and not isinstance(argument, np.ndarray):
            return argument
    return None


def overridable(function: Function) -> Function:
    """The function, answered by the ``__array_function__`` of its first foreign positional argument.

    >>> @overridable
    ... def twice(x):
    ...     return 2 * x
    >>> class Loud:
    ...     def __array_function__(self, function, types, arguments, keywords):
    ...         return f"{function.__name__} of a {types[0].__name__}"
    >>> twice(3), twice(Loud())
    (6, 'twice of a Loud')
    """

    @wraps(function)
    def public(*arguments: Any, **keywords: Any) -> Any:
        other = foreign(*arguments)
        if other is not None:
            return other.__array_function__(public, (type(other),), arguments, keywords)
        return function(*arguments, **keywords)

    return cast(Function, public)


def as_array(values: Any) -> Array:
    """The values as a NumPy array; a foreign array stays what it is, so that formulas run on Tensors."""
    return values if foreign(values) is not None else np.asarray(values)


def number(value: Any) -> Any:
    """A float from a number of NumPy's; a foreign array stays what it is."""
    return float(value) if isinstance(value, np.generic) else value
