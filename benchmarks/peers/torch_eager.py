"""PyTorch on the CPU: a Sequential, a fused optimizer, tensors without a DataLoader; settings: compiled=True.

The number of threads, one or two, is the one that takes the first steps faster.
"""

from __future__ import annotations

from time import perf_counter

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from glassnet.typing import Array, Floats
from peers.side import Side

THREADS = (1, 2)


class Peer(Side):
    follows_recipes = True

    def setup(self) -> None:
        self.hold(self.data.X)
        self.y = torch.from_numpy(self.data.y)
        if self.settings.get("compiled"):
            torch._dynamo.reset()
        torch.set_num_threads(min(THREADS, key=self.time_of_steps))  # one is faster for the small networks
        self.make()

    def hold(self, X: Array) -> None:
        self.X = torch.from_numpy(self.prepared(X))

    def make(self) -> None:
        layers: list[nn.Module] = []
        for W, b in self.start():
            linear = nn.Linear(*W.shape, dtype=self.X.dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W.T))
                linear.bias.copy_(torch.from_numpy(b))
            layers += [linear, nn.ReLU()]
        self.model = nn.Sequential(*layers[:-1])
        rule = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[self.workload.rule]
        betas = {"betas": self.workload.betas} if self.workload.rule == "adam" else {}
        self.optimizer = rule(self.model.parameters(), lr=self.workload.rate, fused=True, **betas)
        self.loss = lambda X, y: cross_entropy(self.model(X), y, label_smoothing=self.workload.smoothing)
        # One size of batch is compiled; the last, shorter one runs as it is.
        self.fast_loss = torch.compile(self.loss, dynamic=False) if self.settings.get("compiled") else self.loss

    def time_of_steps(self, threads: int) -> float:
        """Seconds of some steps with so many threads, after two that are not counted."""
        torch.set_num_threads(threads)
        self.make()
        X, y = self.X[: self.batch], self.y[: self.batch]
        for _ in range(2):
            self.step(X, y)
        started = perf_counter()
        steps = 0
        while steps < 100 and perf_counter() < started + 1:
            self.step(X, y)
            steps += 1
        return (perf_counter() - started) / steps

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            if self.batch == self.rows:
                self.step(self.X, self.y)
                continue
            batches = torch.from_numpy(self.order()).split(self.batch)
            for rows, rate in zip(batches, self.rates(), strict=True):
                self.optimizer.param_groups[0]["lr"] = float(rate)
                self.step(self.X[rows], self.y[rows])

    def step(self, X: torch.Tensor, y: torch.Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        (self.fast_loss if len(X) == self.batch else self.loss)(X, y).backward()
        self.optimizer.step()

    @torch.inference_mode()
    def probabilities(self, X: Floats) -> Floats:
        return self.model(torch.from_numpy(X)).softmax(dim=1).numpy()
