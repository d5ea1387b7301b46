"""`glassnet predict`: digits that somebody drew, and rows of tables, with and without their targets."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import glassnet as gn

# Digits as a pen draws them: points in a box of 1 x 1, from the upper left.
STROKES = {
    0: [[(0.5, 0), (0.1, 0.2), (0, 0.5), (0.1, 0.8), (0.5, 1), (0.9, 0.8), (1, 0.5), (0.9, 0.2), (0.5, 0)]],
    1: [[(0.25, 0.25), (0.55, 0), (0.55, 1)]],
    2: [[(0, 0.25), (0.15, 0.05), (0.5, 0), (0.85, 0.08), (0.95, 0.3), (0.7, 0.6), (0.05, 1), (1, 1)]],
    3: [
        [(0.05, 0.1), (0.4, 0), (0.85, 0.1), (0.9, 0.3), (0.45, 0.47), (0.9, 0.65), (0.9, 0.85), (0.5, 1), (0.05, 0.9)]
    ],
    4: [[(0.65, 0), (0, 0.65), (1, 0.65)], [(0.72, 0.3), (0.72, 1)]],
    5: [[(0.9, 0), (0.2, 0), (0.1, 0.45), (0.55, 0.4), (0.9, 0.6), (0.85, 0.9), (0.45, 1), (0.05, 0.9)]],
    6: [
        [(0.75, 0), (0.3, 0.25), (0.05, 0.65), (0.2, 0.95), (0.6, 1), (0.9, 0.8), (0.75, 0.6), (0.35, 0.6), (0.1, 0.75)]
    ],
    7: [[(0, 0), (1, 0), (0.4, 1)]],
    8: [
        [(0.5, 0.47), (0.1, 0.25), (0.3, 0), (0.7, 0), (0.9, 0.25), (0.5, 0.47)],
        [(0.5, 0.47), (0.08, 0.75), (0.25, 1), (0.75, 1), (0.92, 0.75), (0.5, 0.47)],
    ],
    9: [[(0.9, 0.3), (0.6, 0.45), (0.2, 0.4), (0.1, 0.2), (0.35, 0), (0.75, 0.05), (0.92, 0.3), (0.85, 0.7), (0.7, 1)]],
}


def drawn(digit: int, *, height: int = 200, pen: float = 0.1, paper: int = 245, ink: int = 30) -> Image.Image:
    """A digit of this height somewhere on a larger sheet; `pen` is the breadth of its strokes by its height."""
    sheet = Image.new("L", (int(1.5 * height), 2 * height), paper)
    draw, radius = ImageDraw.Draw(sheet), pen * height / 2
    for stroke in STROKES[digit]:
        points = [(0.3 * height + 0.6 * height * x, 0.4 * height + height * y) for x, y in stroke]
        draw.line(points, ink, round(2 * radius), joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], ink)
    return sheet


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Each digit twice: dark on light, and smaller, thicker and light on dark."""
    paths = []
    for digit in range(10):
        drawn(digit).save(tmp_path / f"{digit}-dark.png")
        drawn(digit, height=90, pen=0.14, paper=10, ink=230).save(tmp_path / f"{digit}-light.png")
        paths += [tmp_path / f"{digit}-dark.png", tmp_path / f"{digit}-light.png"]
    return paths


def right(predictions: list[dict]) -> int:
    return sum(entry["label"] == int(Path(entry["source"]).name[0]) for entry in predictions)


def test_drawn_digits_are_read_by_the_small_network(run, digits_run, pictures):
    """Of 8x8 pixels and 13 writers, it misses some that the larger one reads."""
    assert right(run("predict", digits_run, *pictures, "--json").json["predictions"]) >= 16


def test_drawn_digits_are_read_by_a_network_for_mnist(run, mnist_dir, pictures, tmp_path):
    (X, y), _ = gn.data.load("mnist", mnist_dir)
    net = gn.Network([gn.Dense(64, activation="relu"), gn.Dense(10)])
    net.fit(X, y, epochs=2, batch_size=128)
    net.save(tmp_path / "model.safetensors")
    assert right(run("predict", "model.safetensors", *pictures, "--json").json["predictions"]) >= 19


def test_json_has_the_keys_of_the_contract(run, digits_run, pictures):
    result = run("predict", digits_run, pictures[0], "--json").json
    (entry,) = result["predictions"]
    assert list(entry) == ["source", "label", "probability", "probabilities"]
    assert entry["source"] == str(pictures[0])
    assert entry["label"] == 0
    assert entry["probability"] == max(entry["probabilities"])
    assert sum(entry["probabilities"]) == pytest.approx(1)
    assert len(entry["probabilities"]) == len(result["classes"]) == 10


def test_other_formats_need_no_name(run, digits_run, tmp_path):
    """What a file is decides how it is read, not how it is called."""
    picture = drawn(3)
    picture.convert("RGB").save(tmp_path / "photo.jpeg", quality=80)
    picture.save(tmp_path / "picture.pgm", "PPM")
    picture.save(tmp_path / "picture", "PNG")
    labels = [
        entry["label"]
        for entry in run("predict", digits_run, "photo.jpeg", "picture.pgm", "picture", "--json").json["predictions"]
    ]
    assert labels == [3, 3, 3]


def test_one_picture_is_shown_with_all_its_probabilities(run, digits_run, pictures):
    out = run("predict", digits_run, pictures[0].name).out
    assert re.search(r"0-dark\.png: 0 \([>\xa0\d.]+%\); next", out)
    assert len(re.findall(r"^ \d +█* +[<>\xa0\d.]+%", out, re.MULTILINE)) == 10


