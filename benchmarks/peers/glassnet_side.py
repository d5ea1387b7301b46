"""glassnet through its public `fit` and `predict_proba`, the pixels as bytes.

settings: engine, and skip_zeros=False, which measures what skipping gains. GLASSNET_ISA and GLASSNET_THREADS in the
environment choose instruction set and threads.
"""

from __future__ import annotations

from functools import partial

import glassnet as gn
from glassnet.engine import native
from glassnet.typing import Array, Floats
from peers.side import Side

RULES = {"sgd": gn.optimizers.SGD, "adam": gn.optimizers.Adam}


class Peer(Side):
    follows_recipes = True

    def setup(self) -> None:
        self.hold(self.data.X)
        hidden = [gn.Dense(width, activation="relu") for width in self.workload.widths[1:-1]]
        self.net = gn.Network([*hidden, gn.Dense(self.workload.widths[-1])])
        workload, rows = self.workload, self.rows  # a rate that knew this side would keep its data alive for long
        rate = (lambda step: workload.rate_at(step, rows)) if workload.decay else workload.rate
        betas = dict(zip(("beta1", "beta2"), workload.betas, strict=True)) if workload.rule == "adam" else {}
        self.optimizer = RULES[workload.rule](rate, **betas)
        self.loss = gn.losses.get("categorical_crossentropy", label_smoothing=workload.smoothing)
        self.engine = self.settings.get("engine", "auto")
        if not self.settings.get("skip_zeros", True):
            native.NativeSession = partial(native.NativeSession, skip_zeros=False)

    def train(self, epochs: int) -> None:
        self.net.fit(
            self.X,
            self.data.y,
            loss=self.loss,
            optimizer=self.optimizer,
            epochs=epochs,
            batch_size=self.batch,
            metrics=(),  # the peers measure none while they train
            engine=self.engine,
            dtype=self.workload.dtype,
            seed=self.workload.seed,
        )

    def prepared(self, X: Array) -> Array:
        return X  # bytes stay bytes

    def probabilities(self, X: Floats) -> Floats:
        return self.net.predict_proba(X)
