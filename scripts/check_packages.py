"""Build the sdist and the wheel, install each into an empty environment, and try it there as a user would.

    python scripts/check_packages.py

Runs under the environment of `python -m tasks test`, which holds `build`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOOK = """
import importlib.resources, json, sys, sysconfig
import glassnet
files = importlib.resources.files("glassnet")
print(json.dumps({
    "version": glassnet.__version__,
    "file": glassnet.__file__,
    "site": sysconfig.get_path("purelib"),
    "typed": (files / "py.typed").is_file(),
    "digits": len(glassnet.data.load("digits")[0][0]),
}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that has to succeed; nothing of this checkout is on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def check(archive: Path, folder: Path) -> None:
    """Install one archive into a new environment under ``folder`` and try it."""
    folder.mkdir()
    environment = folder / "environment"
    bin = environment / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "venv", environment, cwd=folder)
    run(bin / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", archive, cwd=folder)

    seen = json.loads(run(bin / "python", "-W", "error", "-c", LOOK, cwd=folder))
    assert Path(seen["file"]).is_relative_to(environment), f"imported from {seen['file']}"
    assert seen["version"] in archive.name, f"{archive.name} holds version {seen['version']}"
    assert seen["typed"], "py.typed is missing: type checkers would ignore the package's types"
    assert seen["digits"] == 1437, f"the embedded digits have {seen['digits']} training rows"
    assert seen["version"] in run(bin / "glassnet", "--version", cwd=folder)
    assert "train" in run(bin / "python", "-m", "glassnet", "--help", cwd=folder)

    result = json.loads(run(bin / "glassnet", "train", "--epochs", "2", "--out", "a run", "--json", cwd=folder))
    assert result["test"]["accuracy"] > 0.5, result
    assert (folder / "a run" / "model.safetensors").is_file()
    if os.environ.get("GLASSNET_REQUIRE_NATIVE") == "1":
        assert result["engine"] == "native", f"{archive.name} was installed without the native engine"
    print(f"{archive.name}: two epochs, {result['test']['accuracy']:.1%} of the test digits, {result['engine']} engine")
    print(run(sys.executable, ROOT / "benchmarks" / "installed_size.py", seen["site"], cwd=folder))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        # The wheel is made from the sdist, so a file missing there is missed here.
        run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
        sdist, wheel = next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))
        check(wheel, folder / "from wheel")  # with a space in its path
        check(sdist, folder / "from sdist")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
