"""Fuzzes every parser for a while and ends with a table: seconds, inputs tried, memory, findings.

    python scripts/fuzz/nightly.py                # all of them, 600 seconds each, two at a time
    python scripts/fuzz/nightly.py csv npz --seconds 60

Afterwards the command line reads what each fuzzer kept: it has to end with a sentence and a status, never a traceback.
An input that did harm is written to fuzz-findings/; its place is tests/hostile/found, where the suite tries it again.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FINDINGS = Path("fuzz-findings")
TARGETS = (
    "idx", "gz", "csv", "npy", "npz", "pgm", "model", "checkpoint", "rest", "journal", "history", "card", "data",
    "toml", "json", "answers", "grammar", "formula",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """How the fuzzing of one parser ended."""

    name: str
    status: int
    log: str
    findings: tuple[str, ...]

    def stat(self, name: str) -> int:
        found = re.findall(rf"stat::{name}:\s*(\d+)", self.log)
        return int(found[-1]) if found else 0

    @property
    def failed(self) -> bool:
        return self.status != 0 or bool(self.findings)

    def __str__(self) -> str:
        ran = f"{self.stat('number_of_executed_units'):10d} inputs {self.stat('peak_rss_mb'):5d} MB"
        return f"{self.name:11}{ran}  {'FAILED: ' + ', '.join(self.findings) if self.failed else 'no finding'}"


def fuzz(name: str, seconds: int) -> Result:
    """One parser, then the commands on what the fuzzer kept."""
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as corpus:
        command = [sys.executable, HERE / "parsers.py", name, corpus, f"-max_total_time={seconds}"]
        done = _run([*command, f"-artifact_prefix={FINDINGS / name}-"])
        asked = _run([sys.executable, HERE / "commands.py", name, corpus])
    (FINDINGS / f"{name}.log").write_text(done.stdout + asked.stdout)
    kept = (path.name for path in FINDINGS.glob(f"{name}-*"))
    return Result(name, done.returncode or asked.returncode, done.stdout, tuple(sorted(kept)))


def _run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    )


def have_atheris() -> bool:
    """Whether the fuzzer is there, or could be installed: it is no dependency of the tests."""
    requirements = ["-m", "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt"]
    return importlib.util.find_spec("atheris") is not None or _run([sys.executable, *requirements]).returncode == 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("names", nargs="*", metavar="PARSER", choices=[[], *TARGETS], help=", ".join(TARGETS))
    options.add_argument("--seconds", type=int, default=600, help="for each parser (600)")
    options.add_argument("--at-once", type=int, default=2, help="parsers at a time (2)")
    given = options.parse_args()
    if not have_atheris():
        print("Atheris, the fuzzer, could not be installed: pip install -r scripts/fuzz/requirements.txt says why.")
        return 1
    FINDINGS.mkdir(exist_ok=True)
    with ThreadPoolExecutor(given.at_once) as pool:
        results = []
        for result in pool.map(lambda name: fuzz(name, given.seconds), given.names or TARGETS):
            print(result, flush=True)
            results.append(result)
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
