"""A network as a model file and back; predictions are the same to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from glassnet.data.reader import PathLike
from glassnet.engine import State
from glassnet.files.model import Model, read_model, write_model
from glassnet.training.targets import Targets

if TYPE_CHECKING:
    from glassnet.training.network import Network


def save(network: Network, path: PathLike) -> None:
    """Writes the model as one safetensors file, whole: weights, architecture, loss, classes, scale.

    The optimizer's state is not in it (that is in a run's checkpoints), so a loaded model that is trained on starts
    with fresh moments. Where the optimizer keeps a mean of the weights (`ema=`), the model is that mean. Parts of one's
    own are kept by name: `load` has to be given them.

    Raises:
        NotFittedError: a network that has no weights yet.
        SettingError: the path is a folder, or a part cannot be written down.
        StorageError: the disk did not take it; what was there before is still there.
    """
    write_model(path, as_model(network))


def load(path: PathLike, *, custom: Mapping[str, Any] | None = None) -> Network:
    """The network in a model file.

    Args:
        path: the file.
        custom: the parts of one's own that the network has, by name: activations, losses and layers made with
            `gn.activation`, `gn.loss` and `gn.TensorLayer`. A file keeps names and settings and never code.

    Raises:
        MissingFileError: there is no such file.
        DataError: a file that is no model, is damaged, or names what glassnet does not know.

    Example:
        >>> import tempfile, glassnet as gn
        >>> net = gn.Network([gn.Dense(1)]).build(2)
        >>> path = tempfile.mkdtemp() + "/model.safetensors"
        >>> net.save(path)
        >>> gn.load(path).logits([[1.0, 2.0]]) == net.logits([[1.0, 2.0]])
        array([[ True]])
    """
    return as_network(read_model(path, custom or {}))


def as_model(network: Network) -> Model:
    """What a file holds of this network."""
    state = network._state()
    assert network.specification is not None
    return Model(
        specification=network.specification,
        parameters=state.used(network.optimizer),
        loss=network.loss,
        targets=None if network.targets is None else asdict(network.targets),
        scale=network.scale,
        progress={"epoch": network.epoch, "step": state.step},
        about=network.about,
    )


def as_network(model: Model) -> Network:
    """The network that a file describes."""
    from glassnet.training.network import Network

    network = Network(model.specification.layers)
    network.specification = model.specification
    network.state = State(model.parameters, step=model.progress["step"])
    network.epoch = model.progress["epoch"]
    network.loss, network.scale, network.about = model.loss, model.scale, model.about
    network.targets = None if model.targets is None else Targets(**model.targets)
    return network
