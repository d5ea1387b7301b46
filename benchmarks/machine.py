"""What this machine can do at most: the limits that results are printed beside. Needs a C++ compiler (c++ or $CXX).

    python benchmarks/machine.py

fma_float32, fma_float64: 10^9 floating-point operations a second of one and of two threads (a fused multiply-add is
two). barrier_ns: two spinning threads waiting for each other. read_gb_s: 10^9 bytes a second read from memory.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("machine.cpp")


@lru_cache(maxsize=1)
def program() -> Path:
    """The compiled machine.cpp; it stays until this process ends."""
    folder = tempfile.TemporaryDirectory()
    program.folder = folder  # type: ignore[attr-defined]
    made = Path(folder.name) / "machine"
    compiler = os.environ.get("CXX", "c++")
    subprocess.run([compiler, "-std=c++20", "-O3", "-march=native", "-pthread", SOURCE, "-o", made], check=True)
    return made


def limits(*, brief: bool = False) -> dict[str, Any]:
    """The measured limits; `brief`: only float32 and the barrier. {} without a compiler."""
    try:
        command = [program(), *(["brief"] if brief else [])]
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The machine's limits are not known, machine.cpp could not be compiled: {error}")
        return {}
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def description() -> dict[str, Any]:
    """Processor, system and how busy it is."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":", 1)[1].strip() if lines else name
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": name,
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": load,
    }


if __name__ == "__main__":
    print(json.dumps(description() | limits(), indent=2))
