"""Run the tests of the estimators with each release of scikit-learn that pyproject.toml allows.

    python scripts/nightly/scikit_learn.py                 # all of them
    python scripts/nightly/scikit_learn.py 1.6 1.7         # these

Each gets an environment of its own, with what is new enough for glassnet and not too new for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What each was released beside: later versions warn of what it asks of them, and a warning is an error in the tests.
VERSIONS = {
    "1.6": ["scipy<1.15", "polars<1.20"],
    "1.7": ["scipy<1.16", "polars<1.20"],
    "1.8": ["polars<1.20"],
    "1.9": [],
}
TESTS = ("tests/estimators", "src/glassnet/estimators")


def tested(version: str) -> bool:
    """Whether the tests pass with this release."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    others = [needed for needed in settings["dependency-groups"]["test"] if not needed.startswith("scikit-learn")]
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        wanted = [f"scikit-learn=={version}.*", *VERSIONS[version], *others, "--editable", ".[all]"]
        commands = (
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
            [python, "-m", "pytest", "-q", *TESTS],
        )
        return all(subprocess.run(command, cwd=ROOT).returncode == 0 for command in commands)


def main(versions: list[str]) -> int:
    unknown = [version for version in versions if version not in VERSIONS]
    if unknown:
        print(f"scikit-learn {unknown[0]} is not supported; {', '.join(VERSIONS)} are.", file=sys.stderr)
        return 2
    found = {version: tested(version) for version in versions or VERSIONS}
    for version, passed in found.items():
        print(f"scikit-learn {version}: {'passed' if passed else 'failed'}")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
