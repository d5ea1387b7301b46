"""The model file: one safetensors file that holds all that a prediction needs, and nothing that can be run.

Arrays: `layers.0.weight` (in, out), `layers.0.bias` (out,), ... of one dtype. Texts, each JSON: `format`,
`architecture` (input shape and layers, from the closed list of `layers.specification`), `loss`, `targets` (what the
outputs mean), `scale`, `progress` (epochs and steps behind it, so that training goes on where it stopped), `about`
(plain notes of whoever made the model, such as the names of the columns), `glassnet_version`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from glassnet._version import __version__
from glassnet.data.batches import SCALES
from glassnet.data.reader import ByteReader, PathLike
from glassnet.errors import Fault, FormatError, GlassnetError, SettingError
from glassnet.files import plain, tensors
from glassnet.files.atomic import replace_file
from glassnet.layers import Layer, Parameters
from glassnet.layers.specification import NOTHING, Custom, Specification, from_config, own_parts
from glassnet.maths import losses
from glassnet.maths.catalogue import describe, recall
from glassnet.maths.losses import Loss
from glassnet.typing import Array, Shape

FORMAT = "glassnet model 1"
KINDS = ("real", "binary", "one_hot", "classes", "gaussian")
JSON_TEXTS = ("architecture", "loss", "targets", "scale", "progress", "about")
LAYER_LIMIT = 10_000
OWN_KINDS = tuple(f"There is no {kind} " for kind in ("layer", "activation", "loss"))


@dataclass(frozen=True)
class Model:
    """What a model file holds. `targets`: kind, outputs, classes, flat, as in `training.targets`, or None."""

    specification: Specification
    parameters: Parameters
    loss: Loss | None = None
    targets: dict[str, Any] | None = None
    scale: str | None = None
    progress: dict[str, int] = field(default_factory=lambda: {"epoch": 0, "step": 0})
    about: dict[str, Any] = field(default_factory=dict)


def write_model(path: PathLike, model: Model) -> None:
    """Writes the file whole; equal models are equal files.

    A layer, activation or loss of one's own is kept by its name alone, and has to be given when the file is read.

    Raises: SettingError for what a file could not bring back: an initializer of one's own, settings that are no JSON.
    """
    written = texts(model)
    try:
        own = own_parts(model.specification.layers) | own_loss(model.loss)
        recall_architecture(_parsed(written, "architecture"), own)
        recall_loss(_parsed(written, "loss")["loss"], own)
    except GlassnetError as error:
        raise SettingError(f"This network cannot be stored: {error}") from None
    replace_file(path, tensors.pack(arrays(model.parameters), written))


def read_model(path: PathLike, custom: Custom = NOTHING) -> Model:
    """The model in a file; `custom` holds its parts that are the user's own, by name.

    Raises: MissingFileError; DataError for any file that is not exactly a model, in one sentence.
    """
    with tensors.opened(path, "model file") as contents:
        return _model(contents, custom)


def parse_model(reader: ByteReader) -> Model:
    """The model in the bytes of a file."""
    return _model(tensors.Contents(reader, "model file"))


def arrays(parameters: Parameters) -> dict[str, Array]:
    """The weights, and what layers keep, by their paths in the file."""
    kept = {slot.path: parameters.running[slot.name] for slot in parameters.running_slots}
    return {slot.path: parameters[slot.name] for slot in parameters.slots} | kept


def texts(model: Model) -> dict[str, str]:
    """The texts of the file."""
    parts = {
        "architecture": describe_architecture(model.specification),
        "loss": {"loss": None if model.loss is None else describe(model.loss)},
        "targets": {"targets": model.targets},
        "scale": {"scale": model.scale},
        "progress": model.progress,
        "about": model.about,
    }
    written = {name: plain.write(part).decode() for name, part in parts.items()}
    return {"format": FORMAT, "glassnet_version": __version__} | written


def describe_architecture(specification: Specification) -> dict[str, Any]:
    """Input shape and layers as plain data."""
    return {
        "input_shape": list(specification.input_shape),
        "layers": [layer.config() for layer in specification.layers],
    }


def recall_architecture(described: Mapping[str, Any], custom: Custom = NOTHING) -> Specification:
    """The inverse; raises DataError for anything that `describe_architecture` cannot have written."""
    shape, layers = described.get("input_shape"), described.get("layers")
    if described.keys() != {"input_shape", "layers"} or not _whole(shape, least=1, rank=tensors.RANK_LIMIT):
        raise FormatError(Fault.MALFORMED, "its architecture names no usable input shape")
    if not isinstance(layers, list) or not 1 <= len(layers) <= LAYER_LIMIT:
        raise FormatError(Fault.MALFORMED, "its architecture names no layers")
    assert isinstance(shape, list)
    if _layer_count(layers) > LAYER_LIMIT:
        raise FormatError(Fault.TOO_LARGE, "its architecture has too many layers")
    with _own_named(custom):
        return Specification(tuple(_layer(config, custom) for config in layers), tuple(shape))


def recall_loss(described: object, custom: Custom = NOTHING) -> Loss | None:
    """The loss of a description, None for none."""
    with _own_named(custom):
        known = {**losses.CATALOGUE, **_of_several_labels(described), **custom}
        return None if described is None else recall("loss", known, described)


def _of_several_labels(described: object) -> dict[str, Any]:
    """The loss that is no member of the catalogue and the library's own, where it is the one that is described."""
    name = described.get("name") if isinstance(described, dict) else described
    if name != "grouped_crossentropy":
        return {}
    from glassnet.tensors.grouped import grouped_crossentropy

    return {name: grouped_crossentropy}


