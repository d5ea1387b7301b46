"""What every test shares: the things only some machines have, and an honest account of what could not run.

A test that needs MNIST takes the fixture ``mnist_dir``; one that drives a browser takes ``chromium``. Where the machine
lacks the thing the test is skipped, and the end of the run lists it by name and reason. With CI=true any other skip
fails the run: what the machine can run has to run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

MNIST_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


# A suite that was started in the background inherits an ignored Ctrl-C, and so would every process it starts: the tests
# of interrupts need it as a terminal gives it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Need:
    """Something a test needs and a machine may lack."""

    reason: str
    find: Callable[[], Path | None]


def find_mnist() -> Path | None:
    """The folder that GLASSNET_DATA names; a name that leads nowhere is a mistake, not a missing thing."""
    named = os.environ.get("GLASSNET_DATA")
    if not named:
        return None
    folder = Path(named)
    for name in MNIST_FILES:
        if not (folder / name).is_file() and not (folder / f"{name}.gz").is_file():
            raise pytest.UsageError(f"GLASSNET_DATA is {folder}, which holds neither {name} nor {name}.gz")
    return folder


def find_browser() -> Path | None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else None


def find_pdflatex() -> Path | None:
    found, ask = shutil.which("pdflatex"), shutil.which("kpsewhich")
    if not found or not ask or subprocess.run([ask, "tikz.sty"], stdout=subprocess.DEVNULL).returncode:
        return None
    return Path(found)


def find_native() -> Path | None:
    """The compiled engine. Where GLASSNET_REQUIRE_NATIVE=1 says that it has to be there, its absence is a mistake."""
    from glassnet.engine.compiled import module, unavailable

    engine, reason = module(), unavailable()
    if reason and os.environ.get("GLASSNET_REQUIRE_NATIVE") == "1":
        raise pytest.UsageError(f"GLASSNET_REQUIRE_NATIVE=1, and there is no native engine: {reason}")
    return None if engine is None or reason else Path(str(engine.__file__))


# By marker; the fixture of the same thing stands below.
NEEDS = {
    "needs_mnist": Need("MNIST: set GLASSNET_DATA to the folder of its four files", find_mnist),
    "needs_browser": Need("a browser: install chromium", find_browser),
    "needs_pdflatex": Need("LaTeX: install pdflatex with the AMS packages, booktabs and TikZ", find_pdflatex),
    "needs_native": Need("a compiler: install one for C++20, then glassnet again for its native engine", find_native),
}
NEED_OF_FIXTURE = {"mnist_dir": "needs_mnist", "chromium": "needs_browser", "pdflatex": "needs_pdflatex"}


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder of the four MNIST files."""
    return found_or_skip("needs_mnist")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's executable."""
    return found_or_skip("needs_browser")


@pytest.fixture(scope="session")
def pdflatex() -> Path:
    """The compiler of LaTeX documents."""
    return found_or_skip("needs_pdflatex")


def found_or_skip(marker: str) -> Path:
    found = NEEDS[marker].find()
    if found is None:
        pytest.skip(NEEDS[marker].reason)
    return found


def pytest_configure(config: pytest.Config) -> None:
    # A shared machine may pause for longer than Hypothesis allows an example; CI tries the same examples every time.
    settings.register_profile("glassnet", deadline=None, derandomize=os.environ.get("CI") == "true")
    settings.load_profile("glassnet")
    # No test reads or fills the user's own cache.
    cache = tempfile.TemporaryDirectory()
    config.add_cleanup(cache.cleanup)
    os.environ["XDG_CACHE_HOME"] = cache.name
    # Without its native engine glassnet says so once; the tests of what else is said are not about that.
    if find_native() is None:
        os.environ.setdefault("GLASSNET_ENGINE", "reference")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by the fixtures it takes, and skip before any fixture is made where the machine lacks the thing."""
    missing = {marker: need.reason for marker, need in NEEDS.items() if need.find() is None}
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEED_OF_FIXTURE:
                item.add_marker(NEED_OF_FIXTURE[fixture])
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def skips(config: pytest.Config) -> list[tuple[str, str]]:
    """(test, reason) of everything that this run skipped, whole modules included."""
    reports = config.pluginmanager.getplugin("terminalreporter").stats.get("skipped", [])
    return [(report.nodeid, str(report.longrepr[2]).removeprefix("Skipped: ")) for report in reports]


def unexpected(skipped: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The skips that no missing thing excuses."""
    excused = {need.reason for need in NEEDS.values() if need.find() is None}
    return [(test, reason) for test, reason in skipped if reason not in excused]


def in_short(skipped: Iterable[tuple[str, str]]) -> list[str]:
    """One line for each test function and reason, with the number of its cases."""
    cases = Counter((test.partition("[")[0], reason) for test, reason in skipped)
    return [f"{test}{f' ({count} cases)' if count > 1 else ''}: {reason}" for (test, reason), count in cases.items()]


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if os.environ.get("CI") == "true" and exitstatus == pytest.ExitCode.OK and unexpected(skips(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = skips(config)
    later = [item for item in terminalreporter.stats.get("deselected", []) if item.get_closest_marker("slow")]
    if skipped or later:
        terminalreporter.section("not run on this machine")
    for line in in_short(skipped):
        terminalreporter.line(f"Not run on this machine: {line}")
    if later:
        terminalreporter.line(f"Not run here: {len(later)} slow tests; `python -m tasks nightly` runs them")
    if os.environ.get("CI") == "true":
        for test, reason in unexpected(skipped):
            terminalreporter.line(f"FAILED: this machine can run {test}, which was skipped: {reason}", red=True)
