"""What Moodle makes of a quiz in its XML format: a reader with the rules of its importer, strict where that is silent.

Modelled on `question/format/xml/format.php` (which elements are read, and how) and `question/type/multianswer/
questiontype.php` (the expressions that find the gaps of a cloze question) of Moodle 4; written anew. Only what
worksheets use is known: categories, and cloze questions with numerical gaps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

NUMBER = r"-?(?:(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"
FRACTION = r"=|%(?:-?[0-9]+(?:[.,][0-9]*)?)%"
ANSWER = r".+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}]|$)"
FEEDBACK = r".*?(?<!\\)(?=[~}]|$)"
ALTERNATIVE = rf"(?:{FRACTION})?(?:{ANSWER})(?:#(?:{FEEDBACK}))?"
GAP = re.compile(rf"\{{([0-9]*):(NUMERICAL|NM):({ALTERNATIVE}(?:~{ALTERNATIVE})*)\}}")
PART = re.compile(rf"({FRACTION})?({ANSWER})(?:#({FEEDBACK}))?")
NUMERICAL = re.compile(rf"({NUMBER})(?::({NUMBER}))?")
FRACTIONS = (100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5,
             11.11111, 10, 5, 0)  # fmt: skip
LONGEST_NAME = 255
READ = {"name", "questiontext", "generalfeedback", "penalty", "hidden", "idnumber"}
VOID = ("br", "hr", "img")


class NotImportedError(AssertionError):
    """What the importer would refuse, drop, or show otherwise than it was meant."""


@dataclass(frozen=True)
class Gap:
    """A numerical gap: its weight, and each accepted value with its tolerance and its share of the mark."""

    weight: int
    answers: tuple[tuple[float, float, float], ...]

    def mark(self, given: float) -> float:
        """The share that an answer gets: of the first alternative that it fits."""
        for value, tolerance, share in self.answers:
            # Moodle widens a tolerance by the rounding of the numbers it compares.
            if abs(given - value) <= tolerance + 1e-13 * max(1.0, abs(value)):
                return share
        return 0.0


@dataclass(frozen=True)
class Question:
    """A cloze question as it arrives."""

    category: str
    name: str
    text: str
    feedback: str
    gaps: tuple[Gap, ...]


def imported(data: bytes) -> list[Question]:
    """The questions of a file.

    Raises:
        NotImportedError: with what is wrong.
    """
    _require(data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>'), "the file does not say that it is UTF-8")
    root = ElementTree.fromstring(data.decode("utf-8"))
    _require(root.tag == "quiz", f"the root is <{root.tag}>, not <quiz>")
    category, questions = "", []
    for element in root:
        _require(element.tag == "question", f"<{element.tag}> stands where a <question> is read")
        kind = element.get("type")
        if kind == "category":
            category = _category(element)
        else:
            _require(kind == "cloze", f"a question of the type {kind!r}")
            questions.append(_cloze(element, category))
    names = [(question.category, question.name) for question in questions]
    _require(len(names) == len(set(names)), "two questions of a category have one name")
    return questions


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise NotImportedError(what)


def _category(element: Element) -> str:
    path = element.findtext("category/text") or ""
    _require([part.tag for part in element] == ["category"], "a category has other elements")
    _require(path.startswith("$course$/"), f"the category {path!r} is not in the course")
    parts = re.split(r"(?<!/)/(?!/)", path)  # // is a / in a name
    _require(
        all(part.strip() and len(part) <= LONGEST_NAME for part in parts), f"the category {path!r} has an empty name"
    )
    return path


def _cloze(element: Element, category: str) -> Question:
    unknown = {part.tag for part in element} - READ
    _require(not unknown, f"{', '.join(sorted(unknown))}: never read")
    _require(len({part.tag for part in element}) == len(element), "an element stands twice; the second is never read")
    name = element.findtext("name/text") or ""
    _require(0 < len(name.strip()) <= LONGEST_NAME and "\n" not in name, f"the name {name!r:.40}")
    text, feedback = (_html(element.find(tag), tag) for tag in ("questiontext", "generalfeedback"))
    _require(not re.search(r"[{}]", feedback), "a brace in the feedback")
    penalty = element.findtext("penalty")
    _require(penalty is None or 0 <= float(penalty) <= 1, f"the penalty {penalty}")
    gaps = tuple(_gap(*found.groups()) for found in GAP.finditer(text))
    rest = GAP.sub("", text)
    _require(not re.search(r"[{}]", rest), f"a brace that is no gap: {rest[max(rest.find('{') - 20, 0) :][:60]!r}")
    _require(bool(gaps), "no gap at all")
    return Question(category, name, text, feedback, gaps)


def _html(element: Element | None, tag: str) -> str:
    """A text in HTML whose tags close."""
    _require(element is not None and element.get("format") == "html", f"<{tag}> without format=html")
    assert element is not None
    _require([part.tag for part in element] == ["text"], f"<{tag}> holds other than one <text>")
    html = element.findtext("text") or ""
    _require(bool(html.strip()), f"<{tag}> is empty")
    closed = re.sub(rf"<({'|'.join(VOID)})([^>]*?)/?>", r"<\1\2/>", html)
    try:
        ElementTree.fromstring(f"<html>{closed}</html>")
    except ElementTree.ParseError as error:
        raise NotImportedError(f"the HTML of <{tag}> is not whole: {error}") from error
    return html


def _gap(weight: str, kind: str, alternatives: str) -> Gap:
    answers = []
    for found in PART.finditer(alternatives):
        share, answer, _ = found.groups()
        number = NUMERICAL.fullmatch(answer)
        _require(number is not None, f"the answer {answer!r} of a {kind} gap is no number")
        assert number is not None
        fraction = 100.0 if share == "=" else 0.0 if share is None else float(share.strip("%").replace(",", "."))
        _require(any(abs(fraction - known) < 1e-5 for known in FRACTIONS), f"{fraction} % is no fraction of Moodle's")
        value, tolerance = (float((part or "0").replace(",", ".")) for part in number.groups())
        _require(tolerance >= 0, f"the tolerance {tolerance}")
        answers.append((value, tolerance, fraction / 100))
    _require(any(share == 1 for _, _, share in answers), "no answer of a gap gets the whole mark")
    _require(weight.isdigit() and int(weight) > 0, "a gap that gives no mark")
    return Gap(int(weight), tuple(answers))
