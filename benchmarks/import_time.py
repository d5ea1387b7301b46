"""What ``import glassnet`` adds to ``import numpy``: medians over new processes that alternate, in milliseconds.

    python benchmarks/import_time.py [PAIRS]

Each process times its own import, so starting Python is not counted; the compiled .pyc files are there, as they are
after the first use. It ends with status 1 over the limit.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from environment import arguments

LIMIT = 60.0
TIMED = "import time; start = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - start))"


def milliseconds(module: str) -> float:
    command = [sys.executable, "-c", TIMED.format(module)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main(pairs: int) -> int:
    milliseconds("numpy"), milliseconds("glassnet")  # the first ones read the disk and write the .pyc files
    runs = [(milliseconds("numpy"), milliseconds("glassnet")) for _ in range(pairs)]
    numpy, glassnet = (statistics.median(column) for column in zip(*runs, strict=True))
    low, _, high = statistics.quantiles([both - one for one, both in runs], n=4)
    print(f"import numpy     {numpy:6.1f} ms (median of {pairs})")
    print(f"import glassnet  {glassnet:6.1f} ms (median of {pairs}, NumPy included)")
    print(f"beyond NumPy     {glassnet - numpy:6.1f} ms, limit {LIMIT:.0f} ms (quartiles {low:.1f} to {high:.1f} ms)")
    return int(glassnet - numpy > LIMIT)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("pairs", type=int, nargs="?", default=20)
    sys.exit(main(parser.parse_args().pairs))
