"""Activations and losses of one's own, written with Tensor operations: their derivatives come from the tape.

The library's own have a formula for their derivative beside the value; these have the value alone. In a network both
are used alike. What is made here is a plain function with the attributes of an activation or a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import inf
from typing import Any, TypeVar, cast

import numpy as np

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.maths import activations, losses
from glassnet.maths.activations import Activation
from glassnet.maths.catalogue import configurable
from glassnet.maths.dispatch import foreign
from glassnet.maths.losses import Loss
from glassnet.maths.losses.rows import (
    Reduction,
    TargetKind,
    classes_like,
    numbers_like,
    out_rows,
    predictions,
    reduced,
    row_shares,
    row_weights,
)
from glassnet.tensors.derivatives import no_grad, vjp
from glassnet.tensors.handle import Tensor, tensor
from glassnet.typing import Array, ArrayLike

__all__ = ["activation", "loss"]

Formula = Callable[..., Any]
KINDS = ("real", "binary", "one_hot", "classes")
Made = TypeVar("Made")


def activation(formula: Formula | None = None, *, elementwise: bool = True) -> Any:
    """Make a formula of Tensors an activation that a network can use; a decorator.

    Formula:
        A = g(Z) as written;  dZ_j = sum_i dA_i dA_i/dZ_j, along the tape

    Args:
        formula: a function of Z, written with operators and NumPy's functions; its keyword-only arguments with
            defaults are settings, chosen by ``g.configured(...)``.
        elementwise: False where an entry of A depends on its whole row of Z, as in a softmax.

    Shapes:
        A like Z.

    Raises:
        SettingError: a function without a name of its own, or with the name of one of the library's.
        ShapeError: when it is used: a result that is not shaped like Z.
        TypeNotUsableError: when it is used: a result that does not come from Z by differentiable operations.

    A model file keeps its name and never its code: ``gn.load(path, custom={"swishy": swishy})``.

    Example:
        >>> import glassnet as gn
        >>> @gn.activation
        ... def swishy(z, *, beta=1.0):
        ...     return z * gn.activations.sigmoid(beta * z)
        >>> swishy([0.0, 2.0]).round(4), swishy.gradient([0.0, 2.0]).round(4)
        (array([0.    , 1.7616]), array([0.5   , 1.0908]))
        >>> gn.Dense(3, activation=swishy.configured(beta=2.0))
        Dense(3, activation=swishy)

    Source: Ramachandran, Zoph and Le 2017, arXiv 1710.05941 (the example).
    """

    def decorate(formula: Formula) -> Activation:
        name = _name(formula, "activation", activations.CATALOGUE)

        def recorded(Z: Any, settings: dict[str, Any]) -> tuple[Tensor, Callable[..., Any]]:
            return vjp(lambda Z: _shaped(name, formula(Z, **settings), Z), Z)

        @wraps(formula)
        def g(Z: ArrayLike, *, out: Array | None = None, **settings: Any) -> Any:
            if foreign(Z) is not None:
                return formula(Z, **settings)
            with no_grad():
                A = np.asarray(_shaped(name, formula(given := tensor(Z), **settings), given))
            if out is None:
                return A[()]
            out[...] = A
            return out

        def backward(dA: Any, Z: Any, A: Any, *, out: Array | None = None, **settings: Any) -> Any:
            """dZ from dA, along the tape of the formula."""
            dZ = _on_tape(name, "activation", lambda: recorded(Z, settings)[1](dA))
            if out is None:
                return dZ if foreign(dA, Z) is not None else np.asarray(dZ)
            out[...] = dZ
            return out

        def gradient(Z: ArrayLike, **settings: Any) -> Array:
            """g'(Z) entry by entry, or each row's Jacobian (..., C, C)."""
            A, back = _on_tape(name, "activation", lambda: recorded(Z, settings))
            if elementwise:
                return np.asarray(back(np.ones(A.shape)))[()]
            return np.stack([np.asarray(back(np.broadcast_to(row, A.shape))) for row in np.eye(A.shape[-1])], axis=-2)

        made: Any = g
        made.gradient, made.backward = gradient, backward
        made.range, made.elementwise = (-inf, inf), elementwise
        configurable(made, methods=("gradient", "backward"))
        return cast(Activation, made)

    return decorate if formula is None else decorate(formula)


def loss(formula: Formula | None = None, *, target_kind: TargetKind = "real") -> Any:
    """Make a formula of Tensors a loss that a network can learn by; a decorator.

    Formula:
        l_n = the mean of the formula's entries in row n;  loss = sum_n w_n l_n / sum_n w_n, as for the library's
        losses;  dloss/dP along the tape

    Args:
        formula: a function of (target, prediction), written with operators and NumPy's functions. It gives a value
            for every entry or for every row, or one number for the whole batch (which then takes no weights). Its
            keyword-only arguments with defaults are settings.
        target_kind: what the targets are: "real" numbers, "binary" (0 and 1), "one_hot" rows, or "classes", one index
            a row. The network's outputs reach the formula as they are, without a softmax or sigmoid of their own.

    Shapes:
        target (B, K), or (B,) for classes; prediction (B, K); the formula's result (B, K), (B,) or ().

    Raises:
        SettingError: a function without a name of its own, or with the name of one of the library's.
        ShapeError: when it is used: a result of another shape.
        TypeNotUsableError: when it is used: a result that does not come from the prediction by differentiable
            operations.

    Example:
        >>> import numpy as np
        >>> import glassnet as gn
        >>> @gn.loss
        ... def log_cosh_like(target, prediction):
        ...     return np.log(np.cosh(prediction - target))
        >>> round(log_cosh_like([0.0, 1.0], [1.0, 1.0]), 4), log_cosh_like.gradient([0.0, 1.0], [1.0, 1.0]).round(4)
        (0.2169, array([0.3808, 0.    ]))
        >>> run = gn.Network([gn.Dense(1)]).fit([[0.0], [1.0]], [1.0, 3.0], loss=log_cosh_like, epochs=1,
        ...                                     engine="reference")

    Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey".
    """
    if target_kind not in KINDS:
        raise SettingError(f"target_kind is one of {', '.join(KINDS)}; given was {target_kind!r}.")

    def decorate(formula: Formula) -> Loss:
        name = _name(formula, "loss", losses.CATALOGUE)

        def rows(T: Any, P: Any, settings: dict[str, Any]) -> Any:
            """The formula's values, one a row; one number where it gives one."""
            values = formula(T, P, **settings)
            if np.ndim(values) == 0 or np.shape(values)[0] == len(P):
                return values if np.ndim(values) < 2 else np.mean(np.reshape(values, (len(P), -1)), axis=1)
            raise ShapeError(
                f"Your loss {name!r} must give a value for each of the {len(P)} rows, or one number for all of them; "
                f"it gave shape {np.shape(values)}."
            )

        def differentiated(
            target: Any, prediction: Any, reduction: Reduction, sample_weight: Any, settings: dict[str, Any]
        ) -> tuple[Any, Array]:
            """The reduced loss and its derivative by the prediction."""
            T, P = _arguments(target, prediction, target_kind)
            value, back = _on_tape(name, "loss", lambda: vjp(lambda P: rows(T, P, settings), P))
            shares = _shares(name, value, sample_weight, len(P), reduction)
            G = np.asarray(back(np.broadcast_to(shares, value.shape)))
            if isinstance(shares, np.ndarray):  # a row of weight 0 counts for nothing, whatever stands in it
                G = np.where((shares == 0)[:, None], 0, G).astype(P.dtype)
            return _reduced(value, shares, reduction), G.reshape(np.shape(prediction))

        @wraps(formula)
        def public(
            target: ArrayLike,
            prediction: ArrayLike,
            *,
            from_logits: bool = False,
            reduction: Reduction = "mean",
            sample_weight: ArrayLike | None = None,
            **settings: Any,
        ) -> Any:
            _no_head(name, from_logits)
            T, P = _arguments(target, prediction, target_kind)
            if foreign(target, prediction) is None:
                with no_grad():
                    value = rows(T, tensor(P), settings)
                return _reduced(value, _shares(name, value, sample_weight, len(P), reduction), reduction)
            value = rows(T, P, settings)
            weighted = value * _shares(name, value, sample_weight, len(P), reduction)
            return weighted if reduction == "none" else np.sum(weighted)

        def gradient(
            target: ArrayLike,
            prediction: ArrayLike,
            *,
            from_logits: bool = False,
            reduction: Reduction = "mean",
            sample_weight: ArrayLike | None = None,
            **settings: Any,
        ) -> Array:
            """The derivative of the reduced loss by the prediction, in its shape."""
            _no_head(name, from_logits)
            return differentiated(target, prediction, reduction, sample_weight, settings)[1]

        def value_and_gradient(
            target: ArrayLike,
            prediction: ArrayLike,
            *,
            from_logits: bool = False,
            sample_weight: ArrayLike | None = None,
            out: Array | None = None,
            **settings: Any,
        ) -> tuple[float, Array]:
            """The mean loss and its derivative, which ``out`` receives where it is given."""
            _no_head(name, from_logits)
            value, G = differentiated(target, prediction, "mean", sample_weight, settings)
            if out is None:
                return value, G
            out_rows(out, np.shape(prediction), predictions(prediction, target_kind))[...] = G.reshape(len(G), -1)
            return value, out

        made: Any = public
        made.gradient, made.value_and_gradient = gradient, value_and_gradient
        made.target_kind, made.head = target_kind, None
        configurable(made, methods=("gradient", "value_and_gradient"))
        return cast(Loss, made)

    return decorate if formula is None else decorate(formula)


