"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, vjp, jvp, no_grad.

Each runs its function once on fresh inputs and sends derivatives along the tape between them and the output, back or
ahead. How they compose stands in glassnet.tensors.runs.

Letters: J[i, j] = dy_i / dx_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from glassnet.errors import SettingError, ShapeError
from glassnet.tensors import tape
from glassnet.tensors.handle import Tensor, at_node, constant, tensor
from glassnet.tensors.runs import Function, Run, run_on_fresh, seen_outside


def no_grad() -> AbstractContextManager[None]:
    """A block in which nothing is recorded: for measuring, and for changing weights.

    Formula:
        inside, y = f(x) has the same values and no history: dy/dx is not there to be asked for.

    Shapes:
        any.

    Raises:
        SettingError: ``backward()`` from what was computed inside.

    It holds for the thread (or asynchronous task) it stands in, and no other. ``grad`` and its kin still work inside:
    they were asked for explicitly.

    Example:
        >>> import glassnet as gn
        >>> w = gn.tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> with gn.no_grad():
        ...     w -= 0.1 * w.grad
        >>> w
        tensor([0.8, 1.6], requires_grad=True)

    Source: Paszke et al. 2019, "PyTorch: an imperative style, high-performance deep learning library" (the name).
    """
    return tape.recording(False)


def _argnums(argnums: int | Sequence[int], arguments: Sequence[Any]) -> list[int]:
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    for k in chosen:
        if not -len(arguments) <= k < len(arguments):
            raise SettingError(f"argnums={argnums!r}: the function was given {len(arguments)} positional argument(s).")
    return [k % len(arguments) for k in chosen]


def _as_asked(results: list[Any], argnums: int | Sequence[int]) -> Any:
    return results[0] if isinstance(argnums, int) else tuple(results)


# ---- gradients -----------------------------------------------------------------------------------------------------


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives f's value and its gradient from one run.

    Formula:
        value_and_grad(f)(x) = (f(x), df/dx)

    Args:
        f: a function of Tensors that gives one number.
        argnums: by which of its positional arguments; several give a tuple of gradients.

    Shapes:
        the value (), each gradient like its argument.

    Raises:
        ShapeError: f gives more than one number (take ``jacobian``).
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import numpy as np
        >>> import glassnet as gn
        >>> gn.value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
        (tensor(5.), tensor([2., 4.]))

    Source: Griewank and Walther 2008, "Evaluating Derivatives", section 3.2 (reverse mode).
    """

    def value_and_gradient(*arguments: Any, **keywords: Any) -> tuple[Tensor, Any]:
        run = run_on_fresh(f, arguments, _argnums(argnums, arguments), keywords)
        if run.output.size != 1:
            raise ShapeError(
                f"A gradient is of one number; the function gave shape {run.output.shape}. Reduce it, such as by "
                ".sum(), or take gn.jacobian."
            )
        gradients = run.back(np.ones(run.output.shape, run.output.dtype))
        return seen_outside(run), _as_asked(gradients, argnums)

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The gradient of f, as a function of the same arguments; grad(grad(f)) is the second derivative.

    Formula:
        grad(f)(x)_j = df / dx_j

    Args:
        f: a function of Tensors that gives one number.
        argnums: by which of its positional arguments, which become Tensors; several give a tuple.

    Shapes:
        the gradient has the shape and the floating dtype of its argument.

    Raises:
        ShapeError: f gives more than one number (take ``jacobian``).
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import glassnet as gn
        >>> f = lambda x: x**3
        >>> gn.grad(f)(2.0), gn.grad(gn.grad(f))(2.0), gn.grad(gn.grad(gn.grad(f)))(2.0)
        (tensor(12.), tensor(12.), tensor(6.))

    Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", section 3.2.
    """
    both = value_and_grad(f, argnums)

    def gradient(*arguments: Any, **keywords: Any) -> Any:
        return both(*arguments, **keywords)[1]

    return gradient


# ---- products with the Jacobian, back and ahead --------------------------------------------------------------------


def vjp(f: Function, *arguments: Any) -> tuple[Tensor, Function]:
    """The value of f, and the function that takes a gradient of the value back to the arguments.

    Formula:
        y, back = vjp(f, x);  back(v)_j = sum_i v_i dy_i / dx_j = (v^T J)_j

    Shapes:
        v like y, the result like x; with several arguments a tuple.

    Raises:
        ShapeError: v is not like y.
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import glassnet as gn
        >>> y, back = gn.vjp(lambda x: x * x, [1.0, 2.0, 3.0])
        >>> y, back([1.0, 0.0, 1.0])
        (tensor([1., 4., 9.]), tensor([2., 0., 6.]))

    Source: Griewank and Walther 2008, "Evaluating Derivatives", section 3.2 (reverse mode).
    """
    run = run_on_fresh(f, arguments, range(len(arguments)), {})

    def back(v: Any) -> Any:
        gradients = run.back(_as(v, run.output, "The gradient"))
        return gradients[0] if len(gradients) == 1 else tuple(gradients)

    return seen_outside(run), back


