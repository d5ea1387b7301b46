"""Fixtures of the tests of optimizers."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that make runs and pull no plug: a file that is written is there at once anyway."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
