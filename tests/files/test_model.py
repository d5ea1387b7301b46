"""Model files: forged and foreign ones are refused in one sentence, whatever part of them is wrong."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from glassnet.data.reader import ByteReader
from glassnet.errors import DataError, MissingFileError, SettingError
from glassnet.files.model import Model, parse_model, read_model, write_model
from glassnet.layers import Activation, Dense, Dropout, Flatten
from glassnet.layers.specification import Specification
from glassnet.maths.activations import leaky_relu
from glassnet.maths.losses import huber, sparse_categorical_crossentropy

LAYERS = (Flatten(), Dense(3, activation="relu", bias=False), Dropout(0.5), Dense(2), Activation("softmax"))
TARGETS = {"kind": "classes", "outputs": 2, "classes": ("no", "yes"), "flat": True}


def model(**changes: Any) -> Model:
    specification = Specification(LAYERS, (2, 2))
    parts = {"loss": sparse_categorical_crossentropy, "targets": TARGETS, "scale": "unit", "about": {"columns": ["a"]}}
    return Model(specification, specification.start(1, np.float32), **(parts | changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "model.safetensors"
    write_model(file, model())
    return file


def forge(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Rewrites a model file with its arrays and (decoded) texts changed."""
    arrays = safetensors.numpy.load_file(path)
    with safetensors.safe_open(path, "numpy") as file:
        texts = {k: json.loads(v) if v.startswith("{") else v for k, v in file.metadata().items()}
    change(arrays, texts)
    written = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in texts.items()}
    path.write_bytes(safetensors.numpy.save(arrays, written))


def test_a_model_comes_back(path: Path) -> None:
    back = read_model(path)
    assert back.specification == model().specification
    assert back.parameters.flat.tobytes() == model().parameters.flat.tobytes()
    assert (back.loss, back.targets, back.scale) == (sparse_categorical_crossentropy, TARGETS, "unit")
    assert (back.progress, back.about) == ({"epoch": 0, "step": 0}, {"columns": ["a"]})


def test_equal_models_are_equal_files(path: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "again", model())
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_arrays_have_the_names_and_shapes_that_were_promised(path: Path) -> None:
    arrays = safetensors.numpy.load_file(path)
    assert {name: array.shape for name, array in arrays.items()} == {
        "layers.1.weight": (4, 3),
        "layers.3.weight": (3, 2),
        "layers.3.bias": (2,),
    }


@pytest.mark.parametrize("loss", [None, huber, huber.configured(delta=2.5)])
def test_losses_come_back_with_their_settings(tmp_path: Path, loss: Any) -> None:
    write_model(tmp_path / "model", model(loss=loss, targets=None))
    assert read_model(tmp_path / "model").loss == loss


def test_activations_come_back_with_their_settings(tmp_path: Path) -> None:
    specification = Specification((Dense(2, activation=leaky_relu.configured(slope=0.3)),), (3,))
    write_model(tmp_path / "model", Model(specification, specification.start(0, np.float64)))
    assert read_model(tmp_path / "model").specification == specification


@pytest.mark.parametrize("labels", [(0, 1), (0.5, 1.5), (False, True), ("ä", "\udcff"), (-(2**62), 2**62)])
def test_labels_keep_their_type(tmp_path: Path, labels: tuple[Any, ...]) -> None:
    write_model(tmp_path / "model", model(targets=TARGETS | {"classes": labels}))
    back = read_model(tmp_path / "model").targets
    assert back is not None
    assert back["classes"] == labels
    assert [type(label) for label in back["classes"]] == [type(label) for label in labels]


def test_weights_that_are_not_finite_come_back_too(path: Path) -> None:
    odd = model()
    odd.parameters["W1"][0] = np.nan, np.inf, -np.inf
    write_model(path, odd)
    assert read_model(path).parameters.flat.tobytes() == odd.parameters.flat.tobytes()


def test_a_loss_of_ones_own_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    class Mine:
        name, settings = "mine", {}

    with pytest.raises(SettingError, match="mine"):
        write_model(tmp_path / "model", model(loss=Mine()))
    assert list(tmp_path.iterdir()) == []


def set_text(key: str, value: object) -> Callable[[Any, Any], None]:
    return lambda arrays, texts: texts.update({key: value})


def set_in(key: str, inner: str, value: object) -> Callable[[Any, Any], None]:
    return lambda arrays, texts: texts[key].update({inner: value})


def set_layer(place: int, **settings: object) -> Callable[[Any, Any], None]:
    return lambda arrays, texts: texts["architecture"]["layers"][place].update(settings)


def without(key: str) -> Callable[[Any, Any], None]:
    return lambda arrays, texts: texts.pop(key)


