"""Marked sheets, classes and code as pages of their own, in the form of the training's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassnet._version import __version__
from glassnet.lab.messages import WORDS, rule_for, sentence
from glassnet.lab.show.mathml import MathML, math
from glassnet.plots import page
from glassnet.plots.svg import Child, Markup, element, join

if TYPE_CHECKING:
    from glassnet.lab.classroom import ClassReport
    from glassnet.lab.code.report import CodeLine, CodeReport
    from glassnet.lab.report import Marked, Report

_CSS = """
.chip{display:inline-block;border-radius:1rem;padding:0 .6rem;font-size:.9rem;font-weight:600;white-space:nowrap;
 border:1.5px solid currentColor}
.chip.right{color:var(--right)}.chip.carried{color:var(--series-3)}.chip.wrong{color:var(--wrong)}
.marks td,.marks th{vertical-align:top;padding-block:.5rem}
.marks .said{margin:.25rem 0 0;max-width:60ch}.marks .rule{color:var(--muted);margin:.1rem 0 0;max-width:60ch}
.marks code,.example code{font:.95em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.marks details{margin:.35rem 0 0}.marks summary{padding:.1rem 0}
.steps{margin:0;padding-left:1.2rem}
math{font-size:1.05em}
"""
_CHIPS = {"right": "right", "follow-through": "carried", "wrong": "wrong"}


def page_of(report: Report) -> str:
    """A marked sheet as the text of an HTML file."""
    verdicts = [answer.verdict for answer in report.answers]
    counts = [(WORDS[name], str(verdicts.count(name))) for name in ("right", "follow-through", "wrong")]
    top = _top(report.title, report.marks, report.out_of, [*counts, ("not answered", str(len(report.missing)))])
    causes = [cause for cause in report.causes if len(cause.answers) > 1]
    return _page(
        report.title,
        top,
        page.section("What made several numbers wrong", _causes(causes)) if causes else None,
        page.section("The answers", _answers(report), _missing(report.missing)),
    )


def page_of_class(report: ClassReport) -> str:
    """A marked class as the text of an HTML file."""
    mean = report.mean
    facts = [("students", str(len(report.students))), ("mean", f"{mean:.1f}"), ("median", f"{report.median:g}")]
    top = _top(report.title, None, report.out_of, facts, f"{mean:.1f} of {report.out_of} marks on average")
    return _page(
        report.title,
        top,
        page.section("The commonest slips", _slips(report)),
        page.section("The students", _students(report)),
        page.section("The numbers", _numbers(report)),
    )


def page_of_code(report: CodeReport) -> str:
    """Marked code as the text of an HTML file."""
    verdicts = [line.verdict for line in report.answers]
    facts = [(WORDS[name], str(verdicts.count(name))) for name in ("right", "follow-through", "wrong")]
    facts.append(("examples are", "rows" if report.rows else "columns"))
    notes = [element("p", f"{note[:1].upper()}{note[1:]}.", class_="muted") for note in report.notes]
    top = _top(report.title, report.marks, report.out_of, facts)
    return _page(report.title, top, page.section("The functions", _lines(report), *notes))


# ---- the page ------------------------------------------------------------------------------------------------------


def _page(title: str, top: Markup, *sections: page.Section | None) -> str:
    shown = [section for section in sections if section is not None]
    return page.page(
        title or "Marked",
        element("style", Markup(_CSS)),
        element("a", "Skip to the marks", href="#marks", class_="skip"),
        element("main", top, page.contents(shown), [section.markup for section in shown]),
        element("footer", f"Marked by glassnet {__version__}. This page holds all it shows and loads nothing."),
    )


def _top(title: str, marks: int | None, out_of: int, facts: list[tuple[str, str]], claim: str = "") -> Markup:
    score = None
    if marks is not None:
        score = element("p", str(marks), element("small", f" of {out_of}"), class_="score", id="marks")
    said = claim or ("All marks." if marks == out_of else "Marks: one for every number asked.")
    return element("header", element("p", "Marked", class_="eyebrow"), element("h1", title or "Answers"),
                   score, element("p", said, class_="claim", id=None if marks is not None else "marks"),
                   page.facts(facts), class_="card")  # fmt: skip


def _chip(verdict: str) -> Markup:
    return element("span", WORDS[verdict], class_=f"chip {_CHIPS[verdict]}")


def _said(text: str, rule: str) -> list[Markup]:
    return [element("p", text, class_="said"), element("p", rule, class_="rule")]


# ---- a sheet -------------------------------------------------------------------------------------------------------


def _answers(report: Report) -> Markup:
    rows = [[answer.called, _given(answer), _judged(report, answer)] for answer in report.answers]
    return element("div", page.table("Your answers", ("quantity", "answer", "verdict"), rows, (1, 2)), class_="marks")


def _given(answer: Marked) -> Markup:
    working = element("p", element("code", answer.working), class_="rule") if answer.working else None
    return join(answer.given, working)


def _judged(report: Report, answer: Marked) -> Markup:
    how = f"{answer.rounding}{', ' + WORDS['own'] if answer.carried else ''}" if answer.earns else ""
    parts: list[Child] = [_chip(answer.verdict), f" {how}"]
    if answer.earns:
        parts += [_said(sentence(f, answer.called), rule_for(f)) for f in answer.findings]
    else:
        parts.append(_hints(report, answer))
    return join(*parts)


def _hints(report: Report, answer: Marked) -> Markup:
    """Three hints to unfold one after the other: where, which rule, the solution."""
    from glassnet.lab.report import hint_for

    first, rule = hint_for(answer, 1), hint_for(answer, 2)
    said = [element("p", line, class_="said") for line in report.said(answer)]
    others = answer.findings[0].get("alternatives") if answer.findings else None
    also = element("p", "It may also have been: " + ", ".join(name.replace("-", " ") for name in others) + ".",
                   class_="rule") if others else None  # fmt: skip
    return join(
        element("p", first, class_="said"),
        page.folded("The rule", element("p", rule, class_="said")),
        page.folded("The slip and the solution", *said, also, _solution(answer)),
    )


def _solution(answer: Marked) -> Markup:
    formula = None
    if answer.formula is not None and len(answer.solution) > 40:
        written = MathML().write(answer.entry) + element("mo", "=") + MathML().write(answer.formula)
        formula = element("p", math(written, spoken=answer.solution), class_="said")
    return join(formula, element("p", element("code", answer.solution), class_="said"))


def _missing(missing: tuple[str, ...]) -> Markup | None:
    return element("p", f"{WORDS['missing']} {', '.join(missing)}.", class_="muted") if missing else None


def _causes(causes: list[Any]) -> Markup:
    rows = [
        [cause.at, join(_said(sentence(cause.slip, cause.at), rule_for(cause.slip))), ", ".join(cause.answers)]
        for cause in causes
    ]
    table = page.table("One slip, several numbers", ("where", "slip", "answers"), rows, (1, 2))
    return element("div", table, class_="marks")


# ---- a class -------------------------------------------------------------------------------------------------------


def _slips(report: ClassReport) -> Markup:
    if not report.slips:
        return element("p", "No slip was found.")
    most = len(report.students)
    rows = [
        [slip.name.replace("-", " "), join(page.bar(slip.students / most, bad=True), str(slip.students)),
         join(_said(slip.sentence, slip.rule)), ", ".join(slip.quantities)]
        for slip in report.slips
    ]  # fmt: skip
    table = page.table("Slips by the number of students", ("slip", "students", "what happened", "in"), rows, (2, 3))
    return element("div", table, class_="marks")


def _students(report: ClassReport) -> Markup:
    rows = [
        [page.named(student.name, 24), join(page.bar(student.marks / max(report.out_of, 1)), str(student.marks)),
         student.first_slip or "", "; ".join(student.notes)]
        for student in report.students
    ]  # fmt: skip
    return page.table(f"Marks of {report.out_of}", ("student", "marks", "first slip", "notes"), rows, (2, 3))


def _numbers(report: ClassReport) -> Markup:
    rows = [[q.name, join(page.bar(q.right / max(q.answered, 1)), str(q.right)), str(q.answered)]
            for q in report.quantities]  # fmt: skip
    return page.table("How often each number has its mark", ("quantity", "marks", "answered"), rows)


# ---- code ----------------------------------------------------------------------------------------------------------


def _lines(report: CodeReport) -> Markup:
    rows = [[line.function, line.quantity, _line(line)] for line in report.answers]
    table = page.table("Your functions, laid beside ours", ("function", "quantity", "verdict"), rows, (1, 2))
    return element("div", table, class_="marks")


def _line(line: CodeLine) -> Markup:
    from glassnet.lab.code.report import example_lines

    said = [element("p", words, class_="said") for words in line.said()]
    example = [element("p", element("code", shown), class_="said") for shown in example_lines(line)]
    folded = page.folded("The smallest input that shows it", *example) if example else None
    return join(_chip(line.verdict), said, folded)
