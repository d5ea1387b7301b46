"""Our pictures in LaTeX: the same SVG as TikZ paths, with the colours and strokes of the same style sheet.

The style sheet stays the only place that says how something looks: its rules are read here, and each combination of
classes becomes a TikZ style of its name, which a teacher can change in one line of the document. What is drawn is the
part of SVG that `glassnet.plots` writes: g, path (of straight pieces), rect, circle, line, text, tspan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from glassnet.errors import SettingError
from glassnet.lab.show.wording import words
from glassnet.plots import theme
from glassnet.plots.outlines import simplified
from glassnet.plots.svg import Markup, number

PIXEL = 0.75  # of a PostScript point
FINEST = 0.05  # pixels by which a line may pass by a point that is left out
RULE = re.compile(r"\.(?:step-)?picture((?: [\w.-]+)?)\{([^}]*)\}")
STEP = re.compile(r"([MLHVZmlhvz])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)|(\S)")
Declarations = dict[str, str]


@cache
def _rules() -> tuple[tuple[frozenset[str], Declarations], ...]:
    """The style sheet's rules for classes, the more specific ones last."""
    from glassnet.lab.show.svg import CSS

    found = []
    for selector, body in RULE.findall(theme.css() + CSS):
        name = selector.strip()
        if name and not name.startswith("."):  # of an element, whatever its class: how its digits are spaced
            continue
        pairs = (pair.split(":", 1) for pair in body.split(";") if ":" in pair)
        found.append((frozenset(filter(None, name.split("."))), {key.strip(): value.strip() for key, value in pairs}))
    return tuple(sorted(found, key=lambda rule: len(rule[0])))


def declarations(classes: str) -> Declarations:
    """What the style sheet says of an element with these classes.

    >>> declarations("axis")["stroke-width"], declarations("curve s2")["stroke-dasharray"]
    ('1.25', '7 4')
    """
    wanted = set(classes.split())
    found: Declarations = {}
    for names, body in _rules():
        if names <= wanted:
            found |= body
    return found