def own_loss(loss: Loss | None) -> dict[str, Any]:
    """The loss by its name, where it is the user's own."""
    base = getattr(loss, "base", loss)
    return {} if base is None or losses.CATALOGUE.get(base.name) is base else {base.name: base}


def recall_targets(described: object, outputs: int) -> dict[str, Any] | None:
    """Checked settings of `training.targets.Targets`."""
    if described is None:
        return None
    if not isinstance(described, dict) or described.keys() != {"kind", "outputs", "classes", "flat"}:
        raise FormatError(Fault.MALFORMED, "it does not say what its outputs mean")
    kind, classes = described["kind"], described["classes"]
    if kind not in KINDS or type(described["flat"]) is not bool or described["outputs"] != outputs:
        raise FormatError(Fault.MALFORMED, "what it says of its outputs does not fit its last layer")
    if classes is not None and not _labels(classes, 2 if kind == "binary" else outputs):
        raise FormatError(Fault.MALFORMED, "its classes do not fit its outputs")
    return {**described, "classes": None if classes is None else tuple(classes)}


@contextmanager
def _own_named(custom: Custom) -> Iterator[None]:
    """Says of a name that is not known how a part of one's own is given."""
    try:
        yield
    except SettingError as error:
        name = error.unknown
        if not (isinstance(name, str) and name.isidentifier() and str(error).startswith(OWN_KINDS)):
            raise
        given = ", ".join(f"{part!r}: {part}" for part in [*custom, name])
        what = str(error).partition(" Known:")[0]
        raise SettingError(f"{what} If it is your own, give it: gn.load(path, custom={{{given}}}).") from None


def _layer_count(described: object) -> int:
    """How many layers are described, within each other too."""
    waiting, count = [described], 0
    while waiting:
        part = waiting.pop()
        waiting += part if isinstance(part, list) else list(part.values()) if isinstance(part, dict) else []
        count += isinstance(part, dict) and "kind" in part
    return count


