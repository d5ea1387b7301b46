"""What installing glassnet adds to a disk, beyond NumPy, in MB (10^6 bytes): the core install, no extras.

    python benchmarks/installed_size.py                  # installs this folder into an empty target first
    python benchmarks/installed_size.py SITE_PACKAGES    # measures a folder that holds an install already

Compiled .pyc files count where the installer wrote them. It ends with status 1 over the limit.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, distributions
from pathlib import Path

from environment import arguments

LIMIT = 25.0
NOT_OURS = {"numpy", "pip", "setuptools"}
ROOT = Path(__file__).resolve().parents[1]


def megabytes(distribution: Distribution) -> float:
    """The size of the files that a distribution's own record lists."""
    paths = [Path(str(distribution.locate_file(file))) for file in distribution.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def beyond_numpy(site_packages: Path) -> dict[str, float]:
    """Distribution -> MB, largest first."""
    sizes = {found.name: megabytes(found) for found in distributions(path=[str(site_packages)])}
    return dict(sorted(((name, size) for name, size in sizes.items() if name not in NOT_OURS), key=lambda it: -it[1]))


def report(site_packages: Path) -> int:
    sizes = beyond_numpy(site_packages)
    assert "glassnet" in sizes, f"{site_packages} holds no glassnet"
    total = sum(sizes.values())
    for name, size in sizes.items():
        print(f"{name:20}{size:8.2f} MB")
    print(f"{'beyond NumPy':20}{total:8.2f} MB, limit {LIMIT:.0f} MB")
    return int(total > LIMIT)


def main(site: Path | None) -> int:
    if site:
        return report(site)
    with tempfile.TemporaryDirectory() as target:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", target, str(ROOT)], check=True)
        return report(Path(target))


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("site", type=Path, nargs="?", metavar="SITE_PACKAGES")
    sys.exit(main(parser.parse_args().site))