@dataclass
class Drawing:
    """Pictures of one document: their code, and the styles that they use.

    >>> from glassnet.plots.svg import element, picture
    >>> drawing = Drawing()
    >>> print(drawing.of(picture(40, 30, element("path", d="M0 0h20v10", class_="axis"), title="A corner")))
    \\begin{tikzpicture}[x=0.75bp,y=-0.75bp]
    \\clip (0,0) rectangle (40,30);
    \\path[gn axis] (0,0) -- (20,0) -- (20,10);
    \\end{tikzpicture}
    """

    styles: dict[str, str] = field(default_factory=dict)

    def of(self, markup: Markup) -> str:
        """A picture."""
        root = ElementTree.fromstring(markup)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        return "\n".join([
            rf"\begin{{tikzpicture}}[x={PIXEL}bp,y=-{PIXEL}bp]",
            rf"\clip (0,0) rectangle ({number(width)},{number(height)});",
            *self._inside(root),
            r"\end{tikzpicture}",
        ])  # fmt: skip

    def preamble(self) -> str:
        """The colours, and the styles of the pictures that were made."""
        colours = [rf"\definecolor{{gn-{name}}}{{HTML}}{{{value[1:].upper()}}}" for name, value in theme.LIGHT.items()]
        styles = [rf"\tikzset{{{name}/.style={{{style}}}}}" for name, style in self.styles.items()]
        return "\n".join([r"\usepackage{tikz}", *colours, *styles, ""])

    # ---- elements ----------------------------------------------------------------------------------------------

    def _inside(self, parent: Element) -> Iterator[str]:
        for child in parent:
            if child.tag in ("title", "desc"):
                continue
            if child.tag == "g":
                yield from self._group(child)
            elif child.tag == "text":
                yield from self._text(child)
            elif child.tag in SHAPES:
                yield from self._shape(child)
            else:
                raise SettingError(f"A picture with <{child.tag}> in it has no form in LaTeX.")

    def _group(self, group: Element) -> Iterator[str]:
        moved = re.fullmatch(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", group.get("transform", ""))
        inside = self._inside(group)
        if not moved:
            yield from inside
            return
        yield rf"\begin{{scope}}[shift={{({moved[1]},{moved[2]})}}]"
        yield from inside
        yield r"\end{scope}"

    def _shape(self, element: Element) -> Iterator[str]:
        style, path = self._style(element), SHAPES[element.tag](element)
        if style and path:
            yield rf"\path[{style}] {path};"

    def _text(self, element: Element) -> Iterator[str]:
        style = self._style(element)
        place = f"({number(float(element.get('x', 0)))},{number(float(element.get('y', 0)))})"
        turned = re.match(r"rotate\((-?[\d.]+)", element.get("transform", ""))
        options = [style] + ([f"rotate={number(-float(turned[1]))}"] if turned else [])
        said = words(element.text or "")
        for part in element:
            said += self._span(part) if part.tag == "tspan" else ""
            said += words(part.tail or "")
        if said.strip():
            yield rf"\node[{','.join(options)}] at {place} {{{said}}};"

    def _span(self, span: Element) -> str:
        found = declarations(span.get("class", ""))
        said = words("".join(span.itertext()))
        if "font-weight" in found:
            said = rf"\textbf{{{said}}}"
        if span.get("class", "") in ("sub",):
            said = rf"{{\scriptsize {said}}}"
        colour = _colour(found["fill"]) if "fill" in found and span.get("class") else None
        return rf"\textcolor{{{colour}}}{{{said}}}" if colour and colour != "gn-ink" else said

    # ---- styles ------------------------------------------------------------------------------------------------

    def _style(self, element: Element) -> str:
        """The name of the style of an element's classes, and what it says for itself; empty where nothing is seen."""
        classes = element.get("class", "")
        of = _of_text if element.tag == "text" else _of_shape
        written = of(declarations(classes))
        own = _of_shape({key: element.attrib[key] for key in OWN if key in element.attrib}, own=True)
        if not written and not own:
            return ""
        name = f"gn {'text ' if element.tag == 'text' else ''}{classes}".strip()
        self.styles.setdefault(name, written)
        return f"{name},{own}" if own else name


OWN = ("stroke", "stroke-opacity", "stroke-width", "fill-opacity")


def _colour(value: str) -> str | None:
    """The colour of a property; None where there is none."""
    named = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return f"gn-{named[1]}" if named else None


def _of_shape(found: Declarations, *, own: bool = False) -> str:
    """A path's colours, opacity, width, dashes, ends and corners."""
    options = []
    fill, stroke = _colour(found.get("fill", "")), _colour(found.get("stroke", ""))
    options += [f"fill={fill}"] if fill else []
    options += [f"fill opacity={found['fill-opacity']}"] if "fill-opacity" in found and (fill or own) else []
    options += [f"draw={stroke}"] if stroke else []
    if stroke or own:
        options += [f"draw opacity={found['stroke-opacity']}"] if "stroke-opacity" in found else []
        options += [f"line width={_points(found['stroke-width'])}"] if "stroke-width" in found else []
        options += [_dashes(found["stroke-dasharray"])] if found.get("stroke-dasharray", "none") != "none" else []
        options += [f"line cap={found['stroke-linecap']}"] if "stroke-linecap" in found else []
        options += [f"line join={found['stroke-linejoin']}"] if "stroke-linejoin" in found else []
    return ",".join(options)


def _of_text(found: Declarations) -> str:
    """A text's place by its anchor on its baseline, its size, weight and colour; a halo as paper behind it."""
    size = float(found.get("font-size", "13px").removesuffix("px")) * PIXEL
    bold = r"\bfseries" if "font-weight" in found else ""
    anchor = {"middle": "base", "end": "base east"}.get(found.get("text-anchor", ""), "base west")
    font = rf"\fontsize{{{number(size)}bp}}{{{number(1.2 * size)}bp}}\selectfont\sffamily{bold}"
    options = [f"anchor={anchor}", "inner sep=0.75bp", "outer sep=0pt", f"text={_colour(found.get('fill', ''))}",
               f"font={font}"]  # fmt: skip
    return ",".join([*options, *(["fill=gn-paper,fill opacity=0.8,text opacity=1"] if "paint-order" in found else [])])


def _points(width: str) -> str:
    return f"{number(float(width.removesuffix('px')) * PIXEL)}bp"


def _dashes(given: str) -> str:
    lengths = [_points(length) for length in re.split(r"[ ,]+", given)]
    return "dash pattern=" + " ".join(f"{'off' if k % 2 else 'on'} {length}" for k, length in enumerate(lengths))


# ---- shapes ----------------------------------------------------------------------------------------------------------


def _numbers(element: Element, *names: str) -> list[float]:
    return [float(element.get(name, 0)) for name in names]


def _at(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def _rectangle(element: Element) -> str:
    x, y, width, height, round_ = _numbers(element, "x", "y", "width", "height", "rx")
    corners = f"[rounded corners={_points(str(round_))}] " if round_ else ""
    return f"{corners}{_at(x, y)} rectangle {_at(x + width, y + height)}"


def _circle(element: Element) -> str:
    x, y, radius = _numbers(element, "cx", "cy", "r")
    return f"{_at(x, y)} circle[radius={number(radius * PIXEL)}bp]"


def _line(element: Element) -> str:
    a, b, c, d = _numbers(element, "x1", "y1", "x2", "y2")
    return f"{_at(a, b)} -- {_at(c, d)}"


def _path(element: Element) -> str:
    """A path of straight pieces, without the points that nobody would miss.

    >>> _path(Element("path", d="M0 0L1 0H2v3l-2 0Z"))
    '(0,0) -- (2,0) -- (2,3) -- (0,3) -- cycle'
    """
    pieces = []
    for points, closed in _pieces(element.get("d", "")):
        kept = simplified(np.array(points), FINEST) if len(points) > 2 else np.array(points)
        pieces.append(" -- ".join([*(_at(x, y) for x, y in kept.tolist()), *(["cycle"] if closed else [])]))
    return "\n".join(pieces)


def _pieces(d: str) -> Iterator[tuple[list[tuple[float, float]], bool]]:
    """The pieces of a path: their points, and whether they are closed."""
    points: list[tuple[float, float]] = []
    for letter, given in _steps(d):
        if letter in "Zz":
            yield points, True
            points = points[:1]
            continue
        x, y = points[-1] if points else (0.0, 0.0)
        if letter in "Mm" and len(points) > 1:
            yield points, False
        base = (x, y) if letter.islower() else (0.0, 0.0)
        if letter in "Hh":
            x = base[0] + given[0]
        elif letter in "Vv":
            y = base[1] + given[0]
        else:
            x, y = base[0] + given[0], base[1] + given[1]
        points = [(x, y)] if letter in "Mm" else [*points, (x, y)]
    if len(points) > 1:
        yield points, False


def _steps(d: str) -> Iterator[tuple[str, list[float]]]:
    """The steps of a path with their numbers; after the first pair of an M come Ls.

    >>> list(_steps("M1 2 3 4h5"))
    [('M', [1.0, 2.0]), ('L', [3.0, 4.0]), ('h', [5.0])]
    """
    letter = ""
    numbers: list[float] = []
    for found, value, other in STEP.findall(d):
        if other not in ("", ","):
            raise SettingError(f"A path with {other!r} in it has no form in LaTeX.")
        if found:
            letter, numbers = found, []
            if letter in "Zz":
                yield letter, []
        elif value:
            numbers.append(float(value))
            if len(numbers) == (1 if letter in "HhVv" else 2):
                yield letter, numbers
                letter, numbers = {"M": "L", "m": "l"}.get(letter, letter), []


SHAPES: dict[str, Callable[[Element], str]] = {
    "path": _path,
    "rect": _rectangle,
    "circle": _circle,
    "line": _line,
}
