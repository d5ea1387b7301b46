"""Keras 3: `fit` with jit_compile and a whole epoch a call; the backend is KERAS_BACKEND (jax is the fastest here)."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

from glassnet.typing import Floats
from peers.side import Side


class Peer(Side):
    def setup(self) -> None:
        if keras.backend.backend() == "jax":  # which would compute in float32 without a word
            import jax

            jax.config.update("jax_enable_x64", self.workload.dtype == "float64")
        keras.utils.set_random_seed(0)
        keras.backend.set_floatx(self.workload.dtype)
        keras.config.set_dtype_policy(self.workload.dtype)  # which the first model has fixed
        self.hold(self.data.X)
        self.y = self.data.y.astype("int32")
        hidden = [keras.layers.Dense(w, activation="relu") for w in self.workload.widths[1:-1]]
        self.model = keras.Sequential(
            [
                keras.Input((self.workload.widths[0],)),
                *hidden,
                keras.layers.Dense(self.workload.widths[-1], activation="softmax"),
            ]
        )
        assert {str(w.numpy().dtype) for w in self.model.weights} == {self.workload.dtype}
        rule = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[self.workload.rule]
        self.model.compile(
            optimizer=rule(self.workload.rate),
            loss="sparse_categorical_crossentropy",
            jit_compile=True,
            steps_per_execution=self.settings.get("steps", 64),
        )

    def train(self, epochs: int) -> None:
        self.model.fit(self.X, self.y, batch_size=self.batch, epochs=epochs, verbose=0, shuffle=self.batch < self.rows)

    def probabilities(self, X: Floats) -> Floats:
        return self.model.predict_on_batch(X)
