"""The account of what could not run: tried on small test files of its own, each in a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
MNIST_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
MARKERS = ("needs_mnist", "needs_browser", "needs_native", "slow")


def run_pytest(folder: Path, source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """pytest over ``source`` with this conftest, knowing of no MNIST and no browser but those it is given."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n" + "".join(f"  {marker}: .\n" for marker in MARKERS))
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "GLASSNET_DATA")}
    kept["PATH"] = str(folder)  # no browser there
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow", str(folder)]
    return subprocess.run(command, env=kept | environment, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ("mnist_dir", "MNIST: set GLASSNET_DATA to the folder of its four files"),
        ("chromium", "a browser: install chromium"),
    ],
)
def test_a_missing_thing_is_listed_by_name_and_excused_even_in_ci(tmp_path: Path, fixture: str, reason: str) -> None:
    result = run_pytest(tmp_path, f"def test_one({fixture}): raise AssertionError", CI="true")
    assert f"Not run on this machine: test_it.py::test_one: {reason}" in result.stdout
    assert result.returncode == 0, result.stdout


def test_the_cases_of_a_test_are_one_line(tmp_path: Path) -> None:
    source = "import pytest\n@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_one(chromium, x): pass"
    expected = "Not run on this machine: test_it.py::test_one (3 cases): a browser: install chromium"
    assert expected in run_pytest(tmp_path, source).stdout


def test_a_thing_that_is_there_is_handed_over(tmp_path: Path) -> None:
    data = tmp_path / "mnist"
    data.mkdir()
    for name in MNIST_FILES:
        (data / f"{name}.gz").touch()
    source = "def test_one(mnist_dir): assert mnist_dir.name == 'mnist'"
    result = run_pytest(tmp_path, source, CI="true", GLASSNET_DATA=str(data))
    assert "1 passed" in result.stdout
    assert "Not run" not in result.stdout


def test_a_folder_without_the_files_is_a_mistake_and_says_so(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, "def test_one(mnist_dir): pass", GLASSNET_DATA=str(tmp_path))
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "holds neither train-images-idx3-ubyte" in result.stderr


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_any_other_skip_fails_in_ci_alone(tmp_path: Path, ci: str, status: int) -> None:
    source = "import pytest\n@pytest.mark.skip(reason='not today')\ndef test_one(): pass\ndef test_two(): pass"
    result = run_pytest(tmp_path, source, CI=ci)
    assert result.returncode == status, result.stdout
    assert ("this machine can run test_it.py::test_one, which was skipped: not today" in result.stdout) == bool(ci)


def test_a_module_that_skips_itself_fails_in_ci_too(tmp_path: Path) -> None:
    source = "import pytest\npytest.importorskip('no_such_module')\ndef test_one(): pass"
    assert "test_it.py" in run_pytest(tmp_path, source + "\n").stdout
    (tmp_path / "test_other.py").write_text("def test_two(): pass")
    assert run_pytest(tmp_path, source, CI="true").returncode == 1


def test_slow_tests_are_counted_not_forgotten(tmp_path: Path) -> None:
    source = "import pytest\n@pytest.mark.slow\ndef test_one(): pass\ndef test_two(): pass"
    assert "Not run here: 1 slow tests; `python -m tasks nightly` runs them" in run_pytest(tmp_path, source).stdout
