"""What a notebook shows of a network: every layer with its shape and weights, its formulas, in the page's colours."""

import re
from xml.etree import ElementTree

import pytest

import glassnet as gn
from glassnet.training.reporting import page_of

PICTURE = gn.Network([gn.Flatten(), gn.Dense(128, "relu"), gn.Dropout(0.2), gn.Dense(10)]).build((28, 28))
DEEP = [gn.Embedding(4, 2, columns=[2]), gn.BatchNorm(), gn.Residual([gn.Dense(6, "tanh"), gn.Dense(4)]), gn.PReLU()]
NESTED = gn.Network([gn.Concatenate([[gn.Columns([0, 1])], DEEP]), gn.RMSNorm(), gn.Dense(1, bias=False)]).build(3)
OPEN = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)])


@pytest.mark.parametrize("net", [PICTURE, NESTED, OPEN], ids=["chain", "nested", "open"])
def test_the_table_has_every_layer(net):
    root = ElementTree.fromstring(net._repr_html_())
    cells = [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]
    summary = [line.strip() for line in net.summary().splitlines()[1:-1]]
    assert [line.split("  ")[0] for line in summary] == [row[0] for row in cells[1:]]
    if net is PICTURE:
        assert cells[2] == ["Dense(128, activation=relu)", "128", "100,480"]
    assert "".join(root.itertext()).count("weights for rows of shape" if net is not OPEN else "call fit") == 1


def test_circles_are_drawn_where_every_layer_is_fully_connected():
    assert "<svg" in PICTURE._repr_html_()
    assert "784 inputs, then 128 relu, then 10 linear" in PICTURE._repr_html_()
    assert "<svg" not in NESTED._repr_html_()
    assert "<svg" not in OPEN._repr_html_()


def test_a_report_draws_the_outputs_as_they_are_read():
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dropout(0.1), gn.Dense(2)])
    run = net.fit([[0.0, 1.0], [1.0, 0.0]], [0, 1], epochs=1)
    assert "2 inputs, then 3 tanh, then 2 softmax" in page_of(run)


def test_nothing_reaches_out_of_its_element_and_no_colour_is_fixed():
    style = re.search(r"<style>(.*?)</style>", PICTURE._repr_html_(), re.DOTALL)
    assert style is not None
    selectors = [rule.rpartition("}")[2].strip() for rule in style[1].split("{")[:-1]]
    assert all(selector.startswith(".glassnet") for selector in selectors)
    assert not re.search(r"#[0-9a-f]{3,6}\b|color-scheme", style[1])


def test_names_that_somebody_chose_are_text():
    made = type("Tag", (gn.TensorLayer,), {"__annotations__": {"text": str}, "formula": lambda self, X: X})
    assert "<b>" not in gn.Network([made("<b>"), gn.Dense(1)]).build(2)._repr_html_()


def test_the_formulas_of_a_chain():
    assert PICTURE._repr_latex_() == (
        r"$\begin{aligned}A_{0} &= X \in \mathbb{R}^{B \times 784} \\" + "\n"
        r"A_{1} &= \operatorname{relu}\left(A_{0} W_{1} + b_{1}\right) \in \mathbb{R}^{B \times 128} \\" + "\n"
        r"A_{2} &= A_{1} W_{2} + b_{2} \in \mathbb{R}^{B \times 10}\end{aligned}$"
    )
    assert OPEN._repr_latex_() is None


def test_the_formulas_of_layers_within_layers():
    lines = [line.split(r" \in ")[0] for line in NESTED._repr_latex_().splitlines()]
    assert lines[1:] == [
        r"A_{1} &= A_{0}[:, \{0, 1\}]",
        r"A_{2} &= \operatorname{Embedding}\left(A_{0}; E_{1}\right)",
        r"A_{3} &= \gamma_{2} \odot \operatorname{norm}_{\mathrm{kept}}\left(A_{2}\right) + \beta_{2}",
        r"A_{4} &= \operatorname{tanh}\left(A_{3} W_{3} + b_{3}\right)",
        r"A_{5} &= A_{4} W_{4} + b_{4}",
        r"A_{6} &= A_{5} + A_{3}",
        r"A_{7} &= \operatorname{PReLU}\left(A_{6}; \mathrm{slope}_{5}\right)",
        r"A_{8} &= \left[A_{1},\; A_{7}\right]",
        r"A_{9} &= \gamma_{6} \odot \operatorname{rms}_{\mathrm{row}}\left(A_{8}\right)",
        r"A_{10} &= A_{9} W_{7}",
    ]


def test_the_activation_in_the_loss_is_the_last_line():
    net = gn.Network([gn.Dense(2)])
    net.fit([[0.0], [1.0], [2.0]], [0, 1, 1], epochs=1)
    assert net._repr_latex_().endswith(r"P &= \operatorname{softmax}\left(A_{1}\right)\end{aligned}$")
