"""What a tried claim is: the sentence of the slides, what was found, and a picture of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glassnet.plots import svg, theme
from glassnet.plots.svg import Markup, element, join


@dataclass(frozen=True)
class Tried:
    """A claim, whether it holds ("holds", "holds in part", "does not hold"), the verdict, and its picture.

    `measured` is what another machine, or another hour, would measure differently; it is printed and not kept.
    """

    claim: str
    answer: str
    verdict: str
    picture: Markup
    measured: str = ""


def show(experiment: Callable[[], Tried]) -> None:
    """Tries it, prints the verdict, and writes the picture beside where it was called: relu.py writes relu.svg."""
    found = experiment()
    path = Path(f"{Path(experiment.__code__.co_filename).stem}.svg")
    path.write_text(standalone(found), encoding="utf-8")
    print(f"Claim: {found.claim}\nIt {found.answer}. {found.verdict}")
    print(*filter(None, [found.measured, f"Picture: {path}"]), sep="\n")


def standalone(found: Tried) -> str:
    """The picture as a file of its own."""
    return str(svg.standalone(found.picture, theme.css()))


def beside(*pictures: tuple[str, Markup], title: str) -> Markup:
    """Pictures of one size side by side, each under its name."""
    inside, left, height = [], 0.0, 0.0
    for name, markup in pictures:
        width, tall = map(float, markup.split('viewBox="', 1)[1].split('"', 1)[0].split()[2:])
        body = Markup(markup.partition(">")[2].removesuffix("</svg>"))
        heading = element("text", name, x=left + width / 2, y=15, class_="middle strong")
        inside.append(join(heading, element("g", body, transform=f"translate({left:g} 20)")))
        left, height = left + width, max(height, tall + 20)
    return svg.picture(left, height, *inside, title=title, description=", ".join(name for name, _ in pictures))
