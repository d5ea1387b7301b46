"""The report: true numbers, nothing from outside run or loaded, and a page that browsers and phones can show."""

from __future__ import annotations

import dataclasses
import html
import json
import math
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from glassnet.errors import SettingError, ShapeError
from glassnet.plots import theme
from glassnet.training.report import ClassRow, LayerRow, Mistake, Report, render

NASTY = "<script>alert('1')</script>\"&amp;\x00\u202e" + "long " * 30


def full(names: list[Any], image: bool = True, **other: Any) -> Report:
    """A report with something in every part of it, about as many rows of each class."""
    rng = np.random.default_rng(len(names))
    C = len(names)
    counts = rng.integers(0, 4, (C, C)) + np.diag(rng.integers(30, 90, C))
    shape = (8, 8)
    report = Report(
        title="64-100-10 on the digits",
        summary=["A network learned to read digits."],
        measured_on="test rows",
        history=[
            {"epoch": k, "loss": 2 / k, "accuracy": 1 - 0.9 / k, "val_loss": 2 / min(k, 6) + 0.04 * k,
             "val_accuracy": 1 - 0.95 / k, "seconds": 0.02}
            for k in range(1, 21)
        ],
        settings=[("Training", [("optimizer", "adam"), ("learning rate", 0.001), ("shuffle", True), ("out", None)])],
        network=[LayerRow("Dense 100, relu", (100,), 6500), LayerRow("Dense 10", (10,), 1010)],
        drawn=[(64, "pixels"), (100, "relu"), (10, "softmax")],
        classes=names,
        confusion_matrix=counts,
        per_class=[ClassRow(name, 0.91, 0.92, 0.915, 50) for name in names],
        mistakes=[
            Mistake(rng.random(shape) if image else None, names[k % C], names[(k + 1) % C], 0.99 - k / 100, 7 * k)
            for k in range(30)
        ],
        weights=rng.normal(size=(64 if image else 6, 100 if image else 12)),
        image_shape=(1, *shape) if image else None,
        version="1.2.3",
    )  # fmt: skip
    return dataclasses.replace(report, **other)


def regression(**other: Any) -> Report:
    true = np.linspace(0, 300, 50)
    report = Report(
        "Prices", kind="real", r2=0.8412, predictions=(true, true + 10), targets=["price"], measured_on="test rows",
        history=[{"loss": 3.0}, {"loss": 1.0}], weights=np.eye(3), features=["a", "b", "c"],
        network=[LayerRow("Dense 3", (3,), 12), LayerRow("Dense 1", (1,), 4)],
        drawn=[(3, "inputs"), (3, "tanh"), (1, "linear")],
    )  # fmt: skip
    return dataclasses.replace(report, **other)


REPORTS = {
    "digits": full(list(range(10))),
    "two": full(["no", "yes"], image=False),
    "letters": full([chr(65 + k) for k in range(26)]),
    "hundred": full([f"class number {k} of many" for k in range(100)], image=False),
    "nasty": full([NASTY + str(k) for k in range(5)], title=NASTY, summary=[NASTY], version=NASTY),
    "colour": full(list(range(3)), weights=np.ones((192, 70)), image_shape=(3, 8, 8)),
    "one epoch": full([0, 1], history=[{"loss": 1.0, "val_loss": math.nan}]),
    "regression": regression(),
    "empty": Report(""),
}
EVERY = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())


def parsed(text: str) -> ElementTree.Element:
    """The page read as XML, which is stricter than HTML."""
    return ElementTree.fromstring(text.removeprefix("<!doctype html>"))


def words(text: str) -> str:
    return " ".join(" ".join(parsed(text).find("body").itertext()).split())  # type: ignore[union-attr]


# --- what it says ---------------------------------------------------------------------------------------------------


def test_the_top_says_how_good_it_is() -> None:
    counts = np.array([[90, 10], [5, 195]])
    said = words(render(Report("Title", classes=["cat", "dog"], confusion_matrix=counts, measured_on="test rows")))
    assert "95.0 %" in said
    assert "of 300 test rows are right; 15 are wrong." in said
    assert "always saying “dog” would reach: 66.7 %" in said


def test_many_rows_earn_a_second_decimal() -> None:
    counts = np.array([[4890, 110], [97, 4903]])
    assert "97.93 %" in words(render(Report("t", classes=[0, 1], confusion_matrix=counts)))


