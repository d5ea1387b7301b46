"""Build the native engine's own test program in one of several ways, and run it.

    python scripts/nightly/native.py plain | address | thread | aarch64

plain: as the module is built. address: with AddressSanitizer and UndefinedBehaviorSanitizer. thread: with
ThreadSanitizer. aarch64: by a cross compiler, run under qemu. Every way ends with the digests of the same trainings,
on each instruction set that can run; they must be those of the plain build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRAININGS = 190  # every loss ten times, in float32 and float64

MISSING = {
    "cmake": "pip install cmake (or apt install cmake)",
    "g++": "apt install g++",
    "aarch64-linux-gnu-g++": "apt install g++-aarch64-linux-gnu",
    "qemu-aarch64": "apt install qemu-user",
}


@dataclass(frozen=True)
class Way:
    """How the program is built and run, and what that needs."""

    needs: tuple[str, ...] = ("cmake", "g++")
    configure: tuple[str, ...] = ()
    runner: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()  # of the tests


def sanitized(kind: str) -> tuple[str, ...]:
    # At -O1 with whole frames: reports name the line, and the program still runs in minutes.
    return (
        f"-DCMAKE_CXX_FLAGS=-fsanitize={kind} -fno-sanitize-recover=all -fno-omit-frame-pointer -g",
        "-DGLASSNET_OPTIMIZE=-O1",
    )


def has_avx512() -> bool:
    """Then vectors of 64 bytes lie crooked in the frames of that option, and kernels crash (llvm-project#152819)."""
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "avx512f" in flags.read_text()


WAYS = {
    "plain": Way(),
    "address": Way(
        configure=sanitized("address,undefined"),
        environment={"ASAN_OPTIONS": f"detect_stack_use_after_return={int(not has_avx512())}"},
    ),
    # Races are between the engine's threads, whatever its kernels.
    "thread": Way(configure=(*sanitized("thread"), "-DGLASSNET_ALL_SETS=OFF")),
    "aarch64": Way(
        ("cmake", "g++", "aarch64-linux-gnu-g++", "qemu-aarch64"),
        (
            "-DCMAKE_SYSTEM_NAME=Linux",
            "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
            "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++",
        ),
        ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"),
        # QEMU 7.2 ends with an assertion of its own where a forked child of a program with threads begins one.
        arguments=("--without", "a_forked_child"),
    ),
}


def build(name: str) -> Path:
    """The test program of this way, in build/native-NAME; only what changed is compiled."""
    folder = ROOT / "build" / f"native-{name}"
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    arguments = ["-S", ROOT / "native", "-B", folder, "-DGLASSNET_TESTS=ON", *launcher, *WAYS[name].configure]
    subprocess.run(["cmake", *arguments], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["cmake", "--build", folder, "--parallel", str(os.cpu_count() or 1)], check=True, stdout=subprocess.DEVNULL
    )
    return folder / "native_tests"


def run(name: str, program: Path, *arguments: str) -> str:
    """Standard output of the program, which is shown where it fails."""
    command = [*WAYS[name].runner, str(program), *arguments]
    done = subprocess.run(command, env=os.environ | WAYS[name].environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{' '.join(command)}: status {done.returncode}")
    return done.stdout


def digests(name: str, program: Path, instruction_set: str) -> list[str]:
    return run(name, program, "--digests", str(TRAININGS), instruction_set).splitlines()


def main(name: str) -> None:
    lacking = [tool for tool in WAYS[name].needs if not shutil.which(tool)]
    if lacking:
        sys.exit("This needs " + " and ".join(f"{tool}: {MISSING[tool]}" for tool in lacking))
    program, plain = build(name), build("plain")
    tests = run(name, program, *WAYS[name].arguments)
    print(tests, end="")
    wanted = digests("plain", plain, "portable")
    for instruction_set in tests.rpartition("instruction sets: ")[2].split():
        found = digests(name, program, instruction_set)
        differing = [(a, b) for a, b in zip(wanted, found, strict=True) if a != b]
        if differing:
            pairs = "\n".join(f"  {a}\n  {b}" for a, b in differing[:5])
            sys.exit(
                f"{len(differing)} trainings have other bits on {instruction_set} than in the plain build:\n{pairs}"
            )
        print(f"{instruction_set}: {len(found)} trainings, the bits of the plain build's portable code")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in WAYS:
        sys.exit(f"usage: native.py {' | '.join(WAYS)}")
    main(sys.argv[1])
