"""The course of a training: a bar and lines on a terminal, sentences elsewhere, never too many."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli.output import Output, Terminal
from glassnet.cli.progress import EpochLines, _interval, download_progress

X = np.random.default_rng(0).normal(size=(64, 3))
Y = (X[:, 0] > 0).astype(int)


def told(epochs: int, *, width: int = 80, terminal: bool = True, plain: bool = False) -> str:
    """What is written to standard error while a small network is trained."""
    output = Output(plain=plain)
    output.__dict__["err"] = Terminal(plain=plain, file=io.StringIO(), force_terminal=terminal, width=width)
    net = gn.Network([gn.Dense(4), gn.Dense(2)])
    lines = EpochLines(output, "Learning.", "test")
    net.fit(X, Y, epochs=epochs, validation_data=(X, Y), callbacks=[lines])
    return output.err.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminal_of_any_width_shows_a_bar_that_goes_away(width):
    text = told(3, width=width)
    assert "\x1b[?25l" in text  # the cursor is hidden ...
    assert text.count("\x1b[?25h") == text.count("\x1b[?25l")  # ... and comes back
    assert "epoch 3 of 3" in text
    visible = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    assert all(len(line) <= width for frame in visible.split("\r") for line in frame.split("\n"))


def test_a_terminal_shows_each_epoch_under_its_header():
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told(3)).replace("\r", "\n").split("\n")
    assert sum("test accuracy" in line for line in lines) == 1
    epochs = [line.split()[0] for line in lines if re.fullmatch(r" +\d+( +[\d.]+(\xa0%)?){4} *", line)]
    assert epochs == ["1", "2", "3"]


@pytest.mark.parametrize("options", [{"terminal": False}, {"plain": True}])
def test_elsewhere_it_is_sentences(options):
    lines = told(3, **options).splitlines()
    assert lines[0] == "Learning."
    assert [line[:12] for line in lines[1:]] == ["Epoch 1 of 3", "Epoch 2 of 3", "Epoch 3 of 3"]
    assert all(re.search(r": loss [\d.]+, accuracy .*, test loss [\d.]+, test accuracy ", line) for line in lines[1:])


def test_of_many_epochs_the_first_the_last_and_round_ones_are_told():
    lines = told(64, terminal=False).splitlines()[1:]
    assert [int(line.split()[1]) for line in lines] == [1, 10, 20, 30, 40, 50, 60, 64]


@pytest.mark.parametrize(
    ("epochs", "interval"), [(1, 1), (12, 1), (13, 2), (30, 5), (100, 10), (1000, 100), (1201, 200)]
)
def test_the_interval_is_round_and_keeps_to_a_dozen_lines(epochs, interval):
    assert _interval(epochs) == interval


def test_progress_changes_nothing_that_is_learned():
    def weights(callbacks):
        net = gn.Network([gn.Dense(4), gn.Dense(2)])
        net.fit(X, Y, epochs=2, callbacks=callbacks)
        return net.parameters().flat.copy()

    output = Output(plain=True)
    output.__dict__["err"] = Terminal(plain=True, file=io.StringIO())
    np.testing.assert_array_equal(weights([]), weights([EpochLines(output, "", "test")]))


def test_downloads_are_a_sentence_a_file_or_a_bar():
    for terminal in (False, True):
        output = Output()
        output.__dict__["err"] = Terminal(plain=False, file=io.StringIO(), force_terminal=terminal, width=80)
        with download_progress(output) as report:
            for received in (0, 500_000, 1_000_000):
                report("images.gz", received, 1_000_000)
        text = output.err.file.getvalue()
        assert "images.gz" in text
        assert "1.0 MB" in text
        if not terminal:
            assert text == "Downloading images.gz (1.0 MB).\n"