@pytest.mark.parametrize(
    ("counts", "said"),
    [([[5, 0], [0, 5]], "none is wrong"), ([[5, 1], [0, 5]], "1 is wrong"), ([[99999, 1], [0, 0]], "> 99.99 %")],
)
def test_a_perfect_score_is_only_for_the_perfect(counts: list[list[int]], said: str) -> None:
    text = words(render(Report("t", classes=[0, 1], confusion_matrix=np.array(counts))))
    assert said in text
    assert ("100 % of 10 held-out" in text) == (said == "none is wrong")


def test_mistakes_that_are_not_given_are_not_denied() -> None:
    wrong, right = np.array([[5, 1], [0, 5]]), np.array([[5, 0], [0, 5]])
    assert "None of the held-out rows is wrong." not in words(
        render(Report("t", classes=[0, 1], confusion_matrix=wrong))
    )
    assert "None of the held-out rows is wrong." in words(render(Report("t", classes=[0, 1], confusion_matrix=right)))


def test_no_better_than_guessing_is_shown_as_bad() -> None:
    assert 'class="score bad"' in render(Report("t", classes=[0, 1], confusion_matrix=np.array([[8, 0], [2, 0]])))
    assert 'class="score bad"' not in render(Report("t", classes=[0, 1], confusion_matrix=np.array([[8, 0], [1, 1]])))


def test_facts_of_the_training() -> None:
    said = words(render(REPORTS["digits"]))
    for fact in ("parameters 7,510", "epochs 20", "training time 400 ms", "training loss 0.1", "validation loss 1.13"):
        assert fact in said


def test_a_regression_says_r2_and_shows_its_points() -> None:
    said = words(render(regression()))
    assert "0.841 is R² on the test rows" in said
    assert "predicted against true" in said
    assert "Confusion" not in said
    assert "−0.500" in words(render(regression(r2=-0.5)))
    assert "not a number" in words(render(regression(r2=math.nan)))


def test_settings_are_written_exactly() -> None:
    values = [("a", 0.1), ("b", 1e-8), ("c", 0.30000000000000004), ("d", False), ("e", None), ("f", 100000)]
    root = parsed(render(Report("t", settings=[("Group", values)])))
    rows = {row[0].text: row[1].text for row in root.iterfind(".//details//tbody/tr")}
    assert rows == {"a": "0.1", "b": "1e-08", "c": "0.30000000000000004", "d": "no", "e": "–", "f": "100000"}


def test_the_network_is_listed_with_its_shapes() -> None:
    network = [LayerRow("Flatten", (784,), 0), LayerRow("Conv", (3, 28, 28), 1234)]
    root = parsed(render(Report("t", network=network)))
    assert [[cell.text for cell in row] for row in root.iterfind(".//tbody/tr")] == [
        ["Flatten", "784", "0"],
        ["Conv", "3 × 28 × 28", "1,234"],
    ]


def test_equal_reports_are_equal_files() -> None:
    assert render(full(list(range(10)))) == render(full(list(range(10))))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SettingError, match=r"'class'.*did you mean 'classes'"):
        render(Report("t", kind="class"))  # type: ignore[arg-type]


def test_counts_that_do_not_fit_the_classes_are_refused() -> None:
    with pytest.raises(ShapeError, match="confusion matrix"):
        render(Report("t", classes=["a"], confusion_matrix=np.eye(2, dtype=int)))


# --- what it is -----------------------------------------------------------------------------------------------------


@EVERY
def test_the_page_is_well_formed_and_loads_nothing(report: Report) -> None:
    text = render(report)
    root = parsed(text)
    assert not re.search(r"https?:", text)
    assert not list(root.iter("script"))
    loaded = [e.get(name) for e in root.iter() for name in ("src", "href", "data", "action") if e.get(name)]
    assert all(address.startswith(("data:", "#")) for address in loaded if address)
    assert not re.search(r"url\(|@import|\son\w+=", text)


@EVERY
def test_the_page_can_be_used_without_eyes_and_without_a_mouse(report: Report) -> None:
    root = parsed(render(report))
    identifiers = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(identifiers) == len(set(identifiers))
    links = [a.attrib["href"] for a in root.iter("a")]
    assert {link.removeprefix("#") for link in links} <= set(identifiers)
    assert links[0] == "#result"  # the first thing the keyboard reaches skips to the result
    assert [h.tag for h in root.iter() if h.tag in ("h1", "h2")][:1] == ["h1"]
    for picture in root.iter("svg"):
        assert picture.attrib["role"] == "img"
        assert picture.findtext("title")
        assert picture.findtext("desc")
    for image in root.iter("img"):
        assert "alt" in image.attrib
    for table in root.iter("table"):
        assert table.findtext("caption")
        assert all(th.attrib["scope"] in ("row", "col") for th in table.iter("th"))


