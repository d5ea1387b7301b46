"""The formula of every number of a step: forward, loss, backward, optimizer, update, one entry at a time.

The arrays come from an engine; here stands how each of their entries follows from the quantities before it, as a tree
that can be shown, filled with numbers, evaluated with somebody else's numbers, or changed by a slip. A test evaluates
all of them and finds the engine's arrays.

Letters: n row, i input, o output, c class, m rows of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from glassnet.errors import SettingError
from glassnet.lab.expressions import (
    HALF,
    MINUS,
    ONE,
    Expression,
    Name,
    Number,
    call,
    minus,
    over,
    plus,
    text,
    times,
)
from glassnet.lab.rules import update_formulas
from glassnet.layers import Activation, Dense, Dropout, Flatten, Layer, Rescale
from glassnet.optim import Optimizer

Index = tuple[int, ...]
TWO = Number("2")


@dataclass(frozen=True)
class Link:
    """One operation of the forward chain: `name` is made from `source` by `kind`; `place` is its layer's."""

    kind: str  # affine, activation, dropout, rescale
    name: str
    source: str
    place: int
    function: Any = None
    inputs: int = 0
    outputs: int = 0


@dataclass(frozen=True)
class Formulas:
    """The step's quantities in order, and the formula of each entry.

    `mean_in` says where the mean's 1/m stands: "dZ" (the true derivative) or "dW" (the lecture's).
    """

    links: tuple[Link, ...]
    loss: Any
    head: str | None  # the activation that the loss contains, if it does
    optimizer: Optimizer
    rows: int
    mean_in: str
    shapes: Mapping[str, Index] = field(default_factory=dict)

    # ---- what there is -----------------------------------------------------------------------------------------

    @property
    def output(self) -> str:
        """The quantity that the loss is taken of."""
        return self.links[-1].name

    @property
    def names(self) -> tuple[str, ...]:
        """All quantities in the order in which a step computes them."""
        return tuple(self.shapes)

    def weights(self) -> tuple[str, ...]:
        """W1, b1, W2, ..."""
        return tuple(name for name in self.shapes if name[0] in "Wb" and name[1:].isdigit())

    # ---- one entry ---------------------------------------------------------------------------------------------

    def entry(self, name: str, index: Index) -> Expression | None:
        """The formula of this entry; None for what is given (X, y, weights, moments before the step)."""
        for link in self.links:
            if link.name == name:
                return self._forward(link, index)
            if name == f"d{link.source}" and link.source != "X":
                return self._backward(link, index)
        if name == "loss":
            return self._loss()
        if name == f"d{self.output}":
            return self._mean(times(self._loss_gradient(*index), self._per_output()))
        if name[0] == "d" and name[1:] in self.weights():
            return self._weight_gradient(name[1:], index)
        if "." in name:
            weight = next(part for part in name.split(".") if part in self.weights())
            return update_formulas(self.optimizer, weight, index).get(name)
        return None

    def _forward(self, link: Link, index: Index) -> Expression:
        n, o = index
        if link.kind == "affine":
            k = link.name[1:]
            terms = [times(Name(link.source, (n, i)), Name(f"W{k}", (i, o))) for i in range(link.inputs)]
            return plus(*terms, *([Name(f"b{k}", (o,))] if f"b{k}" in self.shapes else []))
        if link.kind == "dropout":
            scale = over(ONE, minus(ONE, Number(repr(link.function.rate))))
            return times(Name(link.source, index), Name(f"keep{link.name[1:]}", index), scale)
        if link.kind == "rescale":
            factor, offset = (Number(repr(numbers[o])) for numbers in (link.function.factor, link.function.offset))
            return plus(times(Name(link.source, index), factor), offset)
        return activation(link.function, link.source, n, o, link.outputs)

    def _backward(self, link: Link, index: Index) -> Expression:
        """d(source) from d(name)."""
        n, i = index
        if link.kind == "affine":
            k = link.name[1:]
            return plus(*(times(Name(f"dZ{k}", (n, o)), Name(f"W{k}", (i, o))) for o in range(link.outputs)))
        if link.kind == "dropout":
            scale = over(ONE, minus(ONE, Number(repr(link.function.rate))))
            return times(Name(f"d{link.name}", index), Name(f"keep{link.name[1:]}", index), scale)
        if link.kind == "rescale":
            return times(Name(f"d{link.name}", index), Number(repr(link.function.factor[i])))
        if self.head and link is self.links[-1]:  # the loss contains this activation: both derivatives at once
            return self._mean(minus(Name(link.name, index), Name("y", index)))
        return activation_backward(link, n, i)

    def _mean(self, tree: Expression) -> Expression:
        return over(tree, Name("m")) if self.rows > 1 and self.mean_in == "dZ" else tree

    def _per_output(self) -> Expression:
        outputs = self.links[-1].outputs
        averaged = self.loss.name not in ENTROPIES and outputs > 1
        return call("1/", Number(str(outputs))) if averaged else ONE

    def _loss(self) -> Expression:
        value, _ = self._loss_formulas()
        places = [(n, c) for n in range(self.rows) for c in range(self.links[-1].outputs)]
        terms = [value(Name("y", place), Name(self.output, place), self.loss.settings) for place in places]
        total = times(plus(*terms), self._per_output())
        return over(total, Name("m")) if self.rows > 1 else total

    def _loss_gradient(self, n: int, c: int) -> Expression:
        _, gradient = self._loss_formulas()
        return gradient(Name("y", (n, c)), Name(self.output, (n, c)), self.loss.settings)

    def _loss_formulas(self) -> tuple[Formula, Formula]:
        if self.loss.name not in LOSSES:
            raise SettingError(f"The loss {self.loss.name} has no formula entry by entry; the trace has its number.")
        return LOSSES[self.loss.name]

    def _weight_gradient(self, weight: str, index: Index) -> Expression:
        k = weight[1:]
        source = next(link.source for link in self.links if link.name == f"Z{k}")
        if weight[0] == "W":
            terms = [times(Name(source, (n, index[0])), Name(f"dZ{k}", (n, index[1]))) for n in range(self.rows)]
        else:
            terms = [Name(f"dZ{k}", (n, index[0])) for n in range(self.rows)]
        total = plus(*terms)
        return over(total, Name("m")) if self.rows > 1 and self.mean_in == "dW" else total

    # ---- the whole array, in symbols ---------------------------------------------------------------------------

    def symbols(self, name: str) -> str:
        """The formula of the whole quantity: "Z1 = X W1 + b1"."""
        for link in self.links:
            if link.name == name:
                return f"{name} = {_forward_symbols(link, f'b{name[1:]}' in self.shapes)}"
            if name == f"d{link.source}" and link.source != "X":
                return f"{name} = {self._backward_symbols(link)}"
        mean = "1/m " if self.rows > 1 and self.mean_in == "dW" else ""
        if name[0] == "d" and name[1:] in self.weights():
            k = name[2:]
            source = next(link.source for link in self.links if link.name == f"Z{k}")
            return f"{name} = {mean}{source}^T dZ{k}" if name[1] == "W" else f"{name} = {mean}sum over rows of dZ{k}"
        if name == "loss":
            return f"loss = {self.loss.name}(y, {self.output})"
        if name == f"d{self.output}":
            return f"{name} = dloss/d{self.output}" + (" m" if self.rows > 1 and self.mean_in == "dW" else "")
        if "." in name:
            weight = next(part for part in name.split(".") if part in self.weights())
            tree = update_formulas(self.optimizer, weight, ()).get(name)
            if tree is not None:
                return f"{name} = {text(tree)}"
        return f"{name} is given"

    def _backward_symbols(self, link: Link) -> str:
        if link.kind == "affine":
            return f"dZ{link.name[1:]} W{link.name[1:]}^T"
        if self.head and link is self.links[-1]:
            return f"{link.name} - y" if self.rows == 1 or self.mean_in == "dW" else f"({link.name} - y) / m"
        if link.kind == "dropout":
            return f"d{link.name} * keep{link.name[1:]} / (1 - {link.function.rate})"
        if link.kind == "rescale":
            return f"d{link.name} * factor"
        slope = {"identity": "", "sigmoid": f" * {link.name} * (1 - {link.name})", "tanh": f" * (1 - {link.name}^2)"}
        return f"d{link.name}" + slope.get(link.function.name, f" * {link.function.name}'({link.source})")


