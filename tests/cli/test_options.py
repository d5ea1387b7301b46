"""The small languages of option values, and the recipes for what is not said."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.cli.options import named, rows_a_step, widths
from glassnet.cli.recipes import DIGITS, MNIST, recipe_for
from glassnet.data import Dataset, open_source
from glassnet.errors import SettingError


@pytest.mark.parametrize(("text", "found"), [("128", (128,)), ("9, 8,7", (9, 8, 7)), ("none", ()), ("None", ())])
def test_widths(text, found):
    assert widths(text) == found


@pytest.mark.parametrize("text", ["", "0", "-3", "8,", "8.5", "8 9", "all"])
def test_widths_that_are_none(text):
    with pytest.raises(SettingError, match="--layers takes the widths"):
        widths(text)


@pytest.mark.parametrize("text", ["0", "-1", "", "1.5", "FULL", "٣"])
def test_batch_sizes_that_are_none(text):
    with pytest.raises(SettingError, match="--batch-size is"):
        rows_a_step(text)


def test_names_with_settings():
    assert named("--optimizer", "adam") == ("adam", {})
    assert named("--optimizer", "adam:beta1=0.8, bias_correction=false") == (
        "adam",
        {"beta1": 0.8, "bias_correction": False},
    )
    with pytest.raises(SettingError, match="'beta1=high' sets no number"):
        named("--optimizer", "adam:beta1=high")
    with pytest.raises(SettingError, match="'beta1' sets no number"):
        named("--optimizer", "adam:beta1")


@pytest.mark.parametrize(("rows", "epochs"), [(20, 200), (1000, 62), (10_000, 6), (1_000_000, 5)])
def test_a_file_gets_as_many_epochs_as_make_enough_steps(rows, epochs):
    X, y = np.zeros((rows, 1)), np.zeros(rows)
    assert recipe_for(Dataset("a.csv", X, y, X[:0], y[:0], "real")).epochs == epochs


def test_sources_with_a_name_have_their_own_recipe(mnist_dir):
    assert recipe_for(open_source("digits")) is DIGITS
    assert recipe_for(open_source("mnist", mnist_dir)) is MNIST
