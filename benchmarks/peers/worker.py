"""A side in a process of its own: requests as lines of JSON on standard input, an answer each on standard output.

python -m peers.worker PEER FOLDER      in benchmarks/; FOLDER holds the data
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from workloads import WORKLOADS, Data, Workload

from peers.side import Side


def make(peer: str, folder: Path, request: dict[str, Any]) -> Side:
    """The side of a peer: class `Peer` of its module."""
    changed = request.get("workload") or {}
    pairs = {name: tuple(changed[name]) for name in ("widths", "betas", "range") if name in changed}  # JSON has lists
    workload = Workload(**{**changed, **pairs}) if changed else WORKLOADS[request["key"]]
    settings = request.get("settings", {})
    made: Side = importlib.import_module(f"peers.{peer}").Peer(workload, Data.read(folder, workload.data), **settings)
    return made


def answer(side: Side, request: dict[str, Any]) -> Any:
    if request["do"] == "train":
        return side.train(request["epochs"])
    if request["do"] == "race":
        return side.race(request["epochs"])
    if request["do"] == "accuracy":
        return side.accuracy()
    X = side.prepared(side.data.X_test[: request["rows"]])
    for _ in range(request["times"]):
        side.probabilities(X)
    return None


def serve(peer: str, folder: Path) -> None:
    # What libraries print goes to standard error; standard output carries answers alone.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    side: Side | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                side = None  # the last one's memory is free before the next one is made
                side = make(peer, folder, request)
                result = None
            else:
                assert side is not None
                result = answer(side, request)
            answers.write(json.dumps({"result": result}) + "\n")
        except Exception as error:  # any failure of a peer is a result, with its reason
            answers.write(json.dumps({"error": f"{type(error).__name__}: {str(error).strip()[:300]}"}) + "\n")


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
