"""Coverage-guided fuzzing of every parser: bytes in, a value or one sentence of one kind out.

    pip install -r scripts/fuzz/requirements.txt
    python scripts/fuzz/parsers.py model -max_total_time=600

The first argument names the parser, the others are libFuzzer's. Any other exception, a sentence of two lines, more than
10 seconds, or more than 200 MB beyond what the interpreter had at the start ends the run with the input that did it.
`nightly.py` runs them all.
"""

from __future__ import annotations

import gc
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from time import process_time
from types import FunctionType

import atheris

from glassnet.files import checkpoint

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path.insert(0, str(TESTS))

from hostile.targets import Equal, targets  # noqa: E402

FOUND = TESTS / "hostile" / "found"  # inputs that once did harm: TARGET-whatever
MEMORY = 200  # MB
SECONDS = 10  # of processor time
SEEN = ("glassnet", "csv", "gzip", "json", "tomllib", "zipfile")


def instrument() -> None:
    """Lets the fuzzer see which branches ran: ours, and those of the parsers in Python's library.

    `atheris.instrument_imports` does not see what is installed in editable mode.
    """
    for function in [found for found in gc.get_objects() if isinstance(found, FunctionType)]:
        if (function.__module__ or "").partition(".")[0] in SEEN:
            atheris.instrument_func(function)


def main() -> None:
    known = targets()
    checkpoint.digest_of_numbers = lambda numbers: Equal("")
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit(f"Name a parser: {', '.join(known)}.")
    name = sys.argv.pop(1)
    target = known[name]
    corpus = Path(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None
    kept = corpus or Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    kept.mkdir(exist_ok=True)
    for place, right in enumerate(target.seeds):
        (kept / f"right-{place}").write_bytes(right)
        target.parse(right)
    for path in FOUND.glob(f"{name}-*"):
        shutil.copy(path, kept)
    instrument()

    def one(data: bytes) -> None:
        started = process_time()
        try:
            target.parse(data)
        except target.answers as error:
            if "\n" in str(error) or len(str(error)) > 2000:
                raise RuntimeError(f"not one sentence: {error}") from error
        if process_time() - started > SECONDS:
            raise RuntimeError("too slow")

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # libFuzzer's own clock counts the time in which this process did not run.
    time = ["-timeout=900", "-report_slow_units=900"]
    size = [f"-rss_limit_mb={used + MEMORY}", "-max_len=65536", "-len_control=50"]
    atheris.Setup([sys.argv[0], str(kept), *time, *size, "-print_final_stats=1", *sys.argv[1:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
