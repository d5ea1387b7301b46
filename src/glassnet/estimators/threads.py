"""How many threads: one inside a worker of joblib, whose neighbours have the other processors."""

from __future__ import annotations


def threads_for(n_threads: int | None) -> int | None:
    """What was asked for; else one inside a worker of joblib, and elsewhere what pays (None).

    >>> threads_for(3), threads_for(None)
    (3, None)
    """
    if n_threads is not None:
        return int(n_threads)
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    return 1 if backend.nesting_level else None
