"""All claims, one after another: `python examples/claims` tries them; with a folder it writes the page there.

python examples/claims docs        docs/claims.md and docs/images/claims/*.svg
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from claim import Tried, standalone

CLAIMS = (
    "relu",
    "saturation",
    "vanishing",
    "adagrad",
    "momentum",
    "mini_batch",
    "linear",
    "three_layers",
    "likelihood",
)
TOP = """# The course's claims, tried

Each sentence of the slides that can be tried is a small program in [`examples/claims`](../examples/claims): it trains
or computes, draws what it found, and says whether the claim holds, and by which measure. `python
examples/claims/relu.py` tries one; `python examples/claims docs` writes this page, and a test holds it to what the
programs find.
"""


def tried() -> Iterator[tuple[str, Tried]]:
    """Each claim by the name of its program."""
    for name in CLAIMS:
        yield name, import_module(name).experiment()


def entry(name: str, found: Tried) -> str:
    """What the page says of a claim."""
    program = f"[`{name}.py`](../examples/claims/{name}.py)"
    return (f"## {found.claim}\n\n**It {found.answer}.** {found.verdict} ({program})\n\n"
            f"![{found.claim}: {found.answer}](images/claims/{name}.svg)\n")  # fmt: skip


def main(folder: Path | None) -> None:
    """Tries all claims; into a folder it writes the page and its pictures."""
    entries = []
    for name, found in tried():
        print(f"{found.claim}: it {found.answer}. {found.verdict}", found.measured)
        entries.append(entry(name, found))
        if folder is not None:
            path = folder / "images" / "claims" / f"{name}.svg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(standalone(found) + "\n", encoding="utf-8")
    if folder is not None:
        (folder / "claims.md").write_text("\n".join([TOP, *entries]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
