"""What is known beforehand of gradient descent on a quadratic function.

Along an eigenvector of the Hessian, with eigenvalue lambda, a step takes the distance from the level point times
1 - learning_rate lambda. So it converges where that is between -1 and 1 for every eigenvalue: below 2 / lambda_max, and
fastest where the largest and the smallest eigenvalue shrink alike, at 2 / (lambda_min + lambda_max).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import Call, Expression, Name, Number, Product, Sum, names_in
from glassnet.lab.grammar import variables_in
from glassnet.optim import Nesterov, Optimizer
from glassnet.optim.descent import SGD, Momentum
from glassnet.typing import Floats


@dataclass(frozen=True)
class Rates:
    """Learning rates at a minimum: the largest with which gradient descent converges, and the best.

    `factors` belong to the rate that was used: what a step does to the distance along each eigenvector.

    >>> Rates.of(np.diag([2.0, 20.0]))
    Rates(eigenvalues=(2.0, 20.0), largest=0.1, best=0.09090909090909091, factors=())
    """

    eigenvalues: tuple[float, ...]
    largest: float | None
    best: float | None
    factors: tuple[float, ...] = ()

    @classmethod
    def of(cls, hessian: Floats, optimizer: Optimizer | None = None) -> Rates:
        """The rates for this Hessian; none where it has an eigenvalue below 0, along which no rate converges."""
        values = np.linalg.eigvalsh(hessian)
        top = float(values.max())
        bent = values[np.abs(values) > 1e-12 * max(abs(top), abs(float(values.min())))]
        factors = tuple(float(1 - optimizer.rate(0) * v) for v in values) if isinstance(optimizer, SGD) else ()
        eigenvalues = tuple(float(v) for v in values)
        if not len(bent) or bent.min() < 0:
            return cls(eigenvalues, None, None, factors)
        reach = _reach(optimizer)
        return cls(eigenvalues, 2 * reach / top, 2 / (float(bent.min()) + top) if reach == 1 else None, factors)


def _reach(optimizer: Optimizer | None) -> float:
    """How far beyond 2 / lambda_max an optimizer still converges: with momentum 1 + eta, Nesterov's over 1 + 2 eta."""
    if isinstance(optimizer, Nesterov):
        return (1 + optimizer.eta) / (1 + 2 * optimizer.eta)
    return 1 + optimizer.eta if isinstance(optimizer, Momentum) else 1.0


def degree(tree: Expression) -> int | None:
    """The degree as it is written; None for what is no polynomial.

    >>> from glassnet.lab.grammar import function_of
    >>> degree(function_of("(x - 1)^2*y + 3/2")), degree(function_of("x/y"))
    (3, None)
    """
    if isinstance(tree, Number):
        return 0
    if isinstance(tree, Name):
        return int(tree.quantity in variables_in(tree))
    if isinstance(tree, (Sum, Product)):
        found = [degree(part) for part in (tree.terms if isinstance(tree, Sum) else tree.factors)]
        known = [part for part in found if part is not None]
        if len(known) < len(found):
            return None
        return max(known) if isinstance(tree, Sum) else sum(known)
    return _degree_of_call(tree)


def _degree_of_call(tree: Call) -> int | None:
    if not variables_in(tree):
        return 0
    base, exponent = degree(tree.arguments[0]), tree.arguments[-1]
    if tree.function != "^" or base is None or not isinstance(exponent, Number):
        return None
    power = exponent.value
    return base * int(power) if power.denominator == 1 and power >= 0 else None


def is_quadratic(function: Function) -> bool:
    """Whether the function is written as a polynomial of degree 1 or 2."""
    return degree(function.tree) in (1, 2) and any(True for _ in names_in(function.tree))
