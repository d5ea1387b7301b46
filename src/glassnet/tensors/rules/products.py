"""Products of matrices and of more axes: linear in each operand, so the rule is a product again.

From Z_no = sum_i X_ni W_io follow dX = G W^T and dW = X^T G; einsum writes the same for any axes.

Source: Giles 2008, "An extended collection of matrix derivative results for forward and reverse mode".
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from glassnet.errors import SettingError
from glassnet.maths.dispatch import overridable
from glassnet.tensors.kinds import RULES, fit, product, product_of_all

ascii_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# ---- matmul --------------------------------------------------------------------------------------------------------


def matrices(G: Any, X: Any, Y: Any) -> tuple[Any, Any, Any]:
    """A vector on the left as one row, on the right as one column, and G with them."""
    if np.ndim(Y) == 1:
        Y, G = Y[:, None], G[..., None]
    if np.ndim(X) == 1:
        X, G = X[None, :], np.expand_dims(G, -2)
    return G, X, Y


def matmul_left(G: Any, X: Any, Y: Any) -> Any:
    """dX = G Y^T."""
    M, _, B = matrices(G, X, Y)
    left = np.matmul(M, np.swapaxes(B, -1, -2))
    return left[..., 0, :] if np.ndim(X) == 1 else left


def matmul_right(G: Any, X: Any, Y: Any) -> Any:
    """dY = X^T G."""
    M, A, _ = matrices(G, X, Y)
    right = np.matmul(np.swapaxes(A, -1, -2), M)
    return right[..., 0] if np.ndim(Y) == 1 else right


product(np.matmul, matmul_left, matmul_right)

# ---- einsum --------------------------------------------------------------------------------------------------------


@overridable
def einsum(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """np.einsum with its subscripts complete: every axis a letter, the result after the arrow."""
    return np.einsum(subscripts, *operands, optimize=optimize)


def einsum_back(position: int, G: Any, *operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """G in the place of the operand, whose letters become the result.

    A letter that only this operand has was summed over: it is spread again by ones. A letter that it has twice stands
    for a diagonal: an identity puts G there.
    """
    inputs, result = subscripts.split("->")
    terms = inputs.split(",")
    wanted, X = terms[position], operands[position]
    factors = [operand for k, operand in enumerate(operands) if k != position]
    letters = [term for k, term in enumerate(terms) if k != position]
    known, free = set("".join([result, *letters])), iter(sorted(set(ascii_letters) - set(subscripts)))
    target = ""
    for axis, letter in enumerate(wanted):
        size = np.shape(X)[axis]
        if letter in target:
            other = next(free)
            factors.append(np.eye(size, dtype=G.dtype))
            letters.append(letter + other)
            letter = other
        elif letter not in known:
            factors.append(np.ones(size, G.dtype))
            letters.append(letter)
        target += letter
    found = einsum(G, *factors, subscripts=",".join([result, *letters]) + "->" + target, optimize=optimize)
    # An axis of X that met nothing but axes of length 1 was summed over: the gradient is the same all along it.
    return np.broadcast_to(found, np.broadcast_shapes(found.shape, np.shape(X)))


product_of_all(einsum, einsum_back)


def complete(subscripts: str, ranks: list[int]) -> str:
    """Subscripts with letters in place of dots, and with the result: 'ij,j' becomes 'ij,j->i'."""
    text = subscripts.replace(" ", "")
    inputs, arrow, result = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise SettingError(f"einsum: {subscripts!r} is about {len(terms)} arrays; given were {len(ranks)}.")
    free = [letter for letter in ascii_letters if letter not in text]
    hidden = max((rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)
                  if "..." in term), default=0)  # fmt: skip
    dots = "".join(free[:hidden])
    if not arrow:
        letters = inputs.replace("...", "").replace(",", "")
        result = ("..." if "..." in inputs else "") + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    filled = [
        term.replace("...", dots[len(dots) - (rank - len(term.replace("...", ""))) :] if "..." in term else "")
        for term, rank in zip(terms, ranks, strict=True)
    ]
    return ",".join(filled) + "->" + result.replace("...", dots)


# ---- the other products, by their subscripts -----------------------------------------------------------------------


def by_subscripts(function: Callable[..., Any], subscripts: Callable[..., str]) -> None:
    """Enter a product of two arrays whose derivative is einsum's; ``subscripts`` takes the ranks and the settings."""

    def back(position: int) -> Callable[..., Any]:
        def transpose(G: Any, X: Any, Y: Any, *extra: Any, **settings: Any) -> Any:
            written = complete(subscripts(np.ndim(X), np.ndim(Y), *extra, **settings), [np.ndim(X), np.ndim(Y)])
            return fit(einsum_back(position, G, X, Y, subscripts=written), (X, Y)[position])

        return transpose

    product(function, back(0), back(1))
    RULES[function].accepts = frozenset(signature(subscripts).parameters)


def dot_subscripts(x: int, y: int) -> str:
    """Over the last axis of X and the last but one of Y; a number times an array is elementwise."""
    X, Y = ascii_letters[:x], ascii_letters[x : x + y]
    if x and y:
        summed = -2 if y > 1 else -1
        Y = Y.replace(Y[summed], X[-1])
        return f"{X},{Y}->{X[:-1]}{Y.replace(X[-1], '')}"
    return f"{X},{Y}->{X}{Y}"


def inner_subscripts(x: int, y: int) -> str:
    """Over the last axes of both."""
    X, Y = ascii_letters[:x], ascii_letters[x : x + y]
    return f"{X},{Y[:-1]}{X[-1]}->{X[:-1]}{Y[:-1]}" if x and y else f"{X},{Y}->{X}{Y}"


def tensordot_subscripts(x: int, y: int, axes: Any = 2) -> str:
    """Over the axes named, pair by pair."""
    if np.ndim(axes) == 0:
        axes = range(x - int(axes), x), range(int(axes))
    left, right = (np.atleast_1d(np.asarray(part, int)) for part in axes)
    X, Y = list(ascii_letters[:x]), list(ascii_letters[x : x + y])
    for a, b in zip(left, right, strict=True):
        Y[b] = X[a]
    shared = set(X) & set(Y)
    return f"{''.join(X)},{''.join(Y)}->{''.join(c for c in X + Y if c not in shared)}"


by_subscripts(np.dot, dot_subscripts)
by_subscripts(np.inner, inner_subscripts)
by_subscripts(np.tensordot, tensordot_subscripts)
by_subscripts(np.vecdot, lambda x, y: "...a,...a->...")
product(np.vdot, lambda G, X, Y: G * np.reshape(Y, np.shape(X)), lambda G, X, Y: G * np.reshape(X, np.shape(Y)))
