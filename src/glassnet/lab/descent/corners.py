"""Where a function has a corner and no direction leads down, or none up: |x - 1| at 1, max(x, 0), |x| + |y|.

At a corner the gradient jumps, and Newton's method finds nothing. But a corner lies where something is zero: the u of
abs(u), u - v of max(u, v). There, f is the smooth g that has u for abs(u), and its corner a level point of

    g + lambda u              (Lagrange: the gradient of g is a multiple of that of u, and u = 0)

which Newton's method does find; where as many u are zero as there are variables, it is a point in any case. Whether 0
lies between the gradients around it (in their convex hull) says whether the corner counts as level (Clarke 1983).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import accumulate, combinations

import numpy as np

from glassnet.lab.descent.function import Function
from glassnet.lab.expressions import MINUS, Call, Expression, Name, Number, Product, Sum, minus, parts, plus, times
from glassnet.lab.grammar import variables_in
from glassnet.lab.perceptron.nonnegative import Listed, solve
from glassnet.maths import activations
from glassnet.typing import Floats

MOST_FOLDS, LARGEST = 5, 60  # of them, and of the parts of a formula that has them
MOST_VARIABLES = 3  # beyond, Hessians take seconds
MOST_WORK = 2500  # entries of a Hessian times parts of the formula, of all functions that are searched
NEAR, NEARER = 1e-5, 1e-7  # how far from a corner its gradients are looked at
JUMP = 1e-3  # of the largest gradient: what is no rounding and no curvature
DIGITS = 10**6  # to which it is decided whether 0 lies between the gradients
ZERO = Number("0")


def folds(tree: Expression) -> list[Expression]:
    """What is zero where the function has a corner, each once.

    >>> from glassnet.lab.expressions import text
    >>> from glassnet.lab.grammar import function_of
    >>> [text(u) for u in folds(function_of("abs(x - 1) + max(x, y^2) + relu(x - 1) + hard_tanh(y)"))]
    ['x - 1', 'x - y^2', 'y + 1', 'y - 1']
    """
    found = [u for part in (tree, *_all_parts(tree)) if isinstance(part, Call) for u in _folds_of(part)]
    return list(dict.fromkeys(u for u in found if variables_in(u)))


def _all_parts(tree: Expression) -> Iterator[Expression]:
    for part in parts(tree):
        yield part
        yield from _all_parts(part)


def _size(tree: Expression) -> int:
    return 1 + sum(1 for _ in _all_parts(tree))


def _folds_of(part: Call) -> list[Expression]:
    first = part.arguments[0]
    if part.function == "abs":
        return [first]
    if part.function in ("max", "min"):
        return [_difference(*part.arguments)]
    return [_difference(first, Number(str(z))) for z in _kinks(part.function)]


def _difference(a: Expression, b: Expression) -> Expression:
    if isinstance(b, Number) and b.value <= 0:
        return a if b.value == 0 else plus(a, Number(b.text.removeprefix("-")))
    return times(MINUS, b) if a == ZERO else minus(a, b)


@cache
def _kinks(name: str) -> tuple[int, ...]:
    """The whole numbers at which an activation's slope jumps.

    >>> _kinks("relu"), _kinks("relu6"), _kinks("tanh")
    ((0,), (0, 6), ())
    """
    g = activations.CATALOGUE.get(name)
    if g is None or not g.elementwise or name in ("step", "sign"):
        return ()
    z = np.arange(-10.0, 11.0)
    jumps = np.abs(np.asarray(g.gradient(z + 1e-9)) - np.asarray(g.gradient(z - 1e-9)))
    return tuple(int(at) for at in z[jumps > JUMP])


def _on_one_side(tree: Expression, chosen: tuple[Expression, ...]) -> Expression:
    """The formula as it is where each of the chosen is positive: u for abs(u)."""
    if isinstance(tree, Call) and tree.function in ("abs", "max", "min") and _folds_of(tree)[0] in chosen:
        return _on_one_side(tree.arguments[-1 if tree.function == "min" else 0], chosen)
    inside = [_on_one_side(part, chosen) for part in parts(tree)]
    if isinstance(tree, Sum):
        return plus(*inside)
    if isinstance(tree, Product):
        return times(*inside)
    return Call(tree.function, tuple(inside)) if isinstance(tree, Call) else tree


def lagrangians(function: Function) -> list[Function]:
    """For each set of folds the function whose level points may be corners; its first variables are the function's.

    >>> [str(each) for each in lagrangians(Function.of("x^2 + abs(x - y)"))]
    ['x^2 + x - y + λ1*(x - y)']
    """
    known = folds(function.tree)
    n = len(function.variables)
    small = n <= MOST_VARIABLES and _size(function.tree) <= LARGEST
    if not small or not 0 < len(known) <= MOST_FOLDS:
        return []
    made = []
    for size in range(1, min(n, len(known)) + 1):
        for chosen in combinations(known, size):
            names = tuple(f"λ{k}" for k in range(1, size + 1))
            products = [times(Name(name), _on_one_side(u, chosen)) for name, u in zip(names, chosen, strict=True)]
            smooth = [] if size == n else [_on_one_side(function.tree, chosen)]
            made.append(Function(plus(*smooth, *products), (*function.variables, *names)))
    work = accumulate(len(each.variables) ** 2 * _size(each.tree) for each in made)
    return [each for each, so_far in zip(made, work, strict=True) if so_far <= MOST_WORK]


def jumping(function: Function, around: Floats, nearer: Floats) -> Floats | None:
    """The gradients (k, n) at points around one, where they jump; None where they come together nearer to it.

    >>> jumping(Function.of("abs(x)"), np.array([[0.1], [-0.1]]), np.array([[0.01], [-0.01]])).tolist()
    [[-1.0], [1.0]]
    >>> jumping(Function.of("x^2"), np.array([[0.1], [-0.1]]), np.array([[0.01], [-0.01]])) is None
    True
    """
    far, near = (_finite(function.gradient(points)) for points in (around, nearer))
    if not len(far) or not len(near):
        return None
    size, apart = float(np.abs(far).max()), float(np.ptp(near, axis=0).max())
    if apart <= max(JUMP * size, 0.5 * float(np.ptp(far, axis=0).max())):
        return None
    return np.unique(near, axis=0)


def _finite(gradients: Floats) -> Floats:
    found: Floats = gradients[np.isfinite(gradients).all(axis=1)]
    return found


def zero_lies_between(gradients: Floats) -> bool:
    """Whether 0 is a mean of the gradients (k, n), with weights that are not negative.

    >>> zero_lies_between(np.array([[-1.0], [2.0]])), zero_lies_between(np.array([[0.5], [2.0]]))
    (True, False)
    """
    gradients = gradients / np.abs(gradients).max()
    rows = np.unique(np.rint(DIGITS * gradients).astype(np.int64), axis=0)
    n = rows.shape[1]
    columns = Listed([(*map(int, row), DIGITS) for row in rows], DIGITS)
    reached = np.array([float(value) / DIGITS for value in solve(columns, (*[0] * n, DIGITS)).reached])
    return bool(np.abs(reached - [*[0.0] * n, 1.0]).max() < 1e-4)
