"""`glassnet train`: what it makes, what its options change, and what it refuses without touching anything."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import StorageError
from glassnet.files.store import Folder

KEYS = ["run", "model", "parameters", "seconds", "train", "test", "seed", "engine"]
SHORT = ("--layers", "8", "--epochs", "1")


@pytest.mark.parametrize("seed", [0, 7, 13])
def test_the_digits_are_learned_without_a_word(run, seed):
    """The full figure, over 20 seeds, is benchmarks/digits_seeds.py's."""
    result = run("train", "--seed", seed, "--json").json
    assert result["test"]["accuracy"] >= 0.97


def test_json_has_the_keys_of_the_contract(run, tmp_path):
    result = run("train", *SHORT, "--seed", 3, "--json").json
    assert list(result) == KEYS
    assert (result["run"], result["model"]) == ("runs/1", "runs/1/model.safetensors")
    assert result["parameters"] == 64 * 8 + 8 + 8 * 10 + 10
    assert (result["seed"], list(result["train"]), list(result["test"])) == (3, ["loss"], ["loss", "accuracy"])
    assert result["engine"] in ("reference", "native")
    assert 0 < result["seconds"] < 60


def test_what_json_says_is_what_the_files_hold(run, tmp_path):
    result = run("train", *SHORT, "--json").json
    net, (_, held_out) = gn.load(tmp_path / result["model"]), gn.data.load("digits")
    measured = net.evaluate(*held_out)
    assert result["test"] == pytest.approx(measured)
    assert net.parameters().flat.size == result["parameters"]
    assert (tmp_path / "runs/1/report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_runs_are_numbered_and_never_overwritten(run, tmp_path):
    (tmp_path / "runs" / "7").mkdir(parents=True)
    (tmp_path / "runs" / "notes").mkdir()
    assert run("train", *SHORT, "--json").json["run"] == "runs/8"
    assert not list((tmp_path / "runs" / "7").iterdir())


def test_a_folder_that_exists_is_refused_and_left_alone(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work").write_text("precious")
    ran = run("train", *SHORT, "--out", "mine")
    assert (ran.status, ran.out) == (2, "")
    assert "mine exists already" in ran.err
    assert (tmp_path / "mine" / "work").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    for folder in ("a", "b"):
        assert run("train", *SHORT, "--seed", 5, "--out", folder).status == 0
    assert run("train", *SHORT, "--seed", 6, "--out", "c").status == 0
    a, b, c = ((tmp_path / folder / "model.safetensors").read_bytes() for folder in "abc")
    assert a == b != c


def test_the_final_words_name_result_places_and_what_to_try_next(run):
    ran = run("train", *SHORT)
    for words in ("held-out rows are right", "64-8-10, 610 weights", "runs/1/report.html", "glassnet predict runs/1"):
        assert words in ran.out
    assert "Learning digits: 1,437 rows of 8x8 pixels, 10 classes; 360 rows held out" in ran.err
    assert "Epoch 1 of 1: loss" in ran.err


def test_plain_words_have_no_boxes_bars_or_colours(run):
    ran = run("train", *SHORT, "--plain")
    assert not re.search("[─│┌╭━█▀·\x1b]", ran.out + ran.err)
    assert len(re.findall(r"^Class \d: \d+ of \d+ rows right", ran.out, re.MULTILINE)) == 10


def test_a_schedule_of_the_rate(run, tmp_path):
    chosen = ["--optimizer", "lion:learning_rate=0.001", "--schedule", "cosine:steps=90"]
    assert run("train", *chosen, "--epochs", "1", "--out", "run").status == 0
    card = json.loads((tmp_path / "run/run.json").read_text())
    rate = {"name": "cosine", "learning_rate": 0.001, "steps": 90, "final": 0.0}
    assert card["optimizer"]["learning_rate"] == rate


@pytest.mark.parametrize(
    ("options", "layers", "optimizer"),
    [
        (["--layers", "9,5"], [9, 5, 10], "adam"),
        (["--layers", "none", "--optimizer", "sgd", "--learning-rate", "0.1"], [10], "gradient_descent"),
        (["--optimizer", "momentum:eta=0.5", "--layers", "4"], [4, 10], "momentum"),
    ],
)
def test_layers_and_optimizers(run, tmp_path, options, layers, optimizer):
    assert run("train", "--epochs", 1, *options, "--out", "run").status == 0
    assert [layer.units for layer in gn.load(tmp_path / "run/model.safetensors").layers] == layers
    assert f'"name": "{optimizer}"' in (tmp_path / "run/run.json").read_text()


def test_every_other_setting_reaches_the_training(run, tmp_path):
    options = "--activation leaky_relu:slope=0.3 --init uniform:low=-0.5,high=0.5 --loss categorical_crossentropy"
    options += " --updates 3 --batch-size full --dtype float64 --seed 11 --engine reference --learning-rate 0.25"
    assert run("train", "--layers", 4, *options.split(), "--out", "run").status == 0
    card, net = (tmp_path / "run/run.json").read_text(), gn.load(tmp_path / "run/model.safetensors")
    hidden = net.layers[0]
    assert (hidden.activation.settings, hidden.initializer.settings) == ({"slope": 0.3}, {"low": -0.5, "high": 0.5})
    assert (net.loss.name, net.dtype) == ("categorical_crossentropy", "float64")
    for line in ('"last_step": 3', '"batch_size": 1437', '"seed": 11', '"learning_rate": 0.25'):
        assert line in card


@pytest.mark.parametrize("text", ["gelu:approximate=true", "prelu:start=0.1,shared=true"])
def test_names_without_a_kernel_train_on_the_reference_engine_which_says_so_once(run, tmp_path, text):
    ran = run("train", "--layers", "4,4", "--activation", text, "--updates", 2, "--out", "run")
    assert ran.status == 0
    assert ran.err.count("The reference engine runs") <= 1  # none where no native engine was built
    layers = gn.load(tmp_path / "run/model.safetensors").layers
    shown = ["Dense(4, activation=gelu)", "PReLU(0.1, shared=True)"]
    assert repr(layers[0]) == shown[0] or repr(layers[1]) == shown[1]


@pytest.mark.parametrize("loss", ["poisson", "gaussian_nll", "quantile:tau=0.9", "log_cosh"])
def test_losses_of_numbers_train_on_a_table(run, tmp_path, loss):
    rng = np.random.default_rng(0)
    table = "\n".join(f"{a:.3f},{b:.3f},{abs(3 * a + b) + 0.5:.3f}" for a, b in rng.normal(size=(60, 2)))
    (tmp_path / "numbers.csv").write_text(f"a,b,y\n{table}\n")
    ran = run(
        "train",
        "--data",
        "numbers.csv",
        "--loss",
        loss,
        "--layers",
        "8",
        "--updates",
        300,
        "--learning-rate",
        0.02,
        "--json",
    )
    assert ran.status == 0
    assert ran.json["test"]["r2"] > (-1 if "quantile" in loss else 0.2)


@pytest.mark.parametrize("loss", ["categorical_hinge", "sparse_categorical_crossentropy:label_smoothing=0.1"])
def test_losses_of_classes_train_on_the_digits(run, loss):
    ran = run("train", "--loss", loss, "--layers", "none", "--updates", 60, "--json")
    assert ran.status == 0
    assert ran.json["test"]["accuracy"] > 0.5


def test_scale_reaches_the_model(run, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "pictures.npz", X=rng.integers(0, 256, (20, 4, 4), np.uint8), y=np.arange(20) % 2)
    assert run("train", "--data", "pictures.npz", "--scale", "symmetric", *SHORT, "--out", "run").status == 0
    assert gn.load(tmp_path / "run/model.safetensors").scale == "symmetric"


def test_a_table_is_standardised_inside_the_model(flowers_run):
    net = gn.load(flowers_run / "model.safetensors")
    rescale = net.layers[0]
    assert isinstance(rescale, gn.Rescale)
    assert rescale.factor[2:] == (1.0, 1.0)  # blue or red: 0 and 1 as they are
    assert rescale.factor[0] > 50
    assert rescale.factor[1] < 0.001
    assert [column["name"] for column in net.about["columns"]] == ["petal in m", "weight in mg", "colour"]


def test_numbers_are_met_in_their_own_size(run, prices_csv):
    result = run("train", "--data", prices_csv, "--json").json
    assert list(result["test"]) == ["loss", "r2"]
    assert result["test"]["r2"] > 0.95


def test_target_and_split(run, flowers_csv):
    result = run("train", "--data", flowers_csv, "--target", "colour", "--split", "30", "--epochs", 1, "--json")
    assert "60 rows of 5 columns, 2 classes; 30 rows held out" in result.err
    assert list(result.json["test"]) == ["loss", "accuracy"]
    nothing = run("train", "--data", flowers_csv, "--split", "0", "--epochs", 1, "--json").json
    assert nothing["test"] is None


def test_binary_losses_have_one_output(run, flowers_csv, tmp_path):
    for loss in ("binary_crossentropy", "hinge"):
        options = ("--target", "colour", "--loss", loss, "--epochs", 20, "--out", loss)
        assert run("train", "--data", flowers_csv, *options, "--json").json["test"]["accuracy"] == 1
        assert gn.load(tmp_path / loss / "model.safetensors").layers[-1].units == 1


def test_mnist_by_its_folder(run, mnist_dir, monkeypatch):
    monkeypatch.delenv("GLASSNET_DATA")
    result = run("train", "--data", "mnist", "--data-dir", mnist_dir, "--json").json
    assert result["test"]["accuracy"] >= 0.975


def test_lost_numbers_end_with_status_1_and_the_last_good_weights(run, tmp_path):
    ran = run("train", "--optimizer", "sgd", "--learning-rate", "1e30", "--out", "run", "--json")
    assert ran.status == 1
    assert re.search(r"step \d+ .*layer \d .*The run is kept in run\.$", ran.json["error"])
    assert np.isfinite(gn.load(tmp_path / "run/model.safetensors").parameters().flat).all()


REFUSED = [
    ("--epochs 0", "epochs must be a whole number of at least 1"),
    ("--epochs x", "'--epochs': 'x' is not a valid int"),
    ("--epochs 2 --updates 3", "give one of them"),
    ("--updates 0", "updates must be"),
    ("--batch-size 0", "--batch-size is a whole number of at least 1, or full; given '0'"),
    ("--batch-size half", "--batch-size"),
    ("--layers 8,0", "--layers takes the widths"),
    ("--layers 8,x", "--layers takes the widths"),
    ("--activation rellu", "did you mean 'relu'"),
    ("--activation leaky_relu:slop=2", "did you mean 'slope'"),
    ("--activation prelu:shred=true", "did you mean 'shared'"),
    ("--init he_norml", "did you mean 'he_normal'"),
    ("--init uniform:low=a", "'low=a' sets no number"),
    ("--loss sparse_crossentropy", "There is no loss"),
    ("--loss mse", "digits has classes, and mse measures numbers"),
    ("--loss hinge", "tells two classes apart, and digits has 10"),
    ("--optimizer adm", "did you mean 'adam'"),
    ("--optimizer sgd:eta=1", "There is no setting"),
    ("--schedule cosin:steps=9", "did you mean 'cosine'"),
    ("--schedule cosine", "The schedule cosine needs 'steps'"),
    ("--learning-rate -1", "not negative"),
    ("--learning-rate nan", "finite"),
    ("--dtype float16", "float32"),
    ("--seed -1", "from 0 to 2^64 - 1"),
    ("--engine fast", "There is no engine 'fast'"),
    ("--scale half", "There is no scale"),
    ("--data minst", "did you mean 'mnist'"),
    ("--data no.csv", "There is no file 'no.csv'"),
    ("--data-dir .", "a folder of data is for mnist"),
    ("--data mnist --data-dir no", "There is no folder 'no'"),
    ("--target x", "'target' is for files"),
    ("--split 0.2", "'split' is for files"),
    ("--data table.csv --split nan", "A split of nan"),
    ("--data table.csv --split 1000", "A split of 1000"),
    ("--data table.csv --target kin", "did you mean 'kind'"),
    ("--data table.csv --loss mse", "cannot be met as numbers"),
    ("--data one-class.csv", "nothing to tell apart"),
    ("--data nan.csv", "line 3, column 'a' is 'nan'"),
    ("--data ragged.csv", "line 3: 3 cells"),
    ("--data empty.csv", "is empty"),
    ("--data cut.gz", "cut short"),
    ("--data pickled.npy", "pickle"),
    ("--out table.csv", "exists already"),
    ("--out table.csv/run", "cannot be made"),
]


@pytest.mark.parametrize(("options", "says"), REFUSED, ids=[options for options, _ in REFUSED])
def test_what_cannot_be_used_is_one_sentence_and_leaves_nothing(run, tmp_path, options, says):
    (tmp_path / "table.csv").write_text("a,kind\n" + "1,x\n2,y\n" * 10)
    (tmp_path / "one-class.csv").write_text("a,kind\n1,x\n2,x\n")
    (tmp_path / "nan.csv").write_text("a,kind\n1,x\nnan,y\n")
    (tmp_path / "ragged.csv").write_text("a,kind\n1,x\n2,y,3\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00")
    np.save(tmp_path / "pickled.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = run("train", *options.split())
    assert (ran.status, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.startswith("glassnet: ")
    assert ran.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_ctrl_c_keeps_what_was_learned_and_says_130(process, tmp_path):
    child = process("train", "--epochs", 10**6, "--out", "run", "--json")
    wait_for(lambda: "epoch" in journal(tmp_path))
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert '"accuracy"' in out
    assert "Interrupted: what was learned until then is kept." in err
    assert gn.load(tmp_path / "run/model.safetensors").predict(np.zeros((1, 64))).shape == (1,)
    assert '"interrupt"' in journal(tmp_path)


def journal(folder) -> str:
    path = folder / "run/history.jsonl"
    return path.read_text() if path.exists() else ""


def wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_whose_disk_fails_is_kept_in_another_place(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends with the command, so the command itself finds the other place, and names it."""
    real = Folder.put

    def full(folder: Folder, name: str, pieces: Any) -> None:
        if folder.path.name == "mine" and name == "report.html":
            raise StorageError(f"{folder.path} could not be written: the disk is full.")
        real(folder, name, pieces)

    monkeypatch.setattr(Folder, "put", full)
    ran = run("train", "--epochs", "2", "--out", "mine")
    assert ran.status == 1
    assert "the disk is full. The training is done and kept in" in ran.err
    (elsewhere,) = tmp_path.glob("mine-*")
    assert str(elsewhere) in " ".join(ran.err.split())
    assert gn.load_run(elsewhere).verify()
