"""Are the derivatives right? Compared with differences along random directions (glassnet.maths.differences)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.differences import check_gradient
from glassnet.tensors.derivatives import no_grad, vjp
from glassnet.tensors.handle import tensor
from glassnet.typing import Array


def check_gradients(
    f: Callable[..., Any], *arrays: Any, order: int = 1, seed: int = 0, directions: int = 3, step: float = 1e-3
) -> float:
    """How far the derivatives of f are from differences: the largest relative error over all arguments.

    Formula:
        max |<grad, d> - (f(x + h d) - f(x - h d)) / 2h| / max(|<grad, d>|, |slope|), h extrapolated to 0

    Args:
        f: a function of Tensors; where it gives an array, a random weighting of its entries is checked.
        arrays: its arguments, in float64; no kink of f within ``step`` of them.
        order: 1 checks the gradient; 2 the gradient and the gradient of the gradient.
        seed: chooses directions and weightings.
        directions: how many for each argument.
        step: the largest change of an entry.

    Shapes:
        any; the result is one number, around 1e-10 where the derivatives are right, near 1 where they are not.

    Raises:
        SettingError: an order other than 1 and 2, or nothing to differentiate by.
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import numpy as np
        >>> import glassnet as gn
        >>> gn.check_gradients(lambda W, x: np.tanh(W @ x), [[1.0, 2.0], [0.5, -1.0]], [0.3, 0.4], order=2) < 1e-8
        True

    Source: HIPS/autograd ``check_grads``; Richardson 1911 for the extrapolation.
    """
    if order not in (1, 2) or not arrays:
        raise SettingError("check_gradients takes at least one array, and order 1 or 2.")
    values = [np.asarray(array, dtype=np.float64) for array in arrays]
    rng = np.random.default_rng(seed)
    settings = {"seed": seed, "directions": directions, "step": step}
    error = _largest_error(_weighted(f, values, rng), values, settings)
    if order == 1:
        return error
    slopes = [_weighted(_gradient_by(_weighted(f, values, rng), k), values, rng) for k in range(len(values))]
    return max(error, *(_largest_error(slope, values, settings) for slope in slopes))


def _weighted(f: Callable[..., Any], values: list[Array], rng: np.random.Generator) -> Callable[..., Any]:
    """f as one number: its entries, each times a random weight, summed."""
    with no_grad():
        shape = np.shape(f(*(tensor(value) for value in values)))
    weights = rng.uniform(0.5, 1.5, size=shape)
    return lambda *tensors: (f(*tensors) * weights).sum()


def _gradient_by(f: Callable[..., Any], position: int) -> Callable[..., Any]:
    """The gradient of a number by one argument, as a function of all."""

    def gradient(*tensors: Any) -> Any:
        value, back = vjp(f, *tensors)
        found = back(np.ones(value.shape))
        return found[position] if isinstance(found, tuple) else found

    return gradient


def _largest_error(f: Callable[..., Any], values: list[Array], settings: dict[str, Any]) -> float:
    value, back = vjp(f, *values)
    found = back(np.ones(value.shape))
    gradients = found if isinstance(found, tuple) else (found,)
    errors = []
    for k, gradient in enumerate(gradients):

        def along(x: Array, k: int = k) -> float:
            with no_grad():
                return float(f(*(tensor(x if j == k else value) for j, value in enumerate(values))))

        errors.append(check_gradient(along, np.asarray(gradient), values[k], **settings))
    return max(errors)
