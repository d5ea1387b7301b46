"""Network: layers that learn. The class newcomers meet first; it checks what it is given and passes the work on."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet import optim
from glassnet.data.batches import as_rows
from glassnet.engine import Program, State, choose
from glassnet.errors import DataError, NotFittedError, SettingError, ShapeError
from glassnet.layers import Layer, Parameters
from glassnet.layers.specification import Specification, checked, last_activation, without_last_activation
from glassnet.maths import activations, losses
from glassnet.maths.losses import Loss
from glassnet.optim import Optimizer
from glassnet.training import checks, targets
from glassnet.training.callbacks import Callback
from glassnet.training.history import Metric, check_metrics, scores
from glassnet.training.loop import train
from glassnet.training.run import Run
from glassnet.training.targets import Targets
from glassnet.typing import Array, ArrayLike, Floats, Shape

Rows = Any  # an array (n, ...), or a CSR matrix


class Network:
    """A feed-forward network: layers, their weights once it is built, and what it learned about its data.

    Formula:
        A0 = X,   Zk = A(k-1) Wk + bk,   Ak = gk(Zk);   training repeats W := W - rate * rule(dloss/dW)

    A linear last layer under a cross-entropy gives logits: the loss contains the softmax (or sigmoid), and
    `predict_proba` and `evaluate` apply it. A softmax last layer under the same loss is the same network.

    Args:
        layers: at least one layer with weights. The input size is taken from the data, or given to `build`.

    Raises:
        TypeNotUsableError: something among the layers that is none.
        SettingError: no layers.

    Example:
        >>> import glassnet as gn
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> net = gn.Network([gn.Dense(8, activation="tanh"), gn.Dense(1)])
        >>> run = net.fit(X, y, optimizer=gn.optimizers.Adam(0.05), epochs=200, batch_size=4)
        >>> net.predict(X)
        array([0, 1, 1, 0])

    Source: Rumelhart, Hinton and Williams (1986), Nature 323, 533-536.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = checked(layers)
        self.state: State | None = None  # weights, optimizer state, step count
        self.specification: Specification | None = None
        self.loss: Loss | None = None
        self.optimizer: Optimizer | None = None
        self.targets: Targets | None = None
        self.scale: str | None = None
        self.epoch = 0
        self.engine = "auto"
        _warn_of_two_softmaxes(self.layers)

    # ---- weights -------------------------------------------------------------------------------------------------

    def build(self, input_shape: int | Shape, *, seed: int = 0, dtype: Any = "float32") -> Network:
        """Draws the start weights for rows of this shape; `fit` does it with the shape of its data.

        Raises:
            ShapeError: a shape that the layers cannot take.
            SettingError: a dtype other than float32 and float64.
        """
        shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        self.specification = Specification(self.layers, shape)
        self.state = State(self.specification.start(checks.seed(seed), checks.dtype(dtype)))
        self.epoch = 0
        return self

    def parameters(self) -> Parameters:
        """The weights by name (W1, b1, W2, ...): views, so that writing to one changes the network."""
        return self._state().parameters

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """The labels in the order of the outputs, where the network learned labels."""
        return self.targets.classes if self.targets else None

    @property
    def input_shape(self) -> Shape | None:
        """The shape of a row of X, once it is known."""
        return self.specification.input_shape if self.specification else None

    # ---- training ------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Rows,
        y: ArrayLike,
        *,
        loss: str | Loss = "auto",
        optimizer: str | Optimizer = "adam",
        epochs: int = 10,
        updates: int | None = None,
        batch_size: int | str = 32,
        validation_data: tuple[Rows, ArrayLike] | None = None,
        metrics: Sequence[Metric] | None = None,
        seed: int = 0,
        engine: str = "auto",
        dtype: Any = None,
        callbacks: Iterable[Callback] = (),
        shuffle: bool = True,
        scale: str | None = "unit",
        sample_weight: ArrayLike | None = None,
    ) -> Run:
        """Trains on the rows of X; called again, it continues.

        Args:
            X: (n, d), (n, H, W) or (n, C, H, W) numbers, or a CSR matrix. uint8 is scaled as `scale` says.
            y: (n,) labels, (n, C) one-hot rows, or numbers, as the loss needs them.
            loss: a name of `gn.losses` or one of its functions; "auto" takes the cross-entropy for labels and mse
                for other numbers.
            optimizer: a name of `gn.optimizers` or an optimizer.
            epochs: passes over the data. With `updates`, that many steps instead.
            batch_size: rows a step, or "full" for all of them.
            validation_data: (X, y) that is measured after each epoch and never learned from.
            metrics: names of `gn.metrics`, or functions (true, predicted) -> number; by default accuracy for
                classes and r2 for numbers.
            seed: decides start weights, order and dropout: the same seed gives the same bits.
            engine: "auto" or "reference".
            dtype: "float32" (the default) or "float64".
            callbacks: listeners such as `gn.EarlyStopping()`.
            shuffle: whether each epoch has its own order of rows.
            scale: "unit" (0..255 to 0..1), "symmetric" (to -1..1) or None; acts on uint8 only, and is part of the model.
            sample_weight: (n,) weights of the rows in the loss.

        Returns:
            The run: `history`, `events`, `ended`, `seconds`. After Ctrl-C it says "interrupted" and the network keeps
            what it learned.

        Raises:
            ShapeError, DataError, SettingError: what does not fit, with what was expected.
            DivergedError: a loss or weight that is no longer finite; names the first layer and step, and the network
                keeps the last good weights. The error's `run` holds the history.
        """
        shape = checks.row_shape(X)
        rows = as_rows(X, checks.scale(scale))
        n = checks.rows(rows, y)
        chosen_dtype = checks.dtype(dtype if dtype is not None else self._dtype())
        if self.state is None:
            self.build(shape, seed=seed, dtype=chosen_dtype)
        assert self.specification is not None
        checks.fits(self.specification.input_shape, shape)
        outputs = int(np.prod(self.specification.output_shape))
        self.loss = targets.get_loss(loss, y, outputs)
        if self.targets is None or self.targets.kind != self.loss.target_kind:
            self.targets = targets.learn(self.loss, y, outputs)
        self.scale = scale
        program = self._program(batch_size, n, optimizer, checks.seed(seed), chosen_dtype)
        wanted = self._metrics(metrics)
        weights = checks.sample_weight(sample_weight, n, chosen_dtype)
        run = Run(
            network=self,
            program=program,
            state=self._state_for(program),
            rows=n,
            epochs=self.epoch + checks.count("epochs", epochs),
            shuffled=shuffle,
            epoch=self.epoch,
        )
        if updates is not None:
            run.last_step = run.state.step + checks.count("updates", updates)
            run.epochs = self.epoch + -(-updates // run.steps_per_epoch)
        self.engine = engine
        encoded = self.targets.encode(y, chosen_dtype)
        seen = np.zeros((n, outputs), chosen_dtype) if wanted else None
        session = choose(engine).session(program, run.state, rows, encoded, weights, seen)

        def measure() -> dict[str, float]:
            return {} if seen is None else self._scores(wanted, encoded, seen)

        def validate() -> dict[str, float]:
            if validation_data is None:
                return {}
            return {f"val_{name}": value for name, value in self.evaluate(*validation_data, metrics=wanted).items()}

        if validation_data is not None:
            self._encoded(*_pair(validation_data))  # a mistake in it shows before the first epoch, not after
        try:
            train(run, session, tuple(callbacks), measure, validate)
        finally:
            self.epoch = run.epoch
        return run

    def _program(
        self, batch_size: int | str, n: int, optimizer: str | Optimizer, seed: int, dtype: np.dtype[Any]
    ) -> Program:
        assert self.specification is not None and self.loss is not None
        chosen = optim.get(optimizer)
        if self.optimizer != chosen:  # another optimizer starts with fresh moments
            self.optimizer = chosen
            if self.state is not None:
                self.state.moments, self.state.scalars = {}, {}
        fused = self._fuses()
        layers = without_last_activation(self.layers) if fused else self.layers
        specification = Specification(layers, self.specification.input_shape)
        return Program(specification, self.loss, fused, chosen, checks.batch_size(batch_size, n), seed, dtype)

    def _state_for(self, program: Program) -> State:
        """The present state in the program's dtype, with the optimizer's moments in place."""
        state = self._state()
        if state.parameters.values.dtype != program.dtype:
            assert self.specification is not None
            arena = self.specification.arena(program.dtype)
            arena.values[:] = state.parameters.values
            state = State(arena, step=state.step)
        if set(state.moments) != set(program.optimizer.moments) or not state.scalars:
            fresh = State.fresh(state.parameters, program.optimizer)
            fresh.step = state.step
            state = fresh
        self.state = state
        return state

    # ---- use -----------------------------------------------------------------------------------------------------

    def logits(self, X: Rows) -> Floats:
        """The outputs before the last activation where the loss contains it, else the outputs: (n, C)."""
        state = self._state()
        assert self.specification is not None
        checks.fits(self.specification.input_shape, checks.row_shape(X))
        rows = as_rows(X, self.scale)
        layers = without_last_activation(self.layers) if self._fuses() else self.layers
        specification = Specification(layers, self.specification.input_shape)
        return choose(self.engine).forward(specification, state.parameters, rows)

    def outputs(self, X: Rows) -> Floats:
        """The outputs of the network: probabilities where it ends, or its loss begins, in a softmax or sigmoid."""
        logits = self.logits(X)
        return activations.get(self._head())(logits) if self._fuses() else logits

    def predict(self, X: Rows) -> Array:
        """The label of each row, as `fit` was given them; numbers where the network learned numbers; shape (n,)."""
        return self._targets().decode(self.logits(X), self._threshold())

    def predict_proba(self, X: Rows) -> Floats:
        """The probability of each class: (n, C), the columns in the order of `classes`.

        Raises:
            SettingError: a network whose outputs are not probabilities.
        """
        outputs = self.outputs(X)
        if not self._fuses() and last_activation(self.layers) not in ("softmax", "sigmoid"):
            raise SettingError(
                "The outputs of this network are no probabilities: it has no softmax or sigmoid at its end."
            )
        two_of_one = self._targets().kind == "binary" and self._targets().classes and outputs.shape[1] == 1
        return np.hstack([1 - outputs, outputs]) if two_of_one else outputs

    def evaluate(
        self,
        X: Rows,
        y: ArrayLike,
        *,
        metrics: Sequence[Metric] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, float]:
        """The loss and the metrics on these rows, without training: {"loss": ..., "accuracy": ...}."""
        encoded, logits = self._encoded(X, y), self.logits(X)
        assert self.loss is not None
        weights = checks.sample_weight(sample_weight, len(encoded), logits.dtype)
        settings = {} if weights is None else {"sample_weight": weights}
        fused = {"from_logits": True} if self._fuses() else {}
        loss = self.loss(encoded, logits, **fused, **settings)
        return {"loss": float(loss)} | self._scores(self._metrics(metrics), encoded, logits)

    def summary(self) -> str:
        """The layers as a table: output shape and number of weights of each."""
        from glassnet.training.summary import summary

        return summary(self)

    def save(self, path: str | Path) -> None:
        """Writes the model as one safetensors file: weights, architecture, scale, classes; see `gn.load`."""
        from glassnet.training.models import save

        save(self, path)

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.layers))
        return f"Network([{inside}])"

    # ---- inside --------------------------------------------------------------------------------------------------

    def _state(self) -> State:
        if self.state is None:
            raise NotFittedError("This network has no weights yet: call fit(X, y), or build(input_size).")
        return self.state

    def _targets(self) -> Targets:
        if self.targets is None:
            raise NotFittedError("This network has not learned what its outputs mean: call fit(X, y) first.")
        return self.targets

    def _dtype(self) -> Any:
        return self.state.parameters.values.dtype if self.state is not None else "float32"

    def _head(self) -> str:
        """The activation that the loss contains, or 'identity'."""
        return str(self.loss.head) if self.loss is not None and self.loss.head else "identity"

    def _fuses(self) -> bool:
        """Whether the loss is computed from logits, the last activation inside it."""
        head, end = self._head(), last_activation(self.layers)
        return head != "identity" and end in ("identity", head)

    def _threshold(self) -> float:
        """Where an output turns from the first class to the second: 0 for logits and for hinge's signed outputs."""
        return 0.0 if self._fuses() or self._head() == "identity" else 0.5

    def _metrics(self, wanted: Sequence[Metric] | None) -> Sequence[Metric]:
        if wanted is None:
            return ("accuracy",) if self._targets().classifies else ("r2",)
        if isinstance(wanted, str):
            raise SettingError(f"metrics is a sequence of names: write metrics=({wanted!r},).")
        check_metrics(wanted)
        return wanted

    def _scores(self, wanted: Sequence[Metric], encoded: Array, logits: Floats) -> dict[str, float]:
        return scores(wanted, self._targets(), encoded, logits, self._threshold())

    def _encoded(self, X: Rows, y: ArrayLike) -> Array:
        n = checks.row_count(X)
        encoded = self._targets().encode(y, self._dtype())
        if len(encoded) != n:
            raise ShapeError(f"X has {n} rows and y {len(encoded)}: they must be equal.")
        return encoded


def _pair(validation_data: tuple[Rows, ArrayLike]) -> tuple[Rows, ArrayLike]:
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
        raise DataError("validation_data must be a pair (X, y).")
    return validation_data[0], validation_data[1]


def _warn_of_two_softmaxes(layers: Sequence[Layer]) -> None:
    ends = [last_activation(layers[: place + 1]) for place in range(len(layers))]
    for before, after in zip(ends, ends[1:], strict=False):
        if before == after == "softmax":
            warnings.warn(
                "Two softmaxes follow each other: the second flattens the first's probabilities.", stacklevel=3
            )


