"""scikit-learn's MLPClassifier with the same settings and no penalty: `fit` with warm_start continues."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from glassnet.typing import Floats
from peers.side import Side


class Peer(Side):
    def setup(self) -> None:
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop after so many epochs
        self.hold(self.data.X)
        self.y = self.data.y
        self.model = MLPClassifier(
            self.workload.widths[1:-1],
            solver=self.workload.rule,
            learning_rate_init=self.workload.rate,
            momentum=0.0,
            nesterovs_momentum=False,
            alpha=0.0,
            batch_size=self.batch,
            shuffle=self.batch < self.rows,
            tol=0.0,
            n_iter_no_change=10**9,
            warm_start=True,
            random_state=0,
        )

    def train(self, epochs: int) -> None:
        self.model.max_iter = epochs
        self.model.fit(self.X, self.y)

    def probabilities(self, X: Floats) -> Floats:
        return self.model.predict_proba(X)
