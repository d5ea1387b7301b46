"""A tiny builder for SVG and HTML elements: what is not markup already is escaped, always.

``element`` returns ``Markup``; every other string that is put into an element counts as text, so a class name such as
``<script>`` can only ever be shown, never run. Coordinates are written with two decimals at most.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from glassnet.errors import SettingError


class Markup(str):
    """Text that is markup already; ``element`` takes it as it is."""

    __slots__ = ()


Child = str | None | Iterable["Child"]
Attribute = str | float | bool | None

# HTML wants these without an end tag, and SVG's shapes are shorter so; everything else gets its end tag.
_EMPTY = frozenset({"br", "circle", "col", "hr", "image", "img", "line", "link", "meta", "path", "rect", "use"})
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# XML forbids these characters even as references, and UTF-8 cannot hold lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def escape(text: object) -> Markup:
    """``text`` as markup that shows exactly that text; characters that XML forbids become U+FFFD.

    >>> print(escape('<b> & "c"'))
    &lt;b&gt; &amp; &quot;c&quot;
    """
    return Markup(_FORBIDDEN.sub("\ufffd", str(text)).translate(_ENTITIES))


def number(value: float) -> str:
    """A coordinate as short as two decimals allow.

    >>> number(3.0), number(2.349), number(-0.001)
    ('3', '2.35', '0')

    Raises: SettingError for a number that is not finite, which a browser would silently drop with its whole shape.
    """
    if not math.isfinite(value):
        raise SettingError(f"A picture has no place for the coordinate {value}.")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def join(*children: Child) -> Markup:
    """The children in order as one markup; strings are escaped, None is left out, iterables are flattened.

    >>> print(join("a < b", None, [element("br")]))
    a &lt; b<br/>
    """
    return Markup("".join(_text(child) for child in children))


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, str):
        return child if isinstance(child, Markup) else escape(child)
    return "".join(_text(part) for part in child)


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element; ``class_`` is written ``class`` and ``stroke_width`` is written ``stroke-width``.

    An attribute that is None or False is left out, True stands as an empty attribute, numbers are shortened.

    >>> print(element("text", "5 < 7", x=1.50, text_anchor="end", class_="tick"))
    <text x="1.5" text-anchor="end" class="tick">5 &lt; 7</text>
    """
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    content = join(*children)
    if not content and name in _EMPTY:
        return Markup(f"<{opening}/>")
    return Markup(f"<{opening}>{content}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    text = "" if value is True else number(value) if isinstance(value, int | float) else escape(value)
    return f' {key.rstrip("_").replace("_", "-")}="{text}"'


def picture(
    width: float, height: float, *children: Child, title: str, description: str = "", narrowest: float | None = None
) -> Markup:
    """An ``<svg>`` that fills the width it is given, up to ``1.25 * width`` pixels and down to ``narrowest``.

    ``title`` and ``description`` are what a screen reader says in place of the picture.
    """
    style = f"max-width:{number(1.25 * width)}px" + (f";min-width:{number(narrowest)}px" if narrowest else "")
    return element(
        "svg",
        element("title", title),
        element("desc", description) if description else None,
        *children,
        viewBox=f"0 0 {number(width)} {number(height)}",
        class_="picture",
        role="img",
        style=style,
    )


def standalone(svg: Markup, css: str) -> Markup:
    """The same picture as a file of its own: with the namespace and its style sheet inside.

    >>> print(standalone(picture(4, 3, title="nothing"), "svg{color:red}")[:54])
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4
    """
    opening, rest = svg.split(">", 1)
    opening = opening.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return Markup(f"{opening}><style>{escape(css)}</style>{rest}")


def clip(text: str, longest: int) -> str:
    """``text`` cut to ``longest`` characters, the last one an ellipsis where something is missing.

    >>> clip("perceptron", 6), clip("short", 6)
    ('perce…', 'short')
    """
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"


def text_width(text: str) -> float:
    """About how wide ``text`` is at 13 pixels, rather too wide than too narrow: fonts differ between machines.

    >>> text_width("1234"), text_width("数")
    (31.2, 13.5)
    """
    return round(sum(13.5 if unicodedata.east_asian_width(c) in "WF" else 7.8 for c in text), 1)
