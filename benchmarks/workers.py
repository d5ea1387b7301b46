"""The sides as processes that wait for requests, and what each is called with."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from environment import OVERRIDES

HERE = Path(__file__).parent
REST = 0.2  # seconds between two sides: by then threads of the last one that spin, OpenBLAS's for 0.11, are asleep


@dataclass(frozen=True)
class Contestant:
    """A side of a comparison: its module in peers/, and how it is set."""

    name: str
    module: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


GLASSNET = Contestant("glassnet", "glassnet_side")
PEERS = (
    Contestant("JAX", "jax_scan"),
    Contestant("PyTorch", "torch_eager"),
    Contestant("torch.compile", "torch_eager", {"compiled": True}),
    Contestant("Keras 3", "keras3"),
    Contestant("scikit-learn", "sklearn_mlp"),
    Contestant("NumPy by hand", "numpy_loop"),
)


class PeerError(Exception):
    """A side that cannot do what it was asked: the reason in its own words."""


class Worker:
    """A contestant's process. Seconds are measured here: from the request written to the answer read.

    A process that ended, or gave no answer in `patience` seconds, is ended, and the next `prepare` starts another.
    """

    def __init__(self, contestant: Contestant, folder: Path, patience: float = 120) -> None:
        self.contestant, self.folder, self.patience = contestant, folder, patience
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by close)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        clean = {name: value for name, value in os.environ.items() if name not in OVERRIDES}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "peers.worker", self.contestant.module, str(self.folder)],
            cwd=HERE,
            env=clean | dict(self.contestant.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            bufsize=1,
        )

    def ask(self, do: str, **details: Any) -> Any:
        """The result of a request; raises PeerError with what the other side says."""
        if self.process is None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"do": do, **details}) + "\n")
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(self.patience):
                self.end()
                raise PeerError(f"no answer in {self.patience:.0f} s to {do}")
        line = self.process.stdout.readline()
        if not line:
            words = self._last_words()
            self.end()
            raise PeerError(f"its process ended: {words}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer["result"]

    def seconds(self, do: str, **details: Any) -> float:
        started = perf_counter()
        self.ask(do, **details)
        return perf_counter() - started

    def prepare(self, **details: Any) -> None:
        self.ask("prepare", settings=dict(self.contestant.settings), **details)

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def close(self) -> None:
        self.end()
        self.errors.close()

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return lines[-1][:300] if lines else "without a word"
