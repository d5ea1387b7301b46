"""The palette measured: contrast as WCAG 2.2 defines it, and distances as colour-blind eyes see them."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from glassnet.plots import heat, page, theme
from glassnet.typing import Floats

PALETTES = {"light": theme.LIGHT, "dark": theme.DARK}
MODES = pytest.mark.parametrize("colours", PALETTES.values(), ids=PALETTES.keys())

# Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
# severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def rgb(colour: str) -> Floats:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(a: Floats, b: Floats) -> float:
    """WCAG 2.2's contrast ratio of two sRGB colours."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(light: Floats) -> Floats:
    """Ottosson, "A perceptual color space for image processing", 2020; from linear RGB."""
    lms = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
    lab = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
    return lab @ np.cbrt(lms @ np.clip(light, 0, 1))


def test_the_contrast_formula() -> None:
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)
    assert contrast(rgb("#767676"), rgb("#ffffff")) == pytest.approx(4.54, abs=0.005)  # WebAIM's example of just AA


def test_both_palettes_name_the_same_colours() -> None:
    assert theme.LIGHT.keys() == theme.DARK.keys()


def test_every_colour_that_is_used_exists() -> None:
    sheet = page.page("t")
    used = set(re.findall(r"var\(--([\w-]+)\)", sheet)) - {"across"}  # set by the grid of weight pictures itself
    assert used <= theme.LIGHT.keys()
    assert theme.LIGHT.keys() <= used


@MODES
@pytest.mark.parametrize("ground", ["paper", "page"])
def test_everything_that_writes_has_enough_contrast(colours: dict[str, str], ground: str) -> None:
    writes = ["ink", "muted", "link"] + (["right", "wrong"] if ground == "paper" else [])
    writes += [f"series-{k}" for k in range(1, theme.SERIES + 1)] if ground == "paper" else []
    for name in writes:
        assert contrast(rgb(colours[name]), rgb(colours[ground])) >= 4.5, name


@MODES
@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_counts_are_readable_on_every_cell_of_a_confusion_matrix(colours: dict[str, str], kind: str) -> None:
    for share in np.linspace(0.0, 1.0, 1001)[1:]:
        alpha = heat.strength(share, largest=share)
        cell = alpha * rgb(colours[kind]) + (1 - alpha) * rgb(colours["paper"])
        ink = colours[f"on-{kind}"] if share > 0.5 else colours["ink"]
        assert contrast(rgb(ink), cell) >= 4.5, share


@MODES
@pytest.mark.parametrize("vision", VISION)
def test_lines_keep_apart_for_every_kind_of_eye(colours: dict[str, str], vision: str) -> None:
    seen = [oklab(VISION[vision] @ linear(rgb(colours[f"series-{k}"]))) for k in range(1, theme.SERIES + 1)]
    distances = {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(range(theme.SERIES), 2)}
    # Two lines are the usual case, training and validation; 0.02 is about what one can just see side by side.
    assert distances[0, 1] > 0.2
    assert min(distances.values()) > 0.08


def test_lines_differ_without_colour_too() -> None:
    dashes = re.findall(r"\.curve\.s\d\{stroke-dasharray:([^}]+)\}", theme.css())
    assert len(dashes) == len(set(dashes)) == theme.SERIES


def test_the_diverging_palette_is_white_at_zero_and_darkens_to_both_sides() -> None:
    palette = theme.diverging(63)
    brightness = palette.astype(float).sum(1)
    assert palette[31].tolist() == [255, 255, 255]
    assert (np.diff(brightness[:32]) > 0).all()
    assert (np.diff(brightness[31:]) < 0).all()
    assert (palette[:31, 0] > palette[:31, 2]).all()  # orange below zero
    assert (palette[32:, 2] > palette[32:, 0]).all()  # blue above


def test_paper_is_light_whatever_the_screen_is() -> None:
    sheet = theme.css()
    dark = sheet.index("prefers-color-scheme:dark")
    paper = sheet.index("@media print")
    assert paper > dark  # the later of two equal rules wins
    assert theme.variables(theme.LIGHT) in sheet[paper:]
