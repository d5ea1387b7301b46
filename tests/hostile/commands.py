"""The command line on files that somebody else made: a sentence and a status for each, never a traceback."""

from __future__ import annotations

import contextlib
import io
import shutil
from pathlib import Path

from glassnet.cli import main as glassnet

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "marking"
NAMES = {
    "idx": "input.idx", "gz": "input.csv.gz", "csv": "input.csv", "npy": "input.npy", "npz": "input.npz",
    "pgm": "input.pgm", "model": "input.safetensors", "toml": "input.toml", "json": "input.json",
    "answers": "input.json",
}  # fmt: skip
IN_A_RUN = {
    "checkpoint": "checkpoints/*.safetensors", "rest": "checkpoints/*.rest", "journal": "history.jsonl",
    "history": "history.jsonl", "card": "run.json", "data": "data.safetensors",
}  # fmt: skip
QUICK = ("--epochs", "1", "--layers", "2", "--plain")


class Place:
    """A folder with a whole run in it, of which files are replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run, self.count = folder, folder / "run", 0
        self.table = folder / "table.csv"
        self.table.write_text("a,b,c\n" + "".join(f"{i},{i * i % 7},{'xy'[i % 2]}\n" for i in range(20)))
        said = ask("train", "--data", self.table, "--out", self.run, *QUICK)
        assert said[0] == 0, said

    def commands(self, target: str, file: Path) -> list[list[object]]:
        """What is asked of a file of this kind."""
        if target in IN_A_RUN:
            self.count += 1
            copy = self.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.run, copy)
            (replaced, *_) = sorted(copy.glob(IN_A_RUN[target]))
            shutil.copyfile(file, replaced)
            return [["evaluate", copy], ["diff", copy, self.run], ["train", "--resume", copy, "--plain"]]
        if target in ("formula", "grammar"):
            return [["descend", file.read_text(encoding="utf-8", errors="replace"), "--steps", "5", "--plain"]]
        named = self.folder / NAMES[target]
        shutil.copyfile(file, named)
        self.count += 1
        if target in ("idx", "gz", "csv", "npy", "npz"):
            out = self.folder / f"out-{self.count}"
            return [["train", "--data", named, "--out", out, *QUICK], ["evaluate", self.run, "--data", named]]
        if target in ("toml", "json"):
            return [["mark", named, EXAMPLES / "slide-answers.json"], ["dissect", named]]
        if target == "answers":
            return [["mark", EXAMPLES / "slide.toml", named]]
        return [["predict", self.run, named], ["evaluate", named]]


def ask(*arguments: object) -> tuple[int, str]:
    """Status and words of a command."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = glassnet([str(argument) for argument in arguments])
    return status, said.getvalue()


def complaint(place: Place, target: str, file: Path) -> str | None:
    """What is wrong with the answer of a command to this file; None where each answers as it should."""
    for command in place.commands(target, file):
        status, said = ask(*command)
        if status not in (0, 1, 2) or "should not have happened" in said or "Traceback" in said:
            return f"glassnet {command[0]} of {file.name}: status {status}: {said.strip()[-400:]}"
    return None