def test_several_pictures_are_a_table_and_plain_ones_sentences(run, digits_run, pictures):
    assert "probability" in run("predict", digits_run, *pictures[:3]).out
    lines = run("predict", digits_run, *pictures[:3], "--plain").out.splitlines()
    assert len(lines) == 3
    assert all(re.search(r"\.png: \d \(.*%\); next \d \(.*%\), \d \(.*%\)\.$", line) for line in lines)


def test_the_centring_is_shown_told_and_given(run, digits_run, pictures):
    ran = run("predict", digits_run, pictures[1], "--show-centring")
    assert "in 8x8" in ran.out
    assert "▀" * 20 in ran.out
    told = run("predict", digits_run, pictures[1], "--show-centring", "--plain").out
    assert "Drawn light on dark; the digit was found in rows 2" in told
    assert "▀" not in told
    given = run("predict", digits_run, pictures[1], "--show-centring", "--json").json["predictions"][0]["centring"]
    assert given["light_on_dark"] is True
    assert np.array(given["result"]).shape == (8, 8)
    (top, bottom), (left, right) = given["box"]
    assert abs(top - 0.4 * 90) < 10
    assert abs(bottom - 1.4 * 90) < 10
    assert right - left < bottom - top


def test_rows_of_a_table_with_and_without_the_target(run, flowers_run, flowers_csv, tmp_path):
    header, *rows = flowers_csv.read_text().splitlines()
    (tmp_path / "without.csv").write_text("\n".join(line.rpartition(",")[0] for line in [header, *rows[:6]]))
    with_target = run("predict", flowers_run, flowers_csv, "--json").json["predictions"]
    without = run("predict", flowers_run, "without.csv", "--json").json["predictions"]
    assert [entry["label"] for entry in without] == ["iris", "rose", "tulip"] * 2
    one, other = ([entry["probabilities"] for entry in entries] for entries in (without, with_target[:6]))
    np.testing.assert_allclose(one, other, rtol=1e-5)  # NumPy's product rounds by the number of rows
    assert without[1]["source"] == "without.csv, row 2"


def test_numbers_have_no_probabilities(run, prices_run, prices_csv):
    entry = run("predict", prices_run, prices_csv, "--json").json["predictions"][0]
    assert entry["label"] == pytest.approx(float(prices_csv.read_text().splitlines()[1].split(",")[-1]), rel=0.2)
    assert (entry["probability"], entry["probabilities"]) == (None, None)
    assert re.search(r"row 1: \d{3},\d{3}\.", run("predict", prices_run, prices_csv, "--plain").out)


def test_labels_without_probabilities(run, tmp_path, flowers_csv):
    """A hinge gives scores, which are no probabilities."""
    options = ("--target", "colour", "--loss", "hinge", "--epochs", 5, "--out", "run")
    assert run("train", "--data", flowers_csv, *options).status == 0
    entry = run("predict", "run", flowers_csv, "--json").json["predictions"][0]
    assert (entry["label"], entry["probability"], entry["probabilities"]) == ("blue", None, None)
    assert "blue" in run("predict", "run", flowers_csv).out


def test_arrays_with_and_without_the_target(run, tmp_path):
    rows = np.column_stack([np.linspace(-1, 1, 40), np.zeros(40), np.linspace(-1, 1, 40) > 0]).astype(float)
    np.save(tmp_path / "all.npy", rows)
    np.save(tmp_path / "rows.npy", rows[:, :2])
    np.save(tmp_path / "one.npy", rows[0, :2])
    assert run("train", "--data", "all.npy", "--epochs", 60, "--out", "run").status == 0
    labels = {
        name: [entry["label"] for entry in run("predict", "run", name, "--json").json["predictions"]]
        for name in ("all.npy", "rows.npy", "one.npy")
    }
    assert labels["all.npy"] == labels["rows.npy"]
    assert (len(labels["rows.npy"]), len(labels["one.npy"])) == (40, 1)


def test_what_cannot_be_used_is_one_sentence(run, tmp_path, digits_run, flowers_run, pictures):
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (tmp_path / "folder").mkdir()
    (tmp_path / "short.csv").write_text("a,b\n1,2\n")
    np.save(tmp_path / "short.npy", np.zeros((3, 4)))
    for arguments, says in [
        ([digits_run, "empty.png"], "holds no drawing"),
        ([digits_run, "broken.png"], "is not a picture"),
        ([digits_run, "no.png"], "There is no file 'no.png'"),
        ([digits_run, "folder"], "is a folder"),
        ([digits_run, "short.csv"], "this network takes 64"),
        ([digits_run, "short.npy"], "this network takes 64"),
        ([flowers_run, pictures[0]], "does not read pictures of digits but rows of 4 numbers"),
        ([flowers_run, "short.csv"], "has no column 'petal in m'"),
        (["no-run", pictures[0]], "There is no file"),
        ([digits_run, pictures[0], "empty.png"], "holds no drawing"),  # all or nothing
    ]:
        ran = run("predict", *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert says in ran.err
        assert ran.err.count("\n") == 1


def test_rows_have_no_centring(run, flowers_run, flowers_csv):
    ran = run("predict", flowers_run, flowers_csv, "--show-centring")
    assert (ran.status, ran.out) == (2, "")
    assert "--show-centring is for pictures" in ran.err
