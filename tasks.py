"""The project's commands, with nothing but Python: ``python3 -m tasks train``, ``python3 -m tasks test``.

Each one makes the environment in .venv where it is missing, installs what it needs, once, and starts the work.
``make NAME`` is the same.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def runs(command):  # no annotations above the version check: an old Python has to get that far
    """Whether a command is there and ends with status 0; it may print nothing."""
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if sys.version_info < (3, 11):  # noqa: UP036 (this is where an older one is told)
    found = next((name for name in NEWER if runs([name, "--version"])), None)
    asked = " ".join([found or "", "-m tasks", *sys.argv[1:]])
    hint = f"one is here, type: {asked}" if found else "get one from https://www.python.org"
    sys.exit("glassnet needs Python 3.11 or newer, and this is {}.{}; {}".format(*sys.version_info[:2], hint))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def say(text: str) -> None:
    print(text, flush=True)  # before what the child processes print


def call(*command: str | Path) -> int:
    """Run a command in the project's root; its exit status. PYTHONPATH would hide what is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment).returncode


def project() -> dict:
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def make_environment() -> None:
    """Create .venv, or say the one line to type where this Python cannot."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sudo = "" if os.name == "nt" or os.geteuid() == 0 else "sudo "
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        line = (
            f"{sudo}apt install {package}"
            if shutil.which("apt")
            else "(get a whole Python from https://www.python.org)"
        )
        sys.exit(f"{sys.executable} lacks venv. Type this, then try again:\n  {line}")
    say("Making .venv anew: it does not work any more." if VENV.exists() else "Making the environment in .venv.")
    if call(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit(f"The environment could not be made in {VENV}; the reason stands above.")


def prepare(group: str, requirements: list[str]) -> None:
    """Bring .venv to what ``group`` needs; at once where a stamp says that nothing changed since it did."""
    if not runs([str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]):
        make_environment()
    asked = [ROOT / "pyproject.toml", ROOT / "src" / "glassnet" / "_version.py"]
    asked += sorted(path for path in (ROOT / "native").rglob("*") if path.suffix in (".cpp", ".hpp", ".txt"))
    # The folder is part of the stamp: an editable install breaks when it is moved.
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in asked) + str(ROOT).encode()).hexdigest()
    stamp = VENV / f".glassnet-{group}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing what `{group}` needs into .venv, once; with a C++ compiler that takes a minute or two.")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if call(*pip, "--editable", ".[all]", *requirements):
        sys.exit("pip could not install this; its reason stands above. With a working connection, try again.")
    stamp.write_text(digest)


def prepare_tests() -> None:
    prepare("test", project()["dependency-groups"]["test"])


def train(*arguments: str) -> int:
    """Train on the embedded digits: glassnet train [ARGUMENTS]."""
    prepare("train", [])
    status = call(PYTHON, "-m", "glassnet", "train", *arguments)
    command = PYTHON.with_name("glassnet").relative_to(ROOT)
    print(f"Here `glassnet` is {command}; in an activated environment it is glassnet alone.", file=sys.stderr)
    return status


def bench(*arguments: str) -> int:
    """glassnet beside its peers: benchmarks/bench.py [ARGUMENTS], in .venv-bench, which holds torch, JAX and others."""
    venv = ROOT / ".venv-bench"
    python = venv / PYTHON.relative_to(VENV)
    requirements = ROOT / "benchmarks" / "requirements.txt"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not runs([str(python), "-m", "pip", "--version"]) and call(sys.executable, "-m", "venv", "--clear", venv):
        return 1
    # Not editable: what is measured is what users install. pip finds everything but glassnet there already.
    say("Bringing .venv-bench up to date.")
    return call(*pip, "--requirement", requirements, ROOT) or call(python, "benchmarks/bench.py", *arguments)


CHECKS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy", "--strict", "src/glassnet"],
    "packages": ["scripts/check_packages.py"],
    "tests": ["-m", "pytest"],
}

NIGHTLY = {
    "slow": ["-m", "pytest", "-m", "slow"],  # 300 kills among them
    "fuzz": ["scripts/fuzz/nightly.py"],
    "lowest": ["tasks.py", "lowest"],
    "interruptions": ["scripts/nightly/interruptions.py"],
    "native": ["scripts/nightly/native.py", "plain"],
    "address": ["scripts/nightly/native.py", "address"],
    "thread": ["scripts/nightly/native.py", "thread"],
    "aarch64": ["scripts/nightly/native.py", "aarch64"],
    "no compiler": ["scripts/nightly/no_compiler.py"],
    "scikit-learn": ["scripts/nightly/scikit_learn.py"],  # each release that is supported
}


def counts(junit: Path) -> str:
    """pytest's own count, from its JUnit report: 812 passed, 3 skipped."""
    if not junit.exists():
        return ""
    suite = ElementTree.parse(junit).getroot()[0].attrib
    number = {name: int(suite[name]) for name in ("tests", "failures", "errors", "skipped")}
    passed = number.pop("tests") - sum(number.values())
    words = {"failures": "failed", "errors": "errors", "skipped": "skipped"}
    return ", ".join([f"{passed} passed", *(f"{count} {words[name]}" for name, count in number.items() if count)])


