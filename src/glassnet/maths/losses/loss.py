"""How two formulas become a loss: the function users call, its gradient beside it, its place in the catalogue.

A loss is written as two formulas on T and P (targets and predictions as rows, (B, K), of one floating dtype): the
value of every entry and its derivative. A loss that contains its last activation has a third, ``fused``, which
gives both from logits and computes the exponentials once.

The reduction, in this order: over a row's outputs the mean (regression, hinge) or the sum (entropies), then over the
rows sum(w l) / sum(w), with w = 1 where no weights are given ("sum": sum(w l); "none": w l). A row of weight 0 counts
for nothing, whatever stands in it. Where no row counts (an empty batch, or only weights of 0) the loss is 0.0 and its
gradient zero: there is nothing to learn from it, and no 0 / 0 ends a training.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, Protocol, Self, cast, overload, runtime_checkable

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.catalogue import configurable, find
from glassnet.maths.dispatch import overridable
from glassnet.maths.losses.rows import (
    Reduction,
    TargetKind,
    classes_like,
    numbers_like,
    out_rows,
    predictions,
    reduced,
    row_shares,
    row_sums,
    row_weights,
    scaled,
    within,
)
from glassnet.typing import Array, ArrayLike

Head = Literal["softmax", "sigmoid", "exponential"]
Check = Callable[..., None]


@runtime_checkable
class Loss(Protocol):
    """A loss: a function of targets and predictions, with its gradient and its properties beside it.

    ``target_kind`` says what the targets are: "real" numbers, "binary" (0 and 1), "one_hot" rows, "classes" (an
    index a row), or "gaussian": K real numbers a row, for each of which the prediction has a mean and a variance.
    ``head`` is the activation that ``from_logits=True`` contains, None where there is none.
    ``gradient`` is the derivative of the loss, reduced and weighted in the same way, by the prediction.
    ``value_and_gradient`` gives both for the mean, with ``out`` receiving the gradient: what engines call.
    """

    @property
    def name(self) -> str: ...

    @property
    def target_kind(self) -> TargetKind: ...

    @property
    def head(self) -> Head | None: ...

    @property
    def settings(self) -> dict[str, Any]: ...

    @overload
    def __call__(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = ...,
        reduction: Literal["mean", "sum"] = ...,
        sample_weight: ArrayLike | None = ...,
        **settings: Any,
    ) -> float: ...

    @overload
    def __call__(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = ...,
        reduction: Reduction,
        sample_weight: ArrayLike | None = ...,
        **settings: Any,
    ) -> Any: ...

    def gradient(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = ...,
        reduction: Reduction = ...,
        sample_weight: ArrayLike | None = ...,
        **settings: Any,
    ) -> Array: ...

    def value_and_gradient(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = ...,
        sample_weight: ArrayLike | None = ...,
        out: Array | None = ...,
        **settings: Any,
    ) -> tuple[float, Array]: ...

    def configured(self, **settings: Any) -> Self: ...


CATALOGUE: dict[str, Loss] = {}


def get(loss: str | Loss, **settings: Any) -> Loss:
    """The loss with this name, with these settings; a loss is given back as it is.

    >>> from glassnet.maths import losses
    >>> losses.get("huber", delta=2.0)
    huber.configured(delta=2.0)
    """
    return find("loss", CATALOGUE, loss, settings, protocol=Loss)


def loss(
    *,
    gradient: Callable[..., Array],
    target_kind: TargetKind,
    over_outputs: Literal["mean", "sum"],
    head: Head | None = None,
    fused: Callable[..., tuple[Array, Array]] | None = None,
    check: Check | None = None,
) -> Callable[[Callable[..., Array]], Loss]:
    """Make the formula of a loss, with the formula of its gradient, the function that users call."""

    def decorate(value: Callable[..., Array]) -> Loss:
        page = RowLoss(value, gradient, target_kind, over_outputs, head, fused, check)

        def function(
            target: ArrayLike,
            prediction: ArrayLike,
            *,
            from_logits: bool = False,
            reduction: Reduction = "mean",
            sample_weight: ArrayLike | None = None,
            **settings: Any,
        ) -> Any:
            return page.evaluate(target, prediction, from_logits, reduction, sample_weight, settings)

        settings = value.__kwdefaults__ or {}
        signature = signature_with(function, settings)
        public: Any = wraps(value)(function)
        public.__signature__ = signature
        return entered(
            gradient=page.differentiate,
            value_and_gradient=page.value_and_gradient,
            target_kind=target_kind,
            head=head,
            settings=settings,
            check=check,
        )(public)

    return decorate


def signature_with(function: Callable[..., Any], settings: Mapping[str, Any]) -> inspect.Signature:
    """The signature of a loss as ``help`` shows it: what all losses take, and its own settings in place of **settings.

    Every loss has the same function around it, so its parameters are read once.
    """
    if not SHARED:
        SHARED.extend(p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD)
    own = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in settings.items()]
    return inspect.Signature([*SHARED, *own])


SHARED: list[inspect.Parameter] = []


def entered(
    *,
    gradient: Callable[..., Array],
    value_and_gradient: Callable[..., tuple[float, Array]],
    target_kind: TargetKind,
    head: Head | None = None,
    settings: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> Callable[[Callable[..., Any]], Loss]:
    """Give a function all that a Loss has and enter it in CATALOGUE.

    Directly for a loss that is not a reduction of row losses; all others use ``loss``, which calls this.
    """

    def decorate(formula: Any) -> Loss:
        function: Any = overridable(formula)
        function.gradient, function.value_and_gradient = gradient, value_and_gradient
        function.target_kind, function.head = target_kind, head
        configurable(function, settings=settings or {}, methods=("gradient", "value_and_gradient"), check=check)
        CATALOGUE[function.name] = function
        return cast(Loss, function)

    return decorate


# Infinite predictions and probabilities of 0 are legal. What IEEE arithmetic makes of them (log 0 = -inf) is the
# answer, and where it is not (0 log 0) the formulas say so: no warning beside it.
quiet = np.errstate(all="ignore")


@dataclass(frozen=True)
class RowLoss:
    """A loss whose rows do not depend on each other, and how it is computed from its formulas.

    ``value(T, P)`` and ``gradient(T, P)`` give every entry's share and its derivative, (B, K). ``fused(T, Z, out)``
    gives each row's loss (B,) and its gradient (B, K), which may stand in ``out``, where Z may stand, too. All of them
    take the settings of the loss as keywords.
    """

    value: Callable[..., Array]
    gradient: Callable[..., Array]
    target_kind: TargetKind
    over_outputs: Literal["mean", "sum"]
    head: Head | None
    fused: Callable[..., tuple[Array, Array]] | None
    check: Check | None

    @quiet
    def evaluate(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        from_logits: bool,
        reduction: Reduction,
        sample_weight: ArrayLike | None,
        settings: dict[str, Any],
    ) -> Any:
        """The loss: a float, or with reduction "none" an array (B,)."""
        T, P = self._arguments(target, prediction, from_logits, settings)
        shares = row_shares(row_weights(sample_weight, len(P)), len(P), reduction)
        rows = self.fused(T, P, None, **settings)[0] if from_logits and self.fused else self._rows(T, P, settings)
        return reduced(rows, shares, reduction)

    @quiet
    def differentiate(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = False,
        reduction: Reduction = "mean",
        sample_weight: ArrayLike | None = None,
        **settings: Any,
    ) -> Array:
        """The derivative of the reduced loss by the prediction, in its shape; with "none" each row's own."""
        T, P = self._arguments(target, prediction, from_logits, settings)
        shares = row_shares(row_weights(sample_weight, len(P)), len(P), reduction)
        fused = self.fused if from_logits else None
        G = self.gradient(T, P, **settings) if fused is None else fused(T, P, None, **settings)[1]
        return scaled(G, self._over(T, shares)).reshape(np.shape(prediction))

    @quiet
    def value_and_gradient(
        self,
        target: ArrayLike,
        prediction: ArrayLike,
        *,
        from_logits: bool = False,
        sample_weight: ArrayLike | None = None,
        out: Array | None = None,
        **settings: Any,
    ) -> tuple[float, Array]:
        """The mean loss and its derivative by the prediction, which ``out`` receives where it is given."""
        T, P = self._arguments(target, prediction, from_logits, settings)
        shares = row_shares(row_weights(sample_weight, len(P)), len(P), "mean")
        buffer = None if out is None else out_rows(out, np.shape(prediction), P)
        if from_logits and self.fused:
            rows, G = self.fused(T, P, buffer, **settings)
            buffer = G
        else:
            rows, G = self._rows(T, P, settings), self.gradient(T, P, **settings)
        G = scaled(G, self._over(T, shares), buffer)
        return reduced(rows, shares, "mean"), G.reshape(np.shape(prediction)) if out is None else out

    def _rows(self, T: Array, P: Array, settings: dict[str, Any]) -> Array:
        rows = row_sums(self.value(T, P, **settings))
        return cast(Array, self._over(T, rows))

    def _over(self, T: Array, whole: Array | float) -> Array | float:
        """What belongs to a row, or to each of its K outputs where the loss is their mean."""
        return whole / T.shape[1] if self.over_outputs == "mean" else whole

    def _arguments(
        self, target: ArrayLike, prediction: ArrayLike, from_logits: bool, settings: dict[str, Any]
    ) -> tuple[Array, Array]:
        if settings and self.check:
            self.check(**settings)
        return arguments(self.value.__name__, self.target_kind, self.head, target, prediction, from_logits)


def arguments(
    name: str, kind: TargetKind, head: Head | None, target: ArrayLike, prediction: ArrayLike, from_logits: bool
) -> tuple[Array, Array]:
    """Targets (B, K), or (B,) for class indices, and predictions (B, K), checked."""
    P = predictions(prediction, kind)
    if from_logits and head is None:
        raise SettingError(f"{name} has no activation to contain, so from_logits=True means nothing to it.")
    if head == "exponential" and not from_logits:
        within(P, 0, np.inf, f"{name} takes rates of at least 0, or from_logits=True with their logarithms")
    elif head is not None and not from_logits:
        within(P, 0, 1, f"{name} takes probabilities between 0 and 1, or from_logits=True with any scores")
    T = classes_like(target, P) if kind == "classes" else numbers_like(target, prediction, P, kind)
    if head == "sigmoid":
        within(T, 0, 1, f"{name} takes targets of 0 and 1, or probabilities between them")
    if head == "exponential":
        within(T, 0, np.inf, f"{name} takes counts of at least 0 as targets")
    return T, P