def array(name: str, value: Any) -> Callable[[Any, Any], None]:
    return lambda arrays, texts: arrays.update({name: value})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without("format"), "written by another program"),
        (set_text("format", "glassnet model 99"), "another version of glassnet"),
        (without("architecture"), "has no architecture"),
        (set_text("architecture", "{}"), "names no usable input shape"),
        (set_text("architecture", "[]"), "not a JSON object"),
        (set_text("loss", "{"), "its loss is not valid JSON"),
        (set_in("architecture", "input_shape", [0]), "input shape"),
        (set_in("architecture", "input_shape", [2, "2"]), "input shape"),
        (set_in("architecture", "input_shape", []), "input shape"),
        (set_in("architecture", "input_shape", [2, 3]), "has the shape"),
        (set_in("architecture", "input_shape", [2**40, 2**40]), "has the shape"),
        (set_in("architecture", "layers", []), "names no layers"),
        (set_in("architecture", "layers", [1]), "has no kind"),
        (set_in("architecture", "layers", [{"kind": ["dense"]}]), "has no kind"),
        (set_in("architecture", "layers", [{"kind": "flatten"}]), "at least one layer with weights"),
        (set_in("architecture", "more", 1), "input shape"),
        (set_layer(1, kind="os.system"), "There is no layer 'os.system'"),
        (set_layer(1, units=10**15), "has the shape"),
        (set_layer(1, units=-1), "units"),
        (set_layer(1, units="3"), "units"),
        (set_layer(1, bias="no"), "setting bias"),
        (set_layer(1, activation="relu60"), "There is no activation"),
        (set_layer(1, activation=["relu"]), "described by"),
        (set_layer(1, activation={"name": "leaky_relu", "slope": "steep"}), "slope"),
        (set_layer(1, activation={"name": "leaky_relu", "depth": 1}), "depth"),
        (set_layer(1, activation={"name": ["relu"]}), "described by"),
        (set_layer(1, initializer="draw"), "There is no initializer"),
        (set_layer(1, initializer=[]), "described by"),
        (set_layer(1, nonsense=1), "There is no setting"),
        (set_layer(2, rate="half"), "rate|Dropout"),
        (set_layer(2, rate=[0.5]), "rate|Dropout"),
        (set_layer(2, rate=1.5), "Dropout"),
        (set_in("loss", "loss", "regret"), "There is no loss"),
        (set_in("loss", "loss", ["mse"]), "described by"),
        (set_in("loss", "loss", {"name": "huber", "delta": -1}), "delta"),
        (set_in("targets", "targets", {"kind": "classes"}), "what its outputs mean"),
        (set_in("targets", "targets", {**TARGETS, "kind": "odd"}), "does not fit its last layer"),
        (set_in("targets", "targets", {**TARGETS, "kind": ["classes"]}), "does not fit its last layer"),
        (set_in("targets", "targets", {**TARGETS, "outputs": 3}), "does not fit its last layer"),
        (set_in("targets", "targets", {**TARGETS, "flat": 1}), "does not fit its last layer"),
        (set_in("targets", "targets", {**TARGETS, "classes": ["a", "b", "c"]}), "classes do not fit"),
        (set_in("targets", "targets", {**TARGETS, "classes": ["a", "a"]}), "classes do not fit"),
        (set_in("targets", "targets", {**TARGETS, "classes": ["a", 1]}), "classes do not fit"),
        (set_in("targets", "targets", {**TARGETS, "classes": [["a"], ["b"]]}), "classes do not fit"),
        (set_in("targets", "targets", {**TARGETS, "classes": {}}), "classes do not fit"),
        (set_in("scale", "scale", "huge"), "scale"),
        (set_in("scale", "scale", ["unit"]), "scale"),
        (set_in("progress", "step", -1), "how long"),
        (set_in("progress", "step", 1.5), "how long"),
        (array("layers.1.weight", np.zeros((3, 4), np.float32)), "has the shape"),
        (array("layers.1.weight", np.zeros((4, 3), np.float64)), "not all float32"),
        (array("layers.1.weight", np.zeros((4, 3), np.uint8)), "not all float32"),
        (array("layers.9.weight", np.zeros(1, np.float32)), "not those of its layers"),
        (lambda arrays, texts: arrays.pop("layers.3.bias"), "not those of its layers"),
    ],
)
def test_forged_models_are_one_sentence(path: Path, change: Callable[[Any, Any], None], sentence: str) -> None:
    forge(path, change)
    with pytest.raises(DataError, match=sentence) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 400


def test_foreign_files_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for data in (b"", pickle.dumps({"W": [1.0]}), b"PK\x03\x04" + bytes(60), b"\x89HDF\r\n\x1a\n" + bytes(60)):
        path.write_bytes(data)
        with pytest.raises(DataError, match="is not a model file of glassnet"):
            read_model(path)
    path.write_bytes(safetensors.numpy.save({"weight": np.zeros((2, 2), np.float32)}, {"format": "pt"}))
    with pytest.raises(DataError, match="another program"):
        read_model(path)
    with pytest.raises(MissingFileError):
        read_model(tmp_path / "none")
    with pytest.raises(DataError, match="is a folder"):
        read_model(tmp_path)


def test_an_announced_giant_takes_no_memory(path: Path) -> None:
    forge(path, set_layer(1, units=10**12))
    tracemalloc.start()
    with pytest.raises(DataError):
        read_model(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def outcome(data: bytes) -> str:
    """ "" for a model, else the sentence."""
    try:
        parse_model(ByteReader.over(data, "file"))
    except DataError as error:
        return str(error)
    return ""


def test_every_flipped_byte_gives_a_model_or_a_sentence(path: Path) -> None:
    data = path.read_bytes()
    flipped = (data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :] for place in range(len(data)))
    outcomes = {outcome(data) for data in flipped}
    assert all(sentence == "" or sentence.startswith("file ") for sentence in outcomes)
    assert len(outcomes) > 20
