"""Asks the command line about every file in a folder, each read as the parser of that name would be.

python scripts/fuzz/commands.py csv FOLDER
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from hostile.commands import Place, complaint

MOST = 300  # files: a fuzzer keeps some thousand


def main(target: str, folder: Path) -> int:
    with tempfile.TemporaryDirectory() as place:
        here = Place(Path(place))
        found = [complaint(here, target, file) for file in sorted(folder.iterdir())[:MOST]]
    print("\n".join(filter(None, found)))
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
