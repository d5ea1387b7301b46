"""Fixtures of the tests of training."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that make hundreds of runs and pull no plug: a file that is written is there at once anyway."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
