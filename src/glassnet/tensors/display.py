"""How a Tensor is shown: as text, as a table, as a formula."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.plots.svg import element
from glassnet.typing import Array

_MOST = 8  # rows and columns of a table or matrix; of more, the first and the last are shown


def text(x: Any) -> str:
    """As Python prints it: tensor([1., 2., 3.]).

    >>> import numpy as np
    >>> from glassnet.tensors import tensor
    >>> tensor(np.float32([[1, 2], [3, 4]]))
    tensor([[1., 2.],
            [3., 4.]], dtype=float32)
    """
    entries = np.array2string(np.asarray(x), separator=", ", prefix="tensor(", threshold=200, edgeitems=3)
    parts = [entries]
    if 0 in x.shape and x.ndim > 1:
        parts.append(f"shape={x.shape}")
    if x.dtype != np.float64:
        parts.append(f"dtype={x.dtype}")
    if x.requires_grad:
        parts.append("requires_grad=True")
    if x.name is not None:
        parts.append(f"name={x.name!r}")
    return f"tensor({', '.join(parts)})"


def number(value: float) -> str:
    """A number to at most six significant digits."""
    return f"{value:.6g}"


def html(x: Any) -> str:
    """A table with the values, and under it the shape and what the tensor is."""
    values = np.asarray(x)
    words = [x.name, f"shape {values.shape}" if values.ndim else "a number", str(values.dtype), _origin(x)]
    caption = element("div", ", ".join(word for word in words if word), style="opacity:.7;font-size:.9em")
    if values.ndim > 2 or values.size == 0:
        return element("div", element("pre", text(x)), caption)
    cell = "padding:.15em .6em;text-align:right;font-variant-numeric:tabular-nums"
    rows = [
        element(
            "tr", [element("td", "…" if k is None or j is None else number(table[k, j]), style=cell) for j in columns]
        )
        for table in [np.atleast_2d(values)]
        for columns in [_shown(table.shape[1])]
        for k in _shown(table.shape[0])
    ]
    return element("div", element("table", element("tbody", rows)), caption)


def latex(x: Any) -> str | None:
    """A matrix; None for what has more than two axes or no entries.

    >>> from glassnet.tensors import tensor
    >>> latex(tensor([[1.0, 0.5], [2e-7, float("inf")]]))
    '$\\\\begin{bmatrix}1 & 0.5 \\\\\\\\ 2 \\\\cdot 10^{-7} & \\\\infty\\\\end{bmatrix}$'
    """
    values = np.asarray(x)
    if values.ndim > 2 or values.size == 0:
        return None
    if values.ndim == 0:
        return f"${_latex_number(float(values))}$"
    return f"${_matrix(np.atleast_2d(values))}$"


def _matrix(table: Array) -> str:
    rows, columns = _shown(table.shape[0]), _shown(table.shape[1])
    lines = []
    for k in rows:
        if k is None:
            lines.append(" & ".join("\\ddots" if j is None else "\\vdots" for j in columns))
        else:
            lines.append(" & ".join("\\cdots" if j is None else _latex_number(float(table[k, j])) for j in columns))
    return "\\begin{bmatrix}" + " \\\\ ".join(lines) + "\\end{bmatrix}"


def _latex_number(value: float) -> str:
    if math.isnan(value):
        return "\\text{nan}"
    if math.isinf(value):
        return "\\infty" if value > 0 else "-\\infty"
    mantissa, _, exponent = number(value).partition("e")
    return f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _shown(count: int) -> list[int | None]:
    """The rows (or columns) that are shown; None stands for those left out."""
    if count <= _MOST:
        return list(range(count))
    half = _MOST // 2
    return [*range(half), None, *range(count - half, count)]


def _origin(x: Any) -> str:
    if x.operation is not None:
        return f"from {x.operation}"
    return "requires_grad=True" if x.requires_grad else ""
