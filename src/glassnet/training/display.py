"""How a notebook shows a network: a table of its layers with a drawing of them, and its formulas.

Both take the colours of the page they stand in, light or dark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from glassnet.layers import Activation, Dense, Dropout, Flatten, Layer
from glassnet.layers.specification import Node
from glassnet.plots import diagram, theme
from glassnet.plots.readable import count
from glassnet.plots.svg import Markup, element
from glassnet.training.summary import Row, circles, table

if TYPE_CHECKING:
    from glassnet.training.network import Network

GREEK = frozenset({"alpha", "beta", "gamma"})


# ---- the table -----------------------------------------------------------------------------------------------------


def html(network: Network) -> str:
    """The layers with shapes and numbers of weights, and circles where every layer is fully connected."""
    rows = table(network)
    specification = network.specification
    total = sum(row.weights for row in rows)
    if specification is None:
        caption = "The input size comes with the data: call fit(X, y) or build(size)."
    else:
        caption = f"{count(total)} weights for rows of shape {specification.input_shape}"
    return element(
        "div",
        element("style", Markup(theme.embedded())),
        _table(rows, caption),
        _drawn(network),
        class_="glassnet",
    )


def _table(rows: Sequence[Row], caption: str) -> Markup:
    left, right = "text-align:left;padding:.15em 1.2em .15em 0", "text-align:right;padding:.15em 0 .15em 1.2em"
    head = [element("th", name, style=left if name != "weights" else right) for name in ("layer", "output", "weights")]
    lines = [
        element(
            "tr",
            element("td", row.layer, style=f"{left};padding-left:{1.4 * row.depth:g}em"),
            element("td", "?" if row.shape is None else " × ".join(map(str, row.shape)), style=left),
            element("td", count(row.weights) if row.weights else "", style=right),
        )
        for row in rows
    ]
    body = element("table", element("thead", element("tr", head)), element("tbody", lines), style="text-align:left")
    return element("div", body, element("div", caption, style="opacity:.7;font-size:.9em"))


def _drawn(network: Network) -> Markup | None:
    columns = circles(network)
    if not columns:
        return None
    return element("div", diagram.network(columns), style=f"max-width:{118 * len(columns)}px")


# ---- the formulas --------------------------------------------------------------------------------------------------


def latex(network: Network) -> str | None:
    """What the network computes in use, a line for each layer; None while its input size is unknown.

    >>> from glassnet.layers import Dense
    >>> from glassnet.training.network import Network
    >>> print(latex(Network([Dense(3, "relu"), Dense(2)]).build(4)))
    $\\begin{aligned}A_{0} &= X \\in \\mathbb{R}^{B \\times 4} \\\\
    A_{1} &= \\operatorname{relu}\\left(A_{0} W_{1} + b_{1}\\right) \\in \\mathbb{R}^{B \\times 3} \\\\
    A_{2} &= A_{1} W_{2} + b_{2} \\in \\mathbb{R}^{B \\times 2}\\end{aligned}$
    """
    specification = network.specification
    if specification is None:
        return None
    lines = [f"A_{{0}} &= X \\in {_space(specification.input_shape)}"]
    last, nodes = "A_{0}", list(specification.nodes)
    while nodes:
        last = _written(nodes, last, lines)
    if network.head.fused:
        lines.append(f"P &= {_function(network.head.activation)}\\left({last}\\right)")
    return "$\\begin{aligned}" + " \\\\\n".join(lines) + "\\end{aligned}$"


def _space(shape: tuple[int, ...]) -> str:
    return f"\\mathbb{{R}}^{{B \\times {prod(shape)}}}"


def _written(nodes: list[Node], x: str, lines: list[str]) -> str:
    """Writes the line of the layer at the front of the nodes, those of the layers within it before; its result's name.

    The layers are taken from the nodes.
    """
    node = nodes.pop(0)
    chains = []
    for chain in node.built.inside:
        end = x
        for _ in chain:
            end = _written(nodes, end, lines)
        chains.append(end)
    symbols = {symbol: _symbol(name) for symbol, name in node.weights.items()}
    written = FORMULAS.get(node.layer.kind, _named)(node.layer, x, symbols, chains)
    if written == x:
        return x
    name = f"A_{{{len(lines)}}}"
    lines.append(f"{name} &= {written} \\in {_space(node.built.output_shape)}")
    return name


def _symbol(name: str) -> str:
    """W1 as W_{1}, gamma2 as \\gamma_{2}."""
    letters = name.rstrip("0123456789")
    written = f"\\{letters}" if letters in GREEK else letters if len(letters) == 1 else f"\\mathrm{{{letters}}}"
    return f"{written}_{{{name[len(letters) :]}}}"


def _function(name: str) -> str:
    return f"\\operatorname{{{name}}}".replace("_", "\\_")


Weights = dict[str, str]
Write = Callable[[Any, str, Weights, list[str]], str]


def _named(layer: Layer, x: str, weights: Weights, chains: list[str]) -> str:
    inside = "; ".join([x, ", ".join(weights.values())]) if weights else x
    return f"{_function(type(layer).__name__)}\\left({inside}\\right)"


def _same(layer: Dropout | Flatten, x: str, weights: Weights, chains: list[str]) -> str:
    return x


def _activated(function: Any, x: str) -> str:
    return x if function.name == "identity" else f"{_function(function.name)}\\left({x}\\right)"


def _dense(layer: Dense, x: str, weights: Weights, chains: list[str]) -> str:
    return _activated(
        layer.activation, " + ".join([f"{x} {weights['W']}", *([weights["b"]] if "b" in weights else [])])
    )


def _activation(layer: Activation, x: str, weights: Weights, chains: list[str]) -> str:
    return _activated(layer.function, x)


def _normalized(layer: Layer, x: str, weights: Weights, chains: list[str]) -> str:
    over = {"batch_norm": "norm_kept", "layer_norm": "norm_row", "rms_norm": "rms_row"}[layer.kind]
    name, _, where = over.partition("_")
    scaled = f"{weights['gamma']} \\odot \\operatorname{{{name}}}_{{\\mathrm{{{where}}}}}\\left({x}\\right)"
    return f"{scaled} + {weights['beta']}" if "beta" in weights else scaled


def _residual(layer: Layer, x: str, weights: Weights, chains: list[str]) -> str:
    return f"{chains[0]} + {chains[1] if len(chains) > 1 else x}"


def _beside(layer: Layer, x: str, weights: Weights, chains: list[str]) -> str:
    return chains[0] if len(chains) == 1 else "\\left[" + ",\\; ".join(chains) + "\\right]"


def _columns(layer: Any, x: str, weights: Weights, chains: list[str]) -> str:
    return f"{x}[:, " + "\\{" + ", ".join(map(str, layer.columns)) + "\\}]"


FORMULAS: dict[str, Write] = {
    "dense": _dense,
    "activation": _activation,
    "dropout": _same,
    "gaussian_noise": _same,
    "flatten": _same,
    "batch_norm": _normalized,
    "layer_norm": _normalized,
    "rms_norm": _normalized,
    "residual": _residual,
    "concatenate": _beside,
    "columns": _columns,
}
