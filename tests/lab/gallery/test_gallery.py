"""Functions as pages and pictures: the lecture's tables, ranges, saturation, paths that tremble, neurons that see."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet.lab.gallery import activations, boundaries, losses, optimizers
from glassnet.lab.show.document import Document
from glassnet.maths import activations as known
from glassnet.maths import losses as all_losses

# ---- activations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [("sigmoid", "(0, 1)"), ("tanh", "(-1, 1)"), ("relu", "[0, ∞)"), ("step", "{0, 1}"), ("leaky_relu", "(-∞, ∞)"),
     ("softplus", "(0, ∞)"), ("hard_tanh", "[-1, 1]"), ("elu", "(-1, ∞)"), ("gelu", "[-0.17, ∞)")],
)  # fmt: skip
def test_ranges_are_open_where_their_ends_are_never_reached(name: str, written: str) -> None:
    assert activations.written_range(known.CATALOGUE[name]) == written


@pytest.mark.parametrize(
    ("name", "ends"),
    [("relu", [(-6, 0)]), ("step", [(-6, 6)]), ("identity", []), ("leaky_relu", [])],
)
def test_saturation(name: str, ends: list[tuple[float, float]]) -> None:
    found = activations.saturated(known.CATALOGUE[name])
    assert [tuple(map(float, stretch)) for stretch in found] == [pytest.approx(stretch, abs=0.02) for stretch in ends]


def test_the_sigmoid_is_saturated_where_its_slope_is_a_twentieth() -> None:
    """sigma (1 - sigma) = 1/80 at sigma = (1 - sqrt(1 - 1/20)) / 2."""
    share = (1 - math.sqrt(1 - activations.SATURATED)) / 2
    left, right = activations.saturated(known.CATALOGUE["sigmoid"])
    assert left[1] == pytest.approx(math.log(share / (1 - share)), abs=0.011)
    assert right == (-left[1], 6.0)


def test_zero_centred_and_vanishing() -> None:
    rows = {row["activation"]: row for row in map(activations.row, activations.members())}
    assert {name for name, row in rows.items() if row["zero_centred"]} == {"tanh", "softsign", "hard_tanh", "identity"}
    assert rows["sigmoid"]["largest_slope"] == 0.25
    assert rows["exponential"]["largest_slope"] == math.inf
    text = activations.document().markdown()
    assert "| sigmoid | 0.25 | 0.000977 | 9.54e-07 | 9.09e-13 |" in text
    assert "= 2 sigmoid(2 z) - 1" in text
    assert "sigmoid(z)×(1 - sigmoid(z))" in text


# ---- losses --------------------------------------------------------------------------------------------------------


def test_the_lectures_tables() -> None:
    text = losses.document().markdown()
    expected = (0.10536052, 0.22314355, 0.35667494, 0.51082562, 0.69314718)
    for label in (1, 0):
        rows = [r for r in losses.tables()["binary_crossentropy"] if r["target"] == label]
        assert [row["loss"] for row in rows] == pytest.approx(expected, abs=5e-9)
        for row, value in zip(rows, expected, strict=True):
            assert f"| {label} | {row['prediction']:g} | {row['probability']:g} | {value:.8f} |" in text
    assert "| [1, 0, 0] | 0 | [0.8, 0.1, 0.1] | 0.2231 |" in text
    assert "| [0, 1, 0] | 1 | [0.4, 0.5, 0.1] | 0.6931 |" in text
    assert "| [0, 0, 1] | 2 | [0.2, 0.3, 0.5] | 0.6931 |" in text
    numbers = losses.tables()["numbers"]
    assert (numbers["mse"], numbers["mae"], numbers["mbe"]) == (0.375, 0.5, -0.25)
    assert numbers["rmse"] == pytest.approx(math.sqrt(0.375))


def test_every_loss_has_a_picture() -> None:
    assert sorted(losses.DRAWN) == sorted(all_losses.CATALOGUE)
    drawn = " ".join(picture.markup for picture in losses.document().pictures())
    assert [name for name in losses.DRAWN if name not in drawn] == []


# ---- optimizers ----------------------------------------------------------------------------------------------------


def test_the_surface_is_the_loss() -> None:
    x, y = optimizers.data()
    w, b = optimizers.minimum()
    assert np.linalg.lstsq(np.stack([x, np.ones(12)], 1), y, rcond=None)[0] == pytest.approx([w, b])
    near = optimizers.loss(np.array([w, w + 0.1, w]), np.array([b, b, b - 0.1]))
    assert near[0] < min(near[1:])
    assert optimizers.loss(0.3, 0.2) == pytest.approx(float(np.mean((0.3 * x + 0.2 - y) ** 2) / 2))


def test_a_full_batch_goes_straight_down_and_a_row_at_a_time_trembles() -> None:
    plain = {size: optimizers.trembling(size, momentum=False) for size in (12, 4, 1)}
    values = [optimizers.loss(path.points[:, 0], path.points[:, 1]) for path in plain.values()]
    assert (np.diff(values[0]) < 0).all()
    assert (np.diff(values[2]) > 0).any()
    assert [len(path.points) for path in plain.values()] == [13, 37, 145]
    assert plain[1].spread > plain[4].spread
    assert optimizers.trembling(1, momentum=False).points.tolist() == plain[1].points.tolist()


def test_momentum_makes_the_stochastic_path_shorter() -> None:
    """Of ten orders of the rows: the steps near the minimum are shorter with momentum, at the same pace."""
    for seed in range(10):
        rough, smooth = (optimizers.trembling(1, momentum, seed=seed) for momentum in (False, True))
        assert smooth.spread < rough.spread


# ---- documents -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["activations", "losses", "optimizers", "boundaries"])
def shown(request: pytest.FixtureRequest) -> Document:
    rooms = {"activations": activations, "losses": losses, "optimizers": optimizers, "boundaries": boundaries}
    return rooms[request.param].document()


def test_every_page_is_whole(shown: Document) -> None:
    page = ElementTree.fromstring(shown.html().removeprefix("<!doctype html>"))
    assert len(page.findall(".//svg")) == len(shown.pictures()) >= 3
    assert shown.latex().startswith(r"\documentclass")
    assert len(shown.markdown()) > 500
    assert shown.to_json()


def test_every_optimizer_has_its_map() -> None:
    captions = " ".join(picture.caption for picture in optimizers.document().pictures())
    from glassnet import optim

    left = [name for name in optim.CATALOGUE if name.replace("_", " ") not in captions]
    assert left == ["levenberg_marquardt"]


def test_the_examples_have_learned() -> None:
    for net, rows, labels in (boundaries.xor(), boundaries.ring()):
        assert (net.predict(rows) == labels).mean() > 0.97
