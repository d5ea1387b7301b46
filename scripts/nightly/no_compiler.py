"""Install glassnet where no compiler works, and run the tests there: on the reference engine alone.

    python scripts/nightly/no_compiler.py [PYTEST ARGUMENTS]

Uses the last commit, in a folder of its own: a module compiled earlier would be found in this one.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "glassnet was installed without its native engine"


def call(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished command; what it printed is kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GLASSNET_REQUIRE"))}
    nobody = {"CC": "/no/compiler/here", "CXX": "/no/compiler/here"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | nobody | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def require(holds: bool, sentence: str, output: str) -> None:
    if not holds:
        sys.exit(f"{output}\n{sentence}")


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "glassnet"
        archive = subprocess.run(["git", "-C", ROOT, "archive", "HEAD"], check=True, stdout=subprocess.PIPE).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        environment = Path(name) / "environment"
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        bin = environment / ("Scripts" if os.name == "nt" else "bin")
        needed = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["test"]
        pip = [bin / "python", "-m", "pip", "install", "--disable-pip-version-check"]

        refused = call(*pip, "--no-deps", ".", cwd=folder, GLASSNET_REQUIRE_NATIVE="1")
        require(refused.returncode != 0, "GLASSNET_REQUIRE_NATIVE=1 did not forbid an install without compiler.", "")
        installed = call(*pip, "--verbose", "--editable", ".[all]", *needed, cwd=folder)
        require(installed.returncode == 0, "The install without a compiler failed.", installed.stdout)
        require(SENTENCE in " ".join(installed.stdout.split()), "The install did not say so.", installed.stdout)
        version = call(bin / "glassnet", "--version", cwd=folder).stdout
        require("engine reference" in version, "This is not the reference engine.", version)
        print(f"Installed without a compiler, and said so; {version.strip()}", flush=True)
        tests = call(bin / "python", "-m", "pytest", "-q", *arguments, cwd=folder)
        require(tests.returncode == 0, "The tests failed on the reference engine alone.", tests.stdout)
        print(tests.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main(sys.argv[1:])