@EVERY
def test_the_page_is_small(report: Report) -> None:
    assert len(render(report).encode()) < 250_000


def test_the_report_of_mnist_is_small_too() -> None:
    rng = np.random.default_rng(0)
    images = [Mistake(rng.integers(0, 256, (28, 28), np.uint8), 4, 9, 0.99, k) for k in range(24)]
    weights = rng.normal(size=(784, 128))
    report = full(list(range(10)), mistakes=images, weights=weights, image_shape=(1, 28, 28))
    assert len(render(report)) < 250_000


@hypothesis_settings(max_examples=20)
@given(st.lists(st.text(st.characters()), min_size=6, max_size=6))
def test_no_text_from_outside_becomes_markup(texts: list[str]) -> None:
    def page(names: list[str]) -> list[str]:
        title, group, name, layer, one, two = names
        report = full([one, two], title=title, summary=[title], settings=[(group, [(name, group)])], version=name,
                      network=[LayerRow(layer, (3,), 9)], measured_on=group, image=False)  # fmt: skip
        text = render(report)
        text.encode("utf-8")
        return [element.tag for element in parsed(text).iter() if element.tag != "title"]

    assert page(texts) == page(["plain"] * 6)


def test_everything_lost_is_still_a_report() -> None:
    lost = math.nan
    report = full(
        [0, 1],
        history=[{"epoch": 1, "loss": math.inf, "val_loss": lost, "seconds": lost}],
        per_class=[ClassRow(0, lost, lost, lost, 0)],
        mistakes=[Mistake(np.full((8, 8), lost), 0, 1, lost, 0)],
        weights=np.full((64, 9), lost),
    )
    assert "There are no numbers to draw." in render(report)


# --- in a browser ---------------------------------------------------------------------------------------------------

PHONE = 390

# The pages stand in frames of a phone's width, with their policy in force; the frame around them may run a script.
FRAMES = """<!doctype html><meta charset="utf-8"><pre id="out"></pre>{frames}<script>
addEventListener("load", () => {{
  out.textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(frame => {{
    const page = frame.contentDocument, style = frame.contentWindow.getComputedStyle(page.body);
    return {{wide: page.documentElement.scrollWidth, tall: page.documentElement.scrollHeight,
             ground: style.backgroundColor, images: [...page.images].every(i => i.naturalWidth > 0),
             title: page.title, scripts: page.scripts.length}};
  }}));
}});
</script>"""


def in_browser(browser: Path, folder: Path, pages: list[str], *, dark: bool = False) -> tuple[list[Any], str]:
    """What the browser measures of each page at a phone's width, and what it writes to its console."""
    frames = "".join(f'<iframe width="{PHONE}" height="800" srcdoc="{html.escape(page)}"></iframe>' for page in pages)
    (folder / "frames.html").write_text(FRAMES.format(frames=frames), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
               "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
               f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--dump-dom",
               f"--blink-settings=preferredColorScheme={0 if dark else 1}"]  # fmt: skip
    done = subprocess.run(
        [browser, *options, (folder / "frames.html").as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    found = re.search(r'<pre id="out">(.+?)</pre>', done.stdout)
    assert found, done.stderr[-2000:]
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    return json.loads(html.unescape(found[1])), console


def colour(name: str, palette: dict[str, str]) -> str:
    red, green, blue = (int(palette[name][i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_fits_a_phone_without_a_complaint(chromium: Path, tmp_path: Path, dark: bool) -> None:
    measured, console = in_browser(chromium, tmp_path, [render(report) for report in REPORTS.values()], dark=dark)
    assert console == ""
    for name, page in zip(REPORTS, measured, strict=True):
        assert page["wide"] <= PHONE, name
        assert page["ground"] == colour("page", theme.DARK if dark else theme.LIGHT), name
        assert page["images"], name
        assert page["scripts"] == 0, name
    assert measured[0]["tall"] > 3000


def test_the_browser_test_sees_what_it_looks_for(chromium: Path, tmp_path: Path) -> None:
    good = render(REPORTS["digits"])
    wide = good.replace("</main>", '<div style="width:900px">x</div></main>')
    scripted = good.replace("</main>", "<script>document.title = 'owned'</script></main>")
    loading = good.replace("</main>", '<img src="https://example.invalid/x.png" alt=""/></main>')
    measured, console = in_browser(chromium, tmp_path, [wide, scripted, loading])
    assert measured[0]["wide"] > PHONE
    assert measured[1]["scripts"] == 1
    assert measured[1]["title"] == "64-100-10 on the digits"  # the page's policy kept the script from running
    assert not measured[2]["images"]
    assert console.count("Content Security Policy") >= 2
