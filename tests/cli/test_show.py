"""`glassnet show`: files for a lecture."""

from __future__ import annotations

from pathlib import Path

import pytest

import glassnet as gn


def test_activations(run, tmp_path: Path) -> None:
    done = run("show", "activations", "--out", "pictures", "--json")
    assert done.status == 0, done.err
    files = [tmp_path / name for name in done.json["files"]]
    assert files[0].name == "activations.html"
    assert [path.suffix for path in files[1:]] == [".svg"] * 3
    assert all(path.stat().st_size > 2000 for path in files)
    assert files[1].read_text(encoding="utf-8").startswith("<svg xmlns=")


def test_losses_in_other_formats(run, tmp_path: Path) -> None:
    done = run("show", "losses", "--format", "markdown,latex,json")
    assert [path.name for path in sorted((tmp_path / "show").iterdir())] == ["losses.json", "losses.md", "losses.tex"]
    assert "0.10536052" in done.out
    assert "0.10536052" in (tmp_path / "show" / "losses.md").read_text(encoding="utf-8")
    assert "\x1b" not in run("show", "losses", "--plain").out


def test_the_boundaries_of_a_network(run, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("a,b,class\n0,0,no\n0,1,yes\n1,0,yes\n1,1,no\n")
    net = gn.Network([gn.Dense(3, activation="tanh"), gn.Dense(2)])
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"], epochs=2)
    net.save(tmp_path / "net.safetensors")
    done = run("show", "boundary", "--model", "net.safetensors", "--data", "points.csv", "--json")
    assert done.status == 0, done.err
    assert len(done.json["files"]) == 1 + 3 + 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("activation",), "did you mean 'activations'"),
        (("losses", "--format", "pdf"), "There is no format 'pdf'"),
        (("losses", "--model", "x"), "--model and --data are for boundary"),
        (("boundary", "--data", "x.csv"), "name one"),
        (("boundary", "--model", "none.safetensors"), "none.safetensors"),
    ],
)
def test_what_cannot_be_shown(run, arguments: tuple[str, ...], said: str) -> None:
    done = run("show", *arguments)
    assert (done.status, said in done.err) == (2, True), done.err
