"""What the units of the first layer look for: pictures where the inputs are pixels, a map where they are few."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.plots import heat, images, page
from glassnet.plots.readable import NO_BREAK, count, plural, significant
from glassnet.plots.svg import Child, Markup, element
from glassnet.typing import Floats, Shape

MOST_UNITS = 64
MOST_CELLS = 1024  # of a map; more cells than this nobody reads
_NAME = "First-layer weights"


def weights(W: Floats, image_shape: Shape | None, features: Sequence[str] = ()) -> page.Section:
    """The section of the first layer's W (I, O); ``image_shape`` (1, H, W) or (3, H, W) where the inputs are pixels."""
    if image_shape is not None:
        return page.section(_NAME, *_pictures(W, image_shape))
    if W.size > MOST_CELLS:
        shape = f"{count(W.shape[0])} by {count(W.shape[1])}"
        words = f"The first layer has {shape} weights: too many to be read as a map, and its inputs are not an image."
        return page.section(_NAME, element("p", words))
    names = [*features] if len(features) == len(W) else [f"input {k}" for k in range(len(W))]
    return page.section(
        _NAME,
        page.read(
            "One line for each input, one column for each unit of the first layer. Where the input is positive, blue"
            " raises the unit's sum and orange lowers it; the stronger the colour, the larger the weight."
        ),
        page.figure(
            heat.weight_map(W, names, title=_NAME), _NAME, f"Full colour is ±{significant(images.span(W, 1.0))}."
        ),
    )


def _pictures(W: Floats, shape: Shape) -> list[Child]:
    chosen = images.strongest(W, MOST_UNITS).tolist()
    full = images.span(W)
    grey = shape[0] == 1
    tiles = [
        element("div", element("img", src=images.weight_picture(W[:, j], shape, full), alt=""), str(j)) for j in chosen
    ]
    # As many columns as leave the last row fullest: 16 for 64 units.
    across = len(chosen) if len(chosen) < 10 else min(range(16, 9, -1), key=lambda n: -len(chosen) % n)
    return [
        page.read(
            "Each picture is one unit of the first layer: its weights laid out as the image it sees.",
            "A bright pixel on blue raises the unit's sum, one on orange lowers it; where there is no colour the unit"
            " does not look."
            if grey
            else "The weights of the three channels are shown as the channels of a colour, mid-grey at zero.",
            f"Of {count(W.shape[1])} units the {MOST_UNITS} whose weights have the largest norm are shown."
            if W.shape[1] > MOST_UNITS
            else "",
        ),
        element(
            "div",
            tiles,
            class_="units signed" if grey else "units",
            role="img",
            aria_label=f"The weights of {plural(len(chosen), 'unit')} as pictures",
            style=f"--across:{max(across, 4)}",
        ),
        _legend(full) if grey else None,
    ]


def _legend(full: float) -> Markup:
    bar = element("span", element("img", src=images.colour_bar(), alt="from orange over zero to blue"), class_="signed")
    scale = element("span", f"−{significant(full, 2)}", bar, significant(full, 2), class_="scale")
    return element("div", scale, f"99.5{NO_BREAK}% of all weights lie between these.", class_="legend")
