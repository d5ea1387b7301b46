"""How well mistakes in code are found: each of benchmarks/planted_bugs.py in the lecture's exercise, marked.

python benchmarks/marking_code.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from environment import arguments
from planted_bugs import BUGS, planted

from glassnet.lab.code.marking import mark_code

EXAMPLES = Path(__file__).parents[1] / "examples" / "marking"


def main() -> int:
    source = (EXAMPLES / "mnist_by_hand.py").read_text(encoding="utf-8")
    named, started = 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for slip, replacements in BUGS:
            file = Path(folder) / "exercise.py"
            file.write_text(planted(source, replacements), encoding="utf-8")
            report = mark_code(EXAMPLES / "batch.toml", file)
            wrong = [line for line in report.answers if line.verdict == "wrong"]
            found = [finding["slip"] for line in wrong[:1] for finding in line.findings] or ["nothing"]
            named += found[0] == slip
            if found[0] != slip:
                print(f"  {slip}: {found} at {[(line.function, line.quantity) for line in wrong]}")
        right = mark_code(EXAMPLES / "batch.toml", EXAMPLES / "mnist_by_hand.py")
    print(f"{len(BUGS)} planted mistakes: named first {named} ({named / len(BUGS):.1%})")
    print(f"the right exercise: {right.marks} of {right.out_of} lines right")
    print(f"{(time.perf_counter() - started) / (len(BUGS) + 1):.1f} s each; limit: at least 92 %")
    return 0 if named >= 0.92 * len(BUGS) and right.marks == right.out_of else 1


if __name__ == "__main__":
    arguments(__doc__).parse_args()
    sys.exit(main())