# ---- shared --------------------------------------------------------------------------------------------------------


def _name(formula: Any, kind: str, catalogue: Any) -> str:
    """The name by which a model file will ask for it."""
    name = getattr(formula, "__name__", type(formula).__name__)
    if not callable(formula) or not name.isidentifier():
        raise SettingError(f"A function with a name is needed, written with def, not {name!r}: files keep its name.")
    if name in catalogue:
        raise SettingError(f"{name!r} is the name of the library's own {kind}; give yours another one.")
    return str(name)


def _on_tape(name: str, kind: str, run: Callable[[], Made]) -> Made:
    """What runs a formula for its derivative, with the formula's name in what may be said about it."""
    try:
        return run()
    except TypeNotUsableError as error:
        raise TypeNotUsableError(f"Your {kind} {name!r}: {error}") from error


def _shaped(name: str, A: Any, Z: Any) -> Any:
    if np.shape(A) != Z.shape:
        raise ShapeError(f"Your activation {name!r} must keep the shape {Z.shape}; it gave {np.shape(A)}.")
    return A


def _arguments(target: Any, prediction: Any, kind: TargetKind) -> tuple[Any, Any]:
    P = predictions(prediction, kind)
    return (classes_like(target, P) if kind == "classes" else numbers_like(target, prediction, P, kind)), P


def _no_head(name: str, from_logits: bool) -> None:
    if from_logits:
        raise SettingError(f"{name} has no activation to contain, so from_logits=True means nothing to it.")


def _shares(name: str, value: Any, sample_weight: Any, count: int, reduction: Reduction) -> Array | float:
    """What each row's value is multiplied by; 1 for a loss that is one number already."""
    if np.ndim(value):
        return row_shares(row_weights(sample_weight, count), count, reduction)
    if sample_weight is not None or reduction != "mean":
        raise SettingError(
            f"Your loss {name!r} gives one number for the whole batch, so it takes no sample_weight and no other "
            "reduction; let it give a value for every row."
        )
    return 1.0


def _reduced(value: Any, shares: Array | float, reduction: Reduction) -> Any:
    return reduced(np.asarray(value), shares, reduction) if np.ndim(value) else float(value)
