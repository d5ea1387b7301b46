"""The graph of a network of the course: its values, its gradients, and the three ways it is written."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.tensors.graph import graph

SVG = "{http://www.w3.org/2000/svg}"


def network() -> gn.Tensor:
    """COURSE C6: x = 1, one hidden unit, one output, E = 1/2 (y - a2)^2."""
    weights = {"w1": 0.15, "theta1": 0.40, "w2": 0.45, "theta2": 0.62}
    w1, b1, w2, b2 = (gn.tensor([[w]], requires_grad=True, name=name) for name, w in weights.items())
    X = gn.tensor([[0.1]], name="x")
    a1 = gn.activations.sigmoid(X @ w1 + b1)
    return gn.losses.half_mse([[0.25]], gn.activations.sigmoid(a1 @ w2 + b2))


def test_every_value_and_its_gradient_stand_in_it() -> None:
    """The numbers of COURSE C6: a1 = 0.6022862 from z1 = 0.415, E = 0.1053875, dE/dw2 = 0.0570."""
    g = graph(network())
    by_label = {v.label: v for v in g.vertices}
    activations = [v.value.item() for v in g.vertices if v.label == "sigmoid"]
    sums = [v for v in g.vertices if v.label == "+"]
    assert sums[0].value.item() == pytest.approx(0.415)
    assert activations[0] == pytest.approx(0.6022862, abs=1e-7)
    assert by_label["half_mse"].value.item() == pytest.approx(0.1053875, abs=1e-7)
    assert by_label["half_mse"].gradient.item() == 1.0
    a2 = activations[1]
    delta2 = (a2 - 0.25) * a2 * (1 - a2)
    assert by_label["theta2"].gradient.item() == pytest.approx(delta2)
    assert by_label["w2"].gradient.item() == pytest.approx(delta2 * 0.6022862, abs=1e-8)
    assert by_label["x"].kind == "constant"
    assert by_label["x"].gradient is None


def test_edges_lead_from_operands_to_results_in_order() -> None:
    g = graph(network())
    assert all(a < b for a, b in g.edges)
    first = [g.vertices[a].label for a, b in g.edges if g.vertices[b].label == "@"]
    assert first == ["x", "w1", "sigmoid", "w2"]


def test_json_holds_it_all_and_only_what_json_knows() -> None:
    x = gn.tensor([0.0, 1.0], requires_grad=True, name="x")
    with np.errstate(divide="ignore"):
        y = np.log(x).sum(axis=0)
    found = json.loads(graph(y).to_json(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found["vertices"][1] == {
        "id": 1, "kind": "operation", "label": "log", "operation": "log", "settings": {}, "shape": [2],
        "dtype": "float64", "value": ["-inf", 0.0], "gradient": [1.0, 1.0],
    }  # fmt: skip
    assert found["vertices"][0]["gradient"] == ["inf", 1.0]
    assert found["vertices"][2]["settings"] == {"axis": 0}
    assert found["edges"] == [{"from": 0, "to": 1}, {"from": 1, "to": 2}]


def test_labels_are_what_was_written() -> None:
    x = gn.tensor([[1.0, 2.0]], requires_grad=True)
    for y, label in (
        (x * 3, "× 3"), (3 - x, "3 −"), (x**2, "** 2"), (x.sum(axis=1), "sum axis=1"), (x[0], "getitem 0"),
        (x[:, 1:], "getitem (:, 1:)"), (x.reshape(2, 1), "reshape (2, 1) order=C"), (np.exp(x), "exp"),
    ):  # fmt: skip
        assert graph(y).vertices[-1].label == label


def test_more_than_one_number_has_no_gradients() -> None:
    x = gn.tensor([1.0, 2.0], requires_grad=True)
    assert [v.gradient for v in graph(x * 2).vertices] == [None, None]


def test_dot_is_well_formed() -> None:
    x = gn.tensor([1.0], requires_grad=True, name='a "name" \\ with\nall')
    text = graph((x * np.ones(40)).sum()).to_dot()
    assert text.startswith("digraph {")
    assert 'label="a \\"name\\" \\\\ with\\nall  (1)\\n[1.]\\ngradient [40.]"' in text
    assert "1 to 1" in text  # forty numbers by their range
    assert re.findall(r"n\d+ -> n\d+", text) == ["n0 -> n2", "n1 -> n2", "n2 -> n3"]


def test_the_picture_shows_every_value_once() -> None:
    root = ET.fromstring(graph(network()).to_svg())
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    assert sum(text.startswith("w1") for text in texts) == 1
    assert "0.415" in texts
    assert "0.602" in texts
    assert sum(text.startswith("gradient") for text in texts) == len(graph(network()).vertices) - 1  # not of x


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    return [
        tuple(float(rect.get(key, "nan")) for key in ("x", "y", "width", "height"))  # type: ignore[misc]
        for rect in ET.fromstring(svg).iter(f"{SVG}rect")
    ]


def wide() -> gn.Tensor:
    """Two layers of a real network with penalties: shared leaves, long edges, large arrays."""
    rng = np.random.default_rng(0)
    W1, W2 = (
        gn.tensor(rng.normal(size=s), requires_grad=True, name=n) for n, s in (("W1", (64, 32)), ("W2", (32, 10)))
    )
    h = gn.activations.relu(rng.normal(size=(8, 64)) @ W1)
    loss = gn.losses.sparse_categorical_crossentropy(rng.integers(0, 10, 8), h @ W2, from_logits=True)
    return loss + 1e-4 * (W1**2).sum() + 1e-4 * (W2**2).sum() + (h * h).mean()


@pytest.mark.parametrize("make", [network, wide])
def test_no_two_boxes_of_the_picture_touch(make: Any) -> None:
    svg = graph(make()).to_svg()
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())  # type: ignore[union-attr]
    found = boxes(svg)
    assert len(found) == len(graph(make()).vertices)
    for x, y, w, h in found:
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(found, 2):
        assert ax + aw < bx or bx + bw < ax or ay + ah < by or by + bh < ay


def test_no_line_of_the_picture_crosses_a_box() -> None:
    """Every curve is sampled; inside a box it would be hidden, or hide what stands there."""
    svg = graph(wide()).to_svg()
    (path,) = (p.get("d", "") for p in ET.fromstring(svg).iter(f"{SVG}path"))
    points = []
    for x0, y0, *rest in re.findall(
        r"M([\d.-]+) ([\d.-]+)C([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+)", path
    ):
        c = [float(x0), float(y0), *map(float, rest)]
        for t in np.linspace(0, 1, 21):
            b = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3]
            points.append((sum(b[k] * c[2 * k] for k in range(4)), sum(b[k] * c[2 * k + 1] for k in range(4))))
    assert len(points) > 300
    inside = [
        (px, py) for px, py in points for x, y, w, h in boxes(svg) if x + 1 < px < x + w - 1 and y + 1 < py < y + h - 1
    ]
    assert inside == []


def test_the_picture_is_read_aloud_and_never_runs_a_name() -> None:
    x = gn.tensor([1.0], requires_grad=True, name="<script>alert(1)</script>")
    svg = graph((x * 2).sum()).to_svg()
    assert "<script" not in svg
    assert "<title>The computation graph</title>" in svg
    assert ET.fromstring(svg).get("role") == "img"


def test_a_graph_too_large_to_read_is_still_text() -> None:
    x = gn.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(500):
        y = y * 1.01
    with pytest.raises(SettingError, match="501 values could not be read"):
        graph(y).to_svg()
    assert len(json.loads(graph(y).to_json())["vertices"]) == 501
    assert graph(y).to_dot().count("->") == 500


def test_what_has_no_graph_is_refused() -> None:
    with pytest.raises(TypeNotUsableError, match="given was ndarray"):
        graph(np.ones(3))  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="no history"):
        graph(gn.tensor([1.0]) * 2)


def test_a_tensor_gives_its_graph_and_a_notebook_draws_it() -> None:
    assert network().graph()._repr_svg_() == graph(network()).to_svg()


def test_a_browser_draws_it(chromium: Path, tmp_path: Path) -> None:
    page, shot = tmp_path / "graph.svg", tmp_path / "graph.png"
    page.write_text(graph(network()).to_svg(), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    more = "--disable-component-update --disable-sync --window-size=600,1200"
    subprocess.run(
        [str(chromium), *flags.split(), *more.split(), f"--user-data-dir={tmp_path}", f"--screenshot={shot}",
         page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert shot.stat().st_size > 20_000