def _forward_symbols(link: Link, bias: bool) -> str:
    k = link.name[1:]
    if link.kind == "affine":
        return f"{link.source} W{k}" + (f" + b{k}" if bias else "")
    if link.kind == "dropout":
        return f"{link.source} * keep{k} / (1 - {link.function.rate})"
    if link.kind == "rescale":
        return f"{link.source} * factor + offset"
    return link.source if link.function.name == "identity" else f"{link.function.name}({link.source})"


def chain(layers: tuple[Layer, ...], widths: tuple[int, ...], head: str | None, own_head: bool) -> tuple[Link, ...]:
    """The forward chain of layers as the engine runs them; `widths` are their outputs, the first that of X.

    Raises:
        SettingError: a layer that has no formulas here.
    """
    links: list[Link] = []
    source, k = "X", 0
    for place, layer in enumerate(layers):
        inputs, outputs = widths[place], widths[place + 1]
        if isinstance(layer, Dense):
            k += 1
            links.append(Link("affine", f"Z{k}", source, place, None, inputs, outputs))
            source, made = f"Z{k}", Link("activation", f"A{k}", f"Z{k}", place, layer.activation, outputs, outputs)
        elif isinstance(layer, Activation):
            if links and links[-1].kind == "activation" and links[-1].function.name == "identity":
                source = links.pop().source
            name = f"A{k}" if source == f"Z{k}" else f"H{place}"
            made = Link("activation", name, source, place, layer.function, inputs, outputs)
        elif isinstance(layer, (Dropout, Rescale)):
            kind = "dropout" if isinstance(layer, Dropout) else "rescale"
            made = Link(kind, f"{'D' if kind == 'dropout' else 'S'}{place}", source, place, layer, inputs, outputs)
        elif isinstance(layer, Flatten):
            continue
        else:
            raise SettingError(f"A layer {type(layer).__name__} cannot be dissected yet.")
        links.append(made)
        source = made.name
    if head is not None:
        from glassnet.maths import activations

        function = activations.get(head)
        if own_head:
            last = links.pop()
            links.append(Link("activation", last.name, last.source, last.place, function, last.inputs, last.outputs))
        else:
            links.append(Link("activation", "P", source, len(layers), function, widths[-1], widths[-1]))
    return tuple(links)