def jvp(f: Function, arguments: Any, tangents: Any) -> tuple[Tensor, Tensor]:
    """The value of f and its change along a direction: forward mode.

    Formula:
        y, dy = jvp(f, x, d);  dy_i = sum_j dy_i / dx_j d_j = (J d)_i

    Args:
        f: a function of Tensors.
        arguments: the argument; a tuple of several.
        tangents: the direction, like the argument; a tuple of several.

    Shapes:
        d like x, dy like y.

    Raises:
        ShapeError: a direction that is not like its argument.
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import glassnet as gn
        >>> gn.jvp(lambda x: x * x, [1.0, 2.0, 3.0], [1.0, 0.0, 1.0])
        (tensor([1., 4., 9.]), tensor([2., 0., 6.]))

    Source: Wengert 1964, "A simple automatic derivative evaluation program".
    """
    several = arguments if isinstance(arguments, tuple) else (arguments,)
    directions = tangents if isinstance(tangents, tuple) else (tangents,)
    if len(several) != len(directions):
        raise ShapeError(f"jvp needs a direction for each argument; given were {len(directions)} for {len(several)}.")
    run = run_on_fresh(f, several, range(len(several)), {})
    checked = [_as(d, at_node(node.value, node), "A direction") for d, node in zip(directions, run.inputs, strict=True)]
    return seen_outside(run), run.ahead(checked)


def _as(v: Any, like: Tensor, what: str) -> Any:
    """v in the shape and dtype of a Tensor; a Tensor with a history keeps it."""
    v = v if isinstance(v, Tensor) else tensor(v)
    if v.shape != like.shape:
        raise ShapeError(f"{what} must have the shape {like.shape}; given was {v.shape}.")
    return v if v.dtype == like.dtype else v.astype(like.dtype)


# ---- all of the Jacobian -------------------------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives all derivatives of f's entries by the entries of its argument.

    Formula:
        jacobian(f)(x)[i, j] = dy_i / dx_j

    Args:
        f: a function of Tensors.
        argnums: by which of its positional arguments, which become Tensors; several give a tuple.

    Shapes:
        (shape of y) + (shape of x). Row by row in reverse mode, or column by column in forward mode where x has
        fewer entries than y.

    Raises:
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        >>> import numpy as np
        >>> import glassnet as gn
        >>> gn.jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0]]) @ x)([1.0, 1.0])
        tensor([[1., 2.],
                [3., 4.]])

    Source: Griewank and Walther 2008, "Evaluating Derivatives", chapter 3.
    """

    def matrix(*arguments: Any, **keywords: Any) -> Any:
        chosen = _argnums(argnums, arguments)
        run = run_on_fresh(f, arguments, chosen, keywords)
        outputs, inputs = run.output.size, sum(node.value.size for node in run.inputs)
        results = _columns(run) if inputs < outputs else _rows(run)
        return _as_asked(results, argnums)

    return matrix


def _units(like: Any) -> Any:
    """The arrays of zeros with a single 1, in the shape of ``like``."""
    return np.eye(like.size, dtype=like.dtype).reshape(like.size, *like.shape)


def _rows(run: Run) -> list[Any]:
    y = run.output._value
    rows = [run.back(unit) for unit in _units(y)]
    shapes = [(*y.shape, *node.value.shape) for node in run.inputs]
    if not rows:
        return [constant(np.zeros(shape, y.dtype)) for shape in shapes]
    return [np.reshape(np.stack([row[k] for row in rows]), shape) for k, shape in enumerate(shapes)]


def _columns(run: Run) -> list[Any]:
    y, results = run.output._value, list[Any]()
    for k, node in enumerate(run.inputs):
        x = node.value
        shape = (*y.shape, *x.shape)
        if x.size == 0:
            results.append(constant(np.zeros(shape, y.dtype)))
            continue
        others = [np.zeros_like(other.value) for other in run.inputs]
        columns: Any = [run.ahead([*others[:k], unit, *others[k + 1 :]]) for unit in _units(x)]
        results.append(np.reshape(np.stack(columns, axis=-1), shape))
    return results


def hessian(f: Function, argnums: int = 0) -> Function:
    """The function that gives all second derivatives of a number: the Jacobian of the gradient.

    Formula:
        hessian(f)(x)[j, k] = d^2 f / (dx_j dx_k)

    Args:
        f: a function of Tensors that gives one number.
        argnums: by which of its positional arguments.

    Shapes:
        (shape of x) + (shape of x).

    Raises:
        ShapeError: f gives more than one number.
        TypeNotUsableError: f gives something that is no Tensor.

    Example:
        The saddle x^2 - y^2:

        >>> import glassnet as gn
        >>> gn.hessian(lambda x: x[0] ** 2 - x[1] ** 2)([2.0, 3.0])
        tensor([[ 2.,  0.],
                [ 0., -2.]])

    Source: Griewank and Walther 2008, "Evaluating Derivatives", section 5.1.
    """
    return jacobian(grad(f, argnums), argnums)
