"""Network: layers that learn. The class newcomers meet first; it checks what it is given and passes the work on."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.data.batches import Rows
from glassnet.engine import Rule, State, choose
from glassnet.engine.around import penalised, penalty
from glassnet.errors import DivergedError, NotFittedError, SettingError
from glassnet.layers import Layer, Parameters
from glassnet.layers.layer import checked
from glassnet.layers.specification import Specification, last_activation
from glassnet.maths.losses import Loss
from glassnet.optim import Optimizer
from glassnet.training import checks
from glassnet.training.callbacks import Callback, on_plateau
from glassnet.training.history import Metric, scores
from glassnet.training.interrupt import deferred
from glassnet.training.loop import Measures, train
from glassnet.training.preparation import (
    Head,
    Inputs,
    Preparation,
    Validation,
    head_of,
    held_out,
    metrics_for,
    optimizer_start,
    prepare,
    state_for,
)
from glassnet.training.quick import Quick
from glassnet.training.run import Run
from glassnet.training.targets import Targets
from glassnet.training.trial import try_rows
from glassnet.training.weights import ClassWeight
from glassnet.typing import Array, ArrayLike, Floats, Indices, Shape

if TYPE_CHECKING:
    from glassnet.training.recorder import Recorder


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
        self.optimizer: Rule | None = None
        self.optimizer_start = 0  # the step at which this optimizer began
        self.targets: Targets | None = None
        self.scale: str | None = None
        self.epoch = 0
        self.engine = "auto"
        self.threads: int | None = None
        self._quick: dict[str, Quick | None] = {}  # the short ways from rows to outputs, by what stands at their end
        self._probable: Quick | None = None  # the one to probabilities
        self.about: dict[str, Any] = {}  # plain notes that travel with the model, such as the names of the columns of X
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

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the weights."""
        return np.dtype("float32") if self.state is None else self.state.parameters.flat.dtype

    @property
    def head(self) -> Head:
        """How the network ends: with its own last activation, or with the one its loss contains."""
        return head_of(self.layers, self.loss)

    # ---- training ------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Inputs,
        y: ArrayLike,
        *,
        loss: str | Loss = "auto",
        optimizer: str | Optimizer = "adam",
        epochs: int = 10,
        updates: int | None = None,
        batch_size: int | str = "auto",
        accumulate: int = 1,
        validation_data: Validation | None = None,
        metrics: Sequence[Metric] | None = None,
        seed: int = 0,
        engine: str = "auto",
        threads: int | None = None,
        dtype: Any = None,
        callbacks: Iterable[Callback] = (),
        shuffle: bool = True,
        scale: str | None = "unit",
        sample_weight: ArrayLike | None = None,
        class_weight: ClassWeight = None,
        replayable: bool = True,
        out: str | Path | None = None,
    ) -> Run:
        """Trains on the rows of X; called again, it continues.

        Args:
            X: (n, d), (n, H, W) or (n, C, H, W) numbers, or a CSR matrix. uint8 is scaled as `scale` says.
            y: (n,) labels, (n, C) one-hot rows, or numbers, as the loss needs them.
            loss: a name of `gn.losses` or one of its functions; "auto" takes the cross-entropy for labels and mse
                for other numbers.
            optimizer: a name of `gn.optimizers` or an optimizer.
            epochs: passes over the data. With `updates`, that many steps instead.
            batch_size: rows a step, or "full" for all of them; "auto" is 32, or all for an optimizer of full batches.
            accumulate: batches whose gradients are put together into one step: a step over `accumulate` times as many
                rows, in the memory of one batch.
            validation_data: (X, y), or (X, y, sample_weight), that is measured after each epoch and never learned from.
            metrics: names of `gn.metrics`, or functions (true, predicted) -> number; by default accuracy for
                classes and r2 for numbers.
            seed: decides start weights, order and dropout: the same seed gives the same bits.
            engine: "auto", "native" or "reference"; "auto" is native where it can be.
            threads: how many the native engine may use, by default the processors'; the bits do not depend on it.
            dtype: "float32" (the default) or "float64".
            callbacks: listeners such as `gn.EarlyStopping()`.
            shuffle: whether each epoch has its own order of rows.
            scale: "unit" (0..255 to 0..1), "symmetric" (to -1..1) or None; acts on uint8 only and is part of the model.
            sample_weight: (n,) weights of the rows in the loss.
            class_weight: {label: weight} for the rows of a class, 1 for labels left out, or "balanced": every class
                counts alike, however often it occurs. A row's own weight is multiplied with it.
            replayable: False keeps no checkpoints in memory: less memory and time, but without `out` nothing of the run
                can then be replayed, verified or resumed.
            out: a folder that is made for the run: model, checkpoints, history, report. It must not exist yet.

        Returns:
            The run: `history`, `events`, `ended`, `seconds`, `replay(step)`, `verify()`. After Ctrl-C it says
            "interrupted" and the network keeps what it learned.

        Raises:
            ShapeError, DataError, SettingError: what does not fit, with what was expected.
            ExistsError: `out` exists already. StorageError: the disk did not take the run; it is in memory still.
            DivergedError: a loss or weight that is no longer finite; names the first layer and step, and the network
                keeps the last good weights. The error's `run` holds the history.
        """
        ready = prepare(
            self,
            X,
            y,
            loss=loss,
            optimizer=optimizer,
            epochs=epochs,
            updates=updates,
            batch_size=batch_size,
            accumulate=accumulate,
            metrics=metrics,
            seed=seed,
            engine=engine,
            threads=threads,
            dtype=dtype,
            scale=scale,
            sample_weight=sample_weight,
            class_weight=class_weight,
        )
        checked_validation = held_out(validation_data)
        if checked_validation is not None:  # a mistake in it shows now and not after the first epoch
            encoded = _encoded(ready.targets, *checked_validation[:2], ready.program.dtype)
            checks.sample_weight(checked_validation[2], len(encoded), ready.program.dtype)
            checks.fits(ready.specification.input_shape, checks.row_shape(checked_validation[0]))
            others = Rows(checked_validation[0], scale=scale)
            try_rows(ready.program, state_for(self, ready.specification, ready.program), others)
        from glassnet.training.material import Material
        from glassnet.training.recorder import Recorder

        held_out_rows, held_out_weight = (
            (None, None) if checked_validation is None else (checked_validation[:2], checked_validation[2])
        )
        recorder = Recorder(Material(X, y, held_out_rows, sample_weight, held_out_weight), out, replayable=replayable)
        if out is not None:
            ready.program.optimizer.config()  # raises for what a file cannot hold, while nothing is changed yet
        self._adopt(ready)
        self.engine, self.threads = engine, threads
        listeners = (*callbacks, *on_plateau(getattr(ready.program.optimizer, "learning_rate", None)))
        return self._train(Run.of(self, ready, shuffle), ready, recorder, listeners)

    def _train(self, run: Run, ready: Preparation, recorder: Recorder, callbacks: tuple[Callback, ...]) -> Run:
        """Runs the loop from where the run stands."""
        material = recorder.material
        outputs = np.zeros((len(ready.rows), ready.targets.outputs), ready.program.dtype) if ready.metrics else None
        session = ready.engine.session(
            ready.program, run.state, ready.rows, ready.encoded, ready.sample_weight, outputs
        )
        run.engine = session.engine

        limited = penalised(ready.program.specification, run.state.parameters)

        def measure(seen: Indices, weights: Floats) -> dict[str, float]:
            measured = {}
            if limited:  # what the penalties are for these weights; the loss of the history is without them
                whole = len(seen) if ready.sample_weight is None else float(ready.sample_weight[seen].sum())
                measured["penalty"] = penalty(limited, weights, whole / -(-len(seen) // run.program.batch_size))
            if outputs is not None and len(seen) == len(outputs):
                measured |= self._scores(ready.metrics, ready.encoded, outputs)
            elif outputs is not None:
                rows = np.sort(seen)  # metrics of an epoch that ended early are those of its rows alone
                measured |= self._scores(ready.metrics, ready.encoded[rows], outputs[rows])
            return measured | validate()

        def validate() -> dict[str, float]:
            if material.validation is None:
                return {}
            weight = material.validation_weight
            measured = self.evaluate(*material.validation, metrics=ready.metrics, sample_weight=weight)
            return {f"val_{name}": value for name, value in measured.items()}

        measures = Measures(measure, outputs is None and material.validation is None, bool(limited))
        with deferred(session.stop):
            try:
                train(run, session, recorder.around(run, session, callbacks, ready.metrics), measures)
            except DivergedError as error:
                error.run = run
                raise
            finally:
                self.epoch = run.epoch
                recorder.close()
            recorder.finish()
            recorder.release()
        return run

    def _adopt(self, ready: Preparation) -> None:
        """From here on the network is the one that was asked for; everything has been checked."""
        program = ready.program
        self.optimizer_start = optimizer_start(self, program)
        self.state = state_for(self, ready.specification, program)
        self.specification, self.targets = ready.specification, ready.targets
        self.loss, self.optimizer, self.scale = program.loss, program.optimizer, ready.scale
        self._quick, self._probable = {}, None

    # ---- use -----------------------------------------------------------------------------------------------------

    def logits(self, X: Inputs) -> Floats:
        """The outputs before the last activation where the loss contains it, else the outputs: (n, C)."""
        return self._forward(X, "identity")

    def outputs(self, X: Inputs) -> Floats:
        """The outputs of the network: probabilities where it ends, or its loss begins, in a softmax or sigmoid."""
        return self._forward(X, self.head.end)

    def after(self, layers: int, X: Inputs) -> Floats:
        """What the first `layers` layers make of the rows, without dropout: hidden activations as features.

        Raises:
            SettingError: a number of layers that there are not.
        """
        state = self._state()
        if not 1 <= layers <= len(self.layers):
            raise SettingError(
                f"This network has {len(self.layers)} layers; after(..) takes 1 to all of them: {layers}."
            )
        assert self.specification is not None
        checks.fits(self.specification.input_shape, checks.row_shape(X))
        beginning = Specification(self.layers[:layers], self.specification.input_shape)
        engine, rows = choose(self.engine, self.threads), Rows(X, scale=self.scale)
        return engine.forward(beginning, state.used(self.optimizer), rows)

    def predict(self, X: Inputs) -> Array:
        """The label of each row, as `fit` was given them; numbers where the network learned numbers; shape (n,)."""
        coding = self._targets()
        return coding.decode(self.logits(X) if coding.classifies else self.outputs(X), self.head.threshold)

    def predict_proba(self, X: Inputs) -> Floats:
        """The probability of each class: (n, C), the columns in the order of `classes`.

        Raises:
            SettingError: a network whose outputs are not probabilities.
        """
        if self._probable is not None and (found := self._probable.find(self, X)) is not None:
            return found
        if not self.head.probabilities:
            raise SettingError(
                "The outputs of this network are no probabilities: it has no softmax or sigmoid at its end."
            )
        coding, outputs = self._targets(), self.outputs(X)
        if coding.kind == "binary" and coding.classes:
            return np.hstack([1 - outputs, outputs])
        self._probable = self._quick.get(self.head.end)
        return outputs

    def evaluate(
        self,
        X: Inputs,
        y: ArrayLike,
        *,
        metrics: Sequence[Metric] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, float]:
        """The loss and the metrics on these rows, without training: {"loss": ..., "accuracy": ...}.

        Rows count by `sample_weight` in the loss, and in the metrics that take weights.
        """
        encoded, logits = _encoded(self._targets(), X, y, self.dtype), self.logits(X)
        assert self.loss is not None
        weights = checks.sample_weight(sample_weight, len(encoded), logits.dtype)
        loss, _ = self.loss.value_and_gradient(encoded, logits, from_logits=self.head.fused, sample_weight=weights)
        wanted = metrics_for(self._targets(), metrics, encoded, self.head)
        return {"loss": float(loss)} | self._scores(wanted, encoded, logits, weights)

    def summary(self) -> str:
        """The layers as a table: output shape and number of weights of each."""
        from glassnet.training.summary import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from glassnet.training.display import html  # drawings are rare, and their imports cost

        return html(self)

    def _repr_latex_(self) -> str | None:
        from glassnet.training.display import latex

        return latex(self)

    def save(self, path: str | Path) -> None:
        """Writes the model as one safetensors file: weights, architecture, scale, classes; see `gn.load`."""
        from glassnet.training.models import save

        save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_quick": {}, "_probable": None}  # they hold addresses

    def __repr__(self) -> str:
        inside = ", ".join(map(repr, self.layers))
        return f"Network([{inside}])"

    # ---- inside --------------------------------------------------------------------------------------------------

    def _forward(self, X: Inputs, end: str) -> Floats:
        """The outputs behind the activation `end`, which the engine computes as well: bits of one kind for all rows.

        The same kernels for one row and for many, contiguous or not: a row's bits are the same in any company.
        """
        quick = self._quick.get(end)
        if quick is not None and (found := quick.find(self, X)) is not None:
            return found
        state = self._state()
        assert self.specification is not None
        checks.fits(self.specification.input_shape, checks.row_shape(X))
        quick = self._quick[end] = Quick.of(self, end)
        if quick is not None and (found := quick.find(self, quick.plain(X))) is not None:
            return found
        specification = Specification(self.head.layers(self.layers), self.specification.input_shape)
        engine, rows = choose(self.engine, self.threads), Rows(X, scale=self.scale)
        return engine.forward(specification, state.used(self.optimizer), rows, end)

    def _state(self) -> State:
        if self.state is None:
            raise NotFittedError("This network has no weights yet: call fit(X, y), or build(input_size).")
        return self.state

    def _targets(self) -> Targets:
        if self.targets is None:
            raise NotFittedError("This network has not learned what its outputs mean: call fit(X, y) first.")
        return self.targets

    def _scores(
        self, wanted: Sequence[Metric], encoded: Array, logits: Floats, weights: Floats | None = None
    ) -> dict[str, float]:
        return scores(wanted, self._targets(), encoded, logits, self.head, weights)


def _encoded(coding: Targets, X: Inputs, y: ArrayLike, dtype: Any) -> Array:
    encoded = coding.encode(y, dtype)
    checks.rows(checks.row_count(X), encoded)
    return encoded


def _warn_of_two_softmaxes(layers: Sequence[Layer]) -> None:
    ends = [last_activation(layers[: place + 1]) for place in range(len(layers))]
    for before, after in itertools.pairwise(ends):
        if before == after == "softmax":
            warnings.warn(
                "Two softmaxes follow each other: the second flattens the first's probabilities.", stacklevel=3
            )
