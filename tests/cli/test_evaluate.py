"""`glassnet evaluate`: on what the run held out, on a source by name, on a file as a whole."""

from __future__ import annotations

import json

import numpy as np
import pytest

import glassnet as gn


def test_a_run_is_measured_on_what_it_held_out(run, digits_run):
    net, (_, (X, y)) = gn.load(digits_run / "model.safetensors"), gn.data.load("digits")
    result = run("evaluate", digits_run, "--json").json
    assert list(result) == ["loss", "accuracy", "confusion_matrix", "per_class"]
    assert {"loss": result["loss"], "accuracy": result["accuracy"]} == pytest.approx(net.evaluate(X, y))
    matrix, predicted = np.array(result["confusion_matrix"]), net.predict(X)
    assert (matrix.shape, matrix.sum(), np.trace(matrix)) == ((10, 10), 360, (predicted == y).sum())
    assert matrix[8, 1] == ((y == 8) & (predicted == 1)).sum()  # rows are the true classes
    assert [entry["label"] for entry in result["per_class"]] == list(range(10))
    assert result["per_class"][8]["recall"] == pytest.approx(matrix[8, 8] / matrix[8].sum())
    assert result["per_class"][8]["precision"] == pytest.approx(matrix[8, 8] / matrix[:, 8].sum())


def test_the_model_alone_knows_a_source_that_has_a_name(run, digits_run):
    model, folder = run("evaluate", digits_run / "model.safetensors", "--json"), run("evaluate", digits_run, "--json")
    assert model.json == folder.json


def test_a_run_on_a_file_keeps_what_it_held_out(run, flowers_run, flowers_csv):
    """Also where the file is gone: the run has its data with it."""
    result = run("evaluate", flowers_run, "--json").json
    assert np.array(result["confusion_matrix"]).sum() == 18
    assert [entry["label"] for entry in result["per_class"]] == ["iris", "rose", "tulip"]
    assert result["accuracy"] >= 0.9


def test_a_file_is_measured_as_a_whole(run, flowers_run, flowers_csv, tmp_path):
    result = run("evaluate", flowers_run / "model.safetensors", "--data", flowers_csv, "--json").json
    assert np.array(result["confusion_matrix"]).sum() == 90
    header, *rows = flowers_csv.read_text().splitlines()
    names = header.split(",")
    turned = [",".join(reversed(line.split(","))) for line in [header, *rows[:10]]]
    (tmp_path / "turned.csv").write_text("\n".join(turned))
    assert names[0] == "petal in m"
    measured = run("evaluate", flowers_run, "--data", "turned.csv", "--json").json
    assert np.array(measured["confusion_matrix"]).sum() == 10  # columns are found by name, in any order
    assert measured["accuracy"] == 1


def test_numbers_have_r2_and_no_classes(run, prices_run, prices_csv):
    result = run("evaluate", prices_run, "--data", prices_csv, "--json").json
    assert list(result) == ["loss", "accuracy", "r2", "confusion_matrix", "per_class"]
    assert (result["accuracy"], result["confusion_matrix"], result["per_class"]) == (None, None, None)
    assert result["r2"] > 0.95
    assert "R² is 0.9" in run("evaluate", prices_run).out


def test_mnist_by_its_folder(run, mnist_dir, tmp_path, monkeypatch):
    monkeypatch.delenv("GLASSNET_DATA")
    (X, y), _ = gn.data.load("mnist", mnist_dir)
    net = gn.Network([gn.Dense(10)])
    net.fit(X[:5000], y[:5000], epochs=2)
    net.save(tmp_path / "model.safetensors")
    result = run("evaluate", "model.safetensors", "--data", "mnist", "--data-dir", mnist_dir, "--json").json
    assert np.array(result["confusion_matrix"]).sum() == 10_000
    assert result["accuracy"] > 0.85


def test_the_terminal_shows_result_classes_and_matrix(run, digits_run):
    out = run("evaluate", digits_run).out
    assert "of 360 held-out rows of digits are right" in out
    assert "precision" in out
    assert "True class down, predicted class across" in out


def test_a_narrow_terminal_gets_the_matrix_as_sentences(run, digits_run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "32")
    out = run("evaluate", digits_run).out
    assert "Class 3: " in out
    assert "predicted class across" not in out


def test_plain_is_sentences(run, digits_run):
    out = run("evaluate", digits_run, "--plain").out
    assert len(out.splitlines()) == 12
    assert all(line.endswith(".") for line in out.splitlines())


def test_nothing_held_out_is_said(run, flowers_csv):
    assert run("train", "--data", flowers_csv, "--split", 0, "--epochs", 1, "--out", "run").status == 0
    ran = run("evaluate", "run")
    assert (ran.status, ran.out) == (2, "")
    assert "held nothing out" in ran.err


def test_what_cannot_be_used_is_one_sentence(run, tmp_path, digits_run, flowers_run, flowers_csv):
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 100)
    (tmp_path / "folder").mkdir()
    (tmp_path / "no-target.csv").write_text("petal in m,weight in mg,colour\n0.01,100,red\n")
    (tmp_path / "other.csv").write_text("height,kind\n1,rose\n")
    (tmp_path / "new-word.csv").write_text("petal in m,weight in mg,colour,kind\n0.01,100,green,rose\n")
    for arguments, says in [
        (["nothing"], "There is no file"),
        (["folder"], "is not the folder of a run"),
        (["junk.safetensors"], "is not a model file"),
        ([digits_run, "--data", "minst"], "did you mean 'mnist'"),
        ([digits_run, "--data", "no.csv"], "There is no file 'no.csv'"),
        ([flowers_run, "--data-dir", "."], "--data-dir is the folder of mnist"),
        ([flowers_run / "model.safetensors"], "was trained on flowers.csv, which is not kept with it"),
        ([flowers_run, "--data", "no-target.csv"], "no column with the targets"),
        ([flowers_run, "--data", "other.csv"], "has no column 'petal in m'"),
        ([flowers_run, "--data", "new-word.csv"], "'green', a word that is none of the 2 known ones"),
        ([flowers_run, "--data", "digits"], "which is not among the classes"),
        ([digits_run, "--data", flowers_csv], "'iris', which is not among the classes 0, 1"),
    ]:
        ran = run("evaluate", *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert says in ran.err
        assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "about",
    [
        {"columns": [{"name": 3}]},
        {"columns": [{"name": "a", "categories": [1], "pixels": False}]},
        {"columns": "many"},
        {"source": "moon"},
        {"source": ["mnist"]},
        {"target": {}},
    ],
)
def test_forged_notes_are_refused(run, digits_run, tmp_path, about):
    """A model may come from anybody, who may have written anything into it."""
    data = (digits_run / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["__metadata__"]["about"] = json.dumps(about)
    forged = json.dumps(header).encode()
    forged += b" " * (-len(forged) % 8)
    (tmp_path / "forged.safetensors").write_bytes(len(forged).to_bytes(8, "little") + forged + data[8 + size :])
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    for arguments in (["evaluate", "forged.safetensors"], ["predict", "forged.safetensors", "rows.csv"]):
        ran = run(*arguments)
        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert "The model's notes" in ran.err