# ---- activations ---------------------------------------------------------------------------------------------------


def activation(function: Any, source: str, n: int, o: int, width: int) -> Expression:
    """A[n, o] = g(Z[n, o])."""
    z = Name(source, (n, o))
    if function.name in ("softmax", "log_softmax"):
        total = plus(*(call("exp", Name(source, (n, c))) for c in range(width)))
        return over(call("exp", z), total) if function.name == "softmax" else minus(z, call("log", total))
    if function.name == "leaky_relu":
        return call("max", times(Number(repr(function.settings["slope"])), z), z)
    return z if function.name == "identity" else call(function.name, z)


def slope(function: Any, source: str, name: str, index: Index) -> Expression:
    """g'(z), by a where the lecture writes it so: A (1 - A) for the sigmoid."""
    z, a = Name(source, index), Name(name, index)
    if function.name == "sigmoid":
        return times(a, minus(ONE, a))
    if function.name == "tanh":
        return minus(ONE, call("^", a, TWO))
    if function.name == "relu":
        return call("positive", z)
    if function.name == "leaky_relu":
        return call("max", call("positive", z), Number(repr(function.settings["slope"])))
    if function.name not in ("identity", "step"):
        raise SettingError(f"The derivative of {function.name} has no form to be explained in yet.")
    return Number("0") if function.name == "step" else ONE


def activation_backward(link: Link, n: int, o: int) -> Expression:
    """dZ[n, o] = dA[n, o] g'(Z[n, o]); for a softmax A (dA - sum over c of dA A)."""
    dA = Name(f"d{link.name}", (n, o))
    if link.function.name == "softmax":
        a = Name(link.name, (n, o))
        terms = [times(Name(f"d{link.name}", (n, c)), Name(link.name, (n, c))) for c in range(link.outputs)]
        return times(a, minus(dA, plus(*terms)))
    if link.function.name == "log_softmax":
        total = plus(*(Name(f"d{link.name}", (n, c)) for c in range(link.outputs)))
        return minus(dA, times(call("exp", Name(link.name, (n, o))), total))
    return times(dA, slope(link.function, link.source, link.name, (n, o)))


# ---- losses: the share of one entry, and its derivative by the prediction ------------------------------------------

Formula = Callable[[Name, Name, Mapping[str, Any]], Expression]
ENTROPIES = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence")


def _square(tree: Expression) -> Expression:
    return call("^", tree, TWO)


def _cross(y: Name, p: Name, _: Mapping[str, Any]) -> Expression:
    return times(MINUS, y, call("log", p))


def _two_class(y: Name, p: Name, _: Mapping[str, Any]) -> Expression:
    other = times(minus(ONE, y), call("log", minus(ONE, p)))
    return minus(times(MINUS, y, call("log", p)), other)


LOSSES: dict[str, tuple[Formula, Formula]] = {
    "mse": (lambda y, p, _: _square(minus(p, y)), lambda y, p, _: times(TWO, minus(p, y))),
    "half_mse": (lambda y, p, _: times(HALF, _square(minus(y, p))), lambda y, p, _: minus(p, y)),
    "mae": (lambda y, p, _: call("abs", minus(p, y)), lambda y, p, _: call("sign", minus(p, y))),
    "mbe": (lambda y, p, _: minus(y, p), lambda y, p, _: MINUS),
    "categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "sparse_categorical_crossentropy": (_cross, lambda y, p, _: times(MINUS, over(y, p))),
    "binary_crossentropy": (
        _two_class,
        lambda y, p, _: minus(over(minus(ONE, y), minus(ONE, p)), over(y, p)),
    ),
}
