"""The pages that people read first: their links lead somewhere, and their code and commands run as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code of one language, top to bottom; a block in a list is indented."""
    fenced = rf"^( *)```{language}\n(.*?)^\1```"
    found = re.findall(fenced, page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(code) for _, code in found]


def commands(page: Path) -> list[str]:
    """What is typed after `$ ` in the console blocks; a line that ends with a backslash goes on."""
    text = "\n".join(blocks(page, "console")).replace("\\\n", " ")
    return [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name)
def test_the_code_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page are one program, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    program = "\n".join(blocks(page, "python"))
    exec(compile(program, name(page), "exec", dont_inherit=True), {"__name__": "page"})


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name)
def test_the_commands_run(page: Path, tmp_path: Path) -> None:
    """In order, in an empty folder that has the project's examples in it."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for command in commands(page):
        program, *arguments = shlex.split(command, comments=True)
        assert program == "glassnet", f"{command}: only glassnet's own commands stand in console blocks"
        done = subprocess.run(
            [sys.executable, "-m", "glassnet", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_the_readme_shows_both() -> None:
    assert blocks(ROOT / "README.md", "python")
    assert commands(ROOT / "README.md")
