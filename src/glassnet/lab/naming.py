"""The names of quantities as people write them: dE/dw1, theta1, "w1 new", W2[3,7]."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from glassnet.errors import unknown_name

GREEK = {"θ": "theta", "∂": "d"}


def read_name(
    given: str, known: Iterable[str], names: Mapping[str, str] | None = None
) -> tuple[str, tuple[int, ...] | None]:
    """The quantity's own name, and the entry if one is named.

    Args:
        given: "dE/dw1" is dW1, "theta1" is b1, "w1 new" and "new w1" are W1.new; lower case is accepted.
        known: the quantities of the step.
        names: what a problem calls its quantities: {"w": "W1"}.

    Raises:
        SettingError: a name that is none of them; the nearest is suggested.

    >>> read_name("dE/dtheta2", ["b2", "db2"]), read_name("w2[3,7] new", ["W2", "W2.new"])
    (('db2', None), ('W2.new', (3, 7)))
    """
    text = str(given).strip()
    for letter, spelling in GREEK.items():
        text = text.replace(letter, spelling)
    index = re.search(r"\[\s*(\d{1,9}(?:\s*,\s*\d{1,9})*)\s*\]", text)
    entry = tuple(int(i) for i in index[1].split(",")) if index else None
    if index:
        text = text.replace(index[0], "")
    known = list(known)
    lower = {name.lower(): name for name in known}
    own = {spelling.lower(): quantity for spelling, quantity in (names or {}).items()}
    new = re.fullmatch(r"(.*?)[\s._']*\b(?:new|neu)\b", text) or re.fullmatch(r"(.*?)[._]new", text)
    ahead = re.fullmatch(r"new\s+(.*)", text, re.IGNORECASE)
    stem = (new or ahead)[1].strip() if new or ahead else text  # type: ignore[index]
    derivative = re.fullmatch(r"d\s*(?:E|L|C|J|loss)\s*/\s*d\s*(.+)", stem, re.IGNORECASE)
    stem = derivative[1].strip() if derivative else stem
    plain = own.get(stem.lower(), re.sub(r"^(d?|.*\.)(?:theta|w0)(\d+)$", r"\1b\2", stem.lower()))
    if not derivative and plain == stem.lower() and stem.lower().startswith("d") and stem.lower()[1:] in own:
        plain = "d" + own[stem.lower()[1:]]
    plain = {"e": "loss", "l": "loss"}.get(plain.lower(), plain)
    found = lower.get((("d" if derivative else "") + plain + (".new" if new or ahead else "")).lower())
    if found is None:
        raise unknown_name("quantity", text if index else given, known)
    return found, entry


def course_name(quantity: str, names: Mapping[str, str]) -> str:
    """The quantity as the problem calls it: b2.new is "theta2 new" where theta2 is b2."""
    spelled = {own: spelling for spelling, own in names.items()}
    stem, _, new = quantity.partition(".new")
    derivative = stem.startswith("d") and stem[1:] in spelled
    shown = f"dE/d{spelled[stem[1:]]}" if derivative else spelled.get(stem, stem)
    return shown + (" new" if ".new" in quantity else "") + new
