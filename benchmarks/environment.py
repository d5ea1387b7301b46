"""What every benchmark does first: remove the settings that make NumPy slower or faster than it is at home."""

from __future__ import annotations

import os
import sys

OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def restart_without_overrides() -> None:
    """Starts this script again without them, if any was set: OpenBLAS reads them only when it is loaded."""
    found = [name for name in OVERRIDES if os.environ.pop(name, None) is not None]
    if found:
        print(f"removed from the environment, for all sides: {', '.join(found)}", flush=True)
        os.execv(sys.executable, [sys.executable, *sys.argv])
