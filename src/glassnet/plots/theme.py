"""The one palette: names of colours, their values in light and in dark, and the style sheet for pictures.

The series keep apart for the three kinds of colour blindness, and every colour that writes keeps the contrast
that WCAG 2.2 asks of text (AA, 4.5 to 1) on the paper it stands on; tests/plots/test_theme.py measures both.
"""

from __future__ import annotations

import numpy as np

from glassnet.plots.png import Bytes

LIGHT = {
    "page": "#f4f5f7",
    "paper": "#ffffff",
    "ink": "#131a22",
    "muted": "#545f6c",
    "line": "#d8dde3",
    "grid": "#e7eaee",
    "link": "#0b5fb0",
    "right": "#0b5fb0",
    "wrong": "#c2410c",
    "on-right": "#ffffff",
    "on-wrong": "#ffffff",
    "series-1": "#0b5fb0",
    "series-2": "#c2410c",
    "series-3": "#095a4b",
    "series-4": "#53024b",
    "series-5": "#574301",
}
DARK = {
    "page": "#0d1117",
    "paper": "#161b22",
    "ink": "#eef2f6",
    "muted": "#a3afbc",
    "line": "#343d48",
    "grid": "#262e38",
    "link": "#7cbcff",
    "right": "#66b2ff",
    "wrong": "#ff9a5c",
    "on-right": "#0a0e13",
    "on-wrong": "#0a0e13",
    "series-1": "#66b2ff",
    "series-2": "#ff9a5c",
    "series-3": "#92f0dc",
    "series-4": "#c07ab0",
    "series-5": "#f0e05c",
}
SERIES = 5
FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue","Liberation Sans",Arial,sans-serif'

_DASHES = ("none", "7 4", "2 4", "10 3 2 3", "14 4")
_PICTURE = """
.picture{display:block;width:100%;height:auto;font-family:FONT;font-size:13px;fill:var(--ink)}
.picture .muted{fill:var(--muted)}
.picture .small{font-size:11px}
.picture .strong{font-weight:650}
.picture .middle{text-anchor:middle}
.picture .end{text-anchor:end}
.picture .grid{stroke:var(--grid);stroke-width:1;fill:none}
.picture .axis{stroke:var(--muted);stroke-opacity:.6;stroke-width:1.25;fill:none}
.picture .curve{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
.picture .points{fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.55}
.picture .ring{fill:var(--paper);stroke-width:2}
.picture .hover{fill:transparent}
.picture .guide{stroke:var(--muted);stroke-width:1.25;stroke-dasharray:4 4;fill:none}
.picture .right{fill:var(--right)}
.picture .wrong{fill:var(--wrong)}
.picture .right-line{stroke:var(--right)}
.picture .wrong-line{stroke:var(--wrong)}
.picture .on-right{fill:var(--on-right)}
.picture .on-wrong{fill:var(--on-wrong)}
.picture .unit{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
.picture .shade{fill-opacity:.16}
.picture .dot{stroke-width:2}
.picture .right.dot{stroke:var(--right)}
.picture .open{fill:var(--paper);stroke:var(--wrong)}
.picture .ringed{fill:none;stroke:var(--ink);stroke-width:2}
.picture .boundary{stroke:var(--ink);stroke-width:2.25;fill:none;stroke-linecap:round}
.picture .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.picture .height.shade{fill:var(--muted);fill-opacity:.06}
.picture .level{stroke:var(--muted);stroke-opacity:.6;stroke-width:1;fill:none}
.picture .moving{fill:none;stroke-width:2.5;stroke-linecap:round}
.picture .saturated{fill:var(--muted);fill-opacity:.17}
.picture .tangent{fill:none;stroke-width:1.75}
.picture .jump{fill:none;stroke-width:1.1;stroke-opacity:.75}
.picture .bonds{stroke:var(--muted);stroke-opacity:.4;stroke-width:.7;fill:none}
"""


def variables(palette: dict[str, str]) -> str:
    """A palette as CSS custom properties.

    >>> variables({"ink": "#000000", "page": "#ffffff"})
    '--ink:#000000;--page:#ffffff'
    """
    return ";".join(f"--{name}:{value}" for name, value in palette.items())


def css() -> str:
    """The style sheet of every picture: light, dark where the reader asks for it, light again on paper."""
    series = "".join(
        f".picture .s{i}{{stroke:var(--series-{i})}}.picture .f{i}{{fill:var(--series-{i})}}"
        f".picture .curve.s{i}{{stroke-dasharray:{_DASHES[i - 1]}}}\n"
        for i in range(1, SERIES + 1)
    )
    return (
        f":root{{color-scheme:light dark;{variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}\n"
        f"@media print{{:root{{color-scheme:light;{variables(LIGHT)}}}}}" + _PICTURE.replace("FONT", FONT) + series
    )


def embedded() -> str:
    """The style sheet of pictures in somebody else's page, within an element of the class glassnet: its own colours."""
    paper = "var(--jp-layout-color0,var(--vscode-editor-background,transparent))"  # of notebooks that name it
    names = f"--paper:{paper};" + ";".join(f"--{name}:currentColor" for name in ("ink", "muted", "line", "grid"))
    return f".glassnet{{{names}}}" + _PICTURE.replace("FONT", "inherit").replace("\n.picture", "\n.glassnet .picture")


# From the strongest negative weight over white at zero to the strongest positive one: orange, white, blue.
_STOPS = ("#7a2300", "#c2410c", "#f0a070", "#ffffff", "#7fb6ec", "#0b5fb0", "#032c58")


def diverging(levels: int = 63) -> Bytes:
    """A palette (levels, 3) from orange over white to blue, white exactly in the middle; ``levels`` is odd.

    In the dark the pictures that use it are inverted with their hues kept (``filter: invert(1) hue-rotate(180deg)``),
    so that zero is dark there.

    >>> diverging(3).tolist()
    [[122, 35, 0], [255, 255, 255], [3, 44, 88]]
    """
    stops = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in _STOPS], np.float64)
    at = np.linspace(0.0, len(_STOPS) - 1, levels)
    return np.stack([np.interp(at, range(len(_STOPS)), channel) for channel in stops.T], 1).round().astype(np.uint8)