def _model(contents: tensors.Contents, custom: Custom = NOTHING) -> Model:
    name, metadata = contents.reader.name, contents.texts
    if not metadata.get("format", "").startswith("glassnet model "):
        raise FormatError(Fault.FOREIGN, f"{name} is not a model file of glassnet: it was written by another program.")
    if metadata["format"] != FORMAT:
        version = ascii(metadata.get("glassnet_version", "?"))[:30]
        raise FormatError(
            Fault.FOREIGN, f"{name} was written by another version of glassnet ({version}), whose format is not known."
        )
    try:
        model = _recalled(contents, {key: _parsed(metadata, key) for key in JSON_TEXTS}, custom)
    except GlassnetError as error:
        reason = str(error).rstrip(".")[:600]
        raise FormatError(Fault.MALFORMED, f"{name} is not a usable model file: {reason}.") from None
    contents.into(arrays(model.parameters))
    return model


def _parsed(metadata: dict[str, str], key: str) -> dict[str, Any]:
    if key not in metadata:
        raise FormatError(Fault.MALFORMED, f"it has no {key}")
    return plain.parse(metadata[key].encode("utf-8", "surrogatepass"), f"its {key}")


def _recalled(contents: tensors.Contents, parts: dict[str, dict[str, Any]], custom: Custom) -> Model:
    """The model with zeros for weights: these are read last, straight into their places."""
    specification = recall_architecture(parts["architecture"], custom)
    scale, progress = parts["scale"].get("scale"), parts["progress"]
    if scale is not None and scale not in SCALES:
        raise FormatError(Fault.MALFORMED, "its scale is not known")
    if progress.keys() != {"epoch", "step"} or not _whole(list(progress.values()), least=0, rank=2):
        raise FormatError(Fault.MALFORMED, "it does not say how long it was trained")
    return Model(
        specification,
        _room(specification, contents.shapes),
        recall_loss(parts["loss"].get("loss"), custom),
        recall_targets(parts["targets"].get("targets"), prod(specification.output_shape)),
        scale,
        progress,
        parts["about"],
    )


def _room(specification: Specification, shapes: Mapping[str, tuple[Shape, np.dtype[Any]]]) -> Parameters:
    """The arena; what the file announces is compared with what the layers need before it takes memory."""
    expected = {path: shape for _, path, shape in [*specification.layout(), *specification.running_layout()]}
    if expected.keys() != shapes.keys():
        odd = sorted(expected.keys() ^ shapes.keys())[0]
        raise FormatError(Fault.MALFORMED, f"its arrays are not those of its layers ({ascii(odd)[:40]})")
    for path, shape in expected.items():
        if shapes[path][0] != shape:
            raise FormatError(Fault.MALFORMED, f"{path} has the shape {shapes[path][0]}, its layer needs {shape}")
    dtypes = {dtype for _, dtype in shapes.values()}
    if len(dtypes) > 1 or next(iter(dtypes)).kind != "f":
        raise FormatError(Fault.UNUSABLE, "its weights are not all float32 or all float64")
    return specification.arena(next(iter(dtypes)).newbyteorder("="))


def _layer(config: object, custom: Custom) -> Layer:
    if not isinstance(config, dict) or not isinstance(config.get("kind"), str):
        raise FormatError(Fault.MALFORMED, "one of its layers has no kind")
    return from_config(config, custom)


def _whole(sizes: object, *, least: int, rank: int) -> bool:
    """Whether this is a list of 1 to `rank` whole numbers, none below `least` or beyond 63 bits."""
    return (
        isinstance(sizes, list)
        and 1 <= len(sizes) <= rank
        and all(type(size) is int and least <= size < 2**63 for size in sizes)
    )


def _labels(classes: object, count: int) -> bool:
    """Whether these are `count` different labels of one type, sorted or not: words, whole numbers, numbers, truths."""
    return (
        isinstance(classes, list)
        and len(classes) == count
        and len({type(label) for label in classes}) == 1
        and type(classes[0]) in (str, int, float, bool)
        and len(set(classes)) == count
    )