def check(stages: dict[str, list[str]], pytest_arguments: tuple[str, ...] = ()) -> int:
    """Run the stages, every one even where one before it failed; end with one line each."""
    prepare_tests()
    lines, failed = [], []
    width = max(map(len, stages)) + 2
    with tempfile.TemporaryDirectory() as folder:
        junit = Path(folder) / "pytest.xml"
        for name, stage in stages.items():
            command = [*stage, *((f"--junitxml={junit}", *pytest_arguments) if name == "tests" else ())]
            say(f"\n== {name}: {' '.join(stage).removeprefix('-m ')}")
            start = time.monotonic()
            status = call(PYTHON, *command)
            failed += [name] if status else []
            lines.append(f"{name:{width}}{'FAILED' if status else 'passed'}{time.monotonic() - start:9.1f} s")
        say("\n== summary\n" + "\n".join(lines))
        result = f"FAILED: {', '.join(failed)}" if failed else f"All {len(stages)} stages passed"
        say("; pytest: ".join(filter(None, [result, counts(junit)])))
    return 1 if failed else 0


def test(*arguments: str) -> int:
    """Everything that has to pass: lint, format, types, packages, tests. ARGUMENTS go to pytest."""
    return check(CHECKS, arguments)


def lint() -> int:
    """Only what needs no test run: lint, format, types."""
    return check({name: CHECKS[name] for name in ("lint", "format", "types")})


def format() -> int:
    """Bring the code into its form: ruff check --fix, ruff format."""
    prepare_tests()
    return call(PYTHON, "-m", "ruff", "check", "--fix", ".") | call(PYTHON, "-m", "ruff", "format", ".")


def nightly(*names: str) -> int:
    """What takes long: slow tests, lowest versions, scripts/nightly/. NAMES choose stages; without any, all run."""
    unknown = [name for name in names if name not in NIGHTLY]
    if unknown:
        print(f"There is no stage {unknown[0]!r} in the night; there are {', '.join(NIGHTLY)}.", file=sys.stderr)
        return 2
    return check({name: NIGHTLY[name] for name in names or NIGHTLY})


def lowest() -> int:
    """The tests with the lowest version of every dependency that pyproject.toml allows."""
    settings = project()
    ranges = [*settings["project"]["dependencies"], *settings["project"]["optional-dependencies"]["images"]]
    pinned = [requirement.split(",")[0].replace(">=", "==") for requirement in ranges]
    wanted = [*pinned, *settings["dependency-groups"]["test"], "--editable", ".[all]"]
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / PYTHON.relative_to(VENV)
        say(f"Installing {', '.join(pinned)}.")
        return (
            call(sys.executable, "-m", "venv", folder)
            or call(python, "-m", "pip", "install", "--quiet", *wanted)
            or call(python, "-m", "pytest")
        )


def clean() -> int:
    """Remove .venv, .venv-bench and everything built; not runs/."""
    for path in (
        VENV,
        *(ROOT / name for name in (".venv-bench", "build", "dist", ".mypy_cache", ".pytest_cache", ".ruff_cache")),
    ):
        shutil.rmtree(path, ignore_errors=True)
    return 0


TASKS = {task.__name__: task for task in (train, test, bench, lint, format, nightly, lowest, clean)}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in TASKS:
        if arguments and arguments[0] not in ("-h", "--help"):
            print(f"There is no task {arguments[0]!r}; there are {', '.join(TASKS)}.", file=sys.stderr)
            return 2
        print("\n".join(f"{name:10}{task.__doc__}" for name, task in TASKS.items()))
        return 0
    if arguments[1:] and arguments[0] not in ("train", "test", "bench", "nightly"):
        print(f"The task {arguments[0]!r} takes no arguments.", file=sys.stderr)
        return 2
    try:
        return TASKS[arguments[0]](*arguments[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
