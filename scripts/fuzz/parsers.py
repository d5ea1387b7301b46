"""Coverage-guided fuzzing of every parser: bytes in, a value or one DataError out.

    pip install -r scripts/fuzz/requirements.txt
    python scripts/fuzz/parsers.py model -max_total_time=600

The first argument names the parser, the others are libFuzzer's. Any other exception, a hang of 10 seconds, or more than
200 MB beyond the interpreter's own memory ends the run with the input that did it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

import glassnet as gn
from glassnet.data import csv, idx
from glassnet.data.reader import ByteReader
from glassnet.errors import DataError
from glassnet.files import checkpoint, journal, model, plain
from glassnet.training.card import recall_run
from glassnet.training.resume import read_history

Parser = Callable[[bytes], object]


def reader(data: bytes) -> ByteReader:
    return ByteReader.over(data, "input")


def history(data: bytes) -> None:
    run = gn.Network([gn.Dense(1)]).fit([[0.0], [1.0]], [0.0, 1.0], loss="mse", epochs=1) if RUN is None else RUN
    read_history(run, journal.parse_journal(reader(data)), "input")


PARSERS: dict[str, Parser] = {
    "idx": lambda data: idx.parse_idx(reader(data)),
    "csv": lambda data: csv.parse_csv(reader(data)),
    "model": lambda data: model.parse_model(reader(data)),
    "checkpoint": lambda data: checkpoint.parse(reader(data)),
    "rest": lambda data: checkpoint.parse_rest(reader(data)),
    "history": history,
    "card": lambda data: recall_run(plain.parse(data, "input"), "input"),
}
RUN: gn.Run | None = None


def seeds() -> dict[str, bytes]:
    """A right file for each parser: where the fuzzer starts."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        global RUN
        net = gn.Network([gn.Dense(2, activation="relu"), gn.Dropout(0.1), gn.Dense(2)])
        RUN = net.fit([[0.0], [1.0]] * 4, ["a", "b"] * 4, epochs=2, out=out, callbacks=[gn.EarlyStopping()])
        card = out.joinpath("run.json").read_text().replace('"format": "glassnet run 1",', "")
        idx.write_idx(Path(folder) / "idx", np.arange(4, dtype=np.uint8).reshape(2, 2))
        return {
            "idx": (Path(folder) / "idx").read_bytes(),
            "csv": b"a,b,answer\n1,red,yes\n2,blue,no\n",
            "model": (out / "model.safetensors").read_bytes(),
            "checkpoint": next((out / "checkpoints").glob("*.safetensors")).read_bytes(),
            "rest": next((out / "checkpoints").glob("*.rest")).read_bytes(),
            "history": (out / "history.jsonl").read_bytes(),
            "card": card.encode(),
        }


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in PARSERS:
        sys.exit(f"Name a parser: {', '.join(PARSERS)}.")
    name = sys.argv.pop(1)
    parse = PARSERS[name]
    right = seeds()[name]
    corpus = tempfile.mkdtemp(prefix=f"fuzz-{name}-")
    (Path(corpus) / "right").write_bytes(right)
    parse(right)
    atheris.instrument_all()  # what is installed in editable mode is not seen by instrument_imports

    def one(data: bytes) -> None:
        try:
            parse(data)
        except DataError as error:
            if "\n" in str(error):
                raise RuntimeError("more than one sentence") from error

    atheris.Setup([sys.argv[0], corpus, "-timeout=10", "-rss_limit_mb=700", "-max_len=8192", *sys.argv[1:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
