"""Markdown, terminal, pictures and files of a step."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from glassnet.errors import GlassnetError
from glassnet.lab.show import FORMATS, terminal
from glassnet.lab.trace import Trace

SVG = "{http://www.w3.org/2000/svg}"


def test_markdown_has_every_quantity_in_its_part(each: Trace) -> None:
    text = each.markdown()
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["## What is given", "## Forward", "## The loss", "## Backward", "## Update"]
    for name in each:
        assert f"\n| {name} | " in text


def test_the_terminal_draws_small_arrays_as_matrices(batch: Trace) -> None:
    out = StringIO()
    Console(file=out, width=100, color_system=None).print(terminal.step(batch))
    lines = out.getvalue().splitlines()
    assert "One step of training on 2 examples" in lines
    first = next(i for i, line in enumerate(lines) if line.strip().startswith("X "))
    assert len(lines[first].split("given")[1].split()) == len(lines[first + 1].split()) == 3


def test_a_number_on_the_terminal(wide: Trace) -> None:
    out = StringIO()
    Console(file=out, width=100, color_system=None).print(terminal.explained(wide.explain("Z1[0,7]")))
    assert "the other 775 terms together, exactly" in out.getvalue()


def test_a_small_network_shows_every_number(slide: Trace) -> None:
    texts = [" ".join(text.itertext()) for text in ElementTree.fromstring(slide.svg()).iter(f"{SVG}text")]
    assert "W 1  0.15" in texts
    assert "dW 2  0.05704" in texts
    assert {"0.1", "0.6023", "0.7091", "0.1054"} <= set(texts)


def test_a_wide_network_shows_heat_maps(wide: Trace) -> None:
    root = ElementTree.fromstring(wide.svg())
    assert len(list(root.iter(f"{SVG}image"))) == 10
    assert len(wide.svg()) < 200_000
    assert root.find(f"{SVG}title") is not None


@pytest.mark.parametrize("ending", [ending for ending, _ in FORMATS.values()])
def test_it_is_saved_by_its_ending(slide: Trace, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"step{ending}"
    slide.save(path)
    text = path.read_text(encoding="utf-8")
    if ending == ".json":
        quantities = json.loads(text)["quantities"]
        assert quantities["dW2"]["value"] == slide["dW2"].value.tolist()
    assert len(text) > 1000


def test_another_ending_is_refused(slide: Trace, tmp_path: Path) -> None:
    with pytest.raises(GlassnetError, match="ends in none of these"):
        slide.save(tmp_path / "step.pdf")
