"""C9 (b): the losses for two classes."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import DataError
from glassnet.maths.losses import binary_crossentropy, categorical_crossentropy, hinge, squared_hinge

C9 = {0.9: 0.10536052, 0.8: 0.22314355, 0.7: 0.35667494, 0.6: 0.51082562, 0.5: 0.69314718}


@pytest.mark.parametrize(("given_to_true_class", "printed"), C9.items())
def test_c9_binary_crossentropy_of_both_labels(given_to_true_class, printed):
    assert binary_crossentropy([1], [given_to_true_class]) == pytest.approx(printed, abs=5.1e-9)
    assert binary_crossentropy([0], [1 - given_to_true_class]) == pytest.approx(printed, abs=5.1e-9)


def test_c9_the_whole_column_at_once():
    p = np.array(list(C9))
    ones = binary_crossentropy(np.ones(5), p, reduction="none")
    zeros = binary_crossentropy(np.zeros(5), 1 - p, reduction="none")
    assert ones == pytest.approx(list(C9.values()), abs=5.1e-9)
    assert zeros == pytest.approx(list(C9.values()), abs=5.1e-9)
    assert binary_crossentropy([1, 0] * 5, np.ravel([p, 1 - p], order="F")) == pytest.approx(np.mean(list(C9.values())))


@pytest.mark.parametrize("z", [-800.0, -40.0, -1.0, -1e-12, 0.0, 3.0, 36.0, 40.0, 800.0])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_from_logits_keeps_all_digits(z, t):
    mp = mpmath.mp.clone()
    mp.dps = 500  # enough for 1 - sigmoid(800)
    p = 1 / (1 + mp.exp(-mp.mpf(z)))
    exact = -(mp.mpf(t) * mp.log(p) + (1 - mp.mpf(t)) * mp.log(1 - p))
    assert binary_crossentropy([t], [z], from_logits=True) == pytest.approx(float(exact), rel=1e-14, abs=0)
    gradient = binary_crossentropy.gradient([t], [z], from_logits=True)[0]
    assert gradient == pytest.approx(float(p - mp.mpf(t)), rel=1e-13, abs=3e-16)


@given(st.floats(0.001, 0.999), st.floats(0, 1))
def test_it_is_the_categorical_one_with_the_other_class_written_out(p, t):
    both = categorical_crossentropy([[1 - t, t]], [[1 - p, p]])
    assert binary_crossentropy([t], [p]) == pytest.approx(both, rel=1e-12, abs=1e-15)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_true_probability_minimises_it(truth, guess):
    assert binary_crossentropy([truth], [truth]) <= binary_crossentropy([truth], [guess]) + 1e-15


def test_several_questions_are_summed_and_the_rows_averaged():
    T, P = [[1, 0], [0, 0]], [[0.9, 0.2], [0.5, 0.4]]
    rows = [-math.log(0.9) - math.log(0.8), -math.log(0.5) - math.log(0.6)]
    assert binary_crossentropy(T, P, reduction="none") == pytest.approx(rows)
    assert binary_crossentropy(T, P) == pytest.approx(np.mean(rows))


@pytest.mark.parametrize("labels", [[2, 0], [-1, 1]])
def test_labels_beyond_0_and_1_are_refused(labels):
    for from_logits in (False, True):
        with pytest.raises(DataError, match="takes targets of 0 and 1, or probabilities between them; given were"):
            binary_crossentropy(labels, [0.5, 0.5], from_logits=from_logits)


def test_hinge_by_hand():
    scores = [3.0, 1.0, 0.25, 0.0, -2.0]
    assert hinge([1] * 5, scores, reduction="none").tolist() == [0, 0, 0.75, 1, 3]
    assert squared_hinge([1] * 5, scores, reduction="none").tolist() == [0, 0, 0.5625, 1, 9]
    assert hinge([0] * 5, np.negative(scores), reduction="none").tolist() == [0, 0, 0.75, 1, 3]


def test_hinge_reads_0_as_minus_1_and_takes_minus_1_too():
    scores = [0.5, -3.0, 0.2, 1.5]
    for loss in (hinge, squared_hinge):
        assert loss([0, 1, 0, 1], scores) == loss([-1, 1, -1, 1], scores)
        assert loss([False, True, False, True], scores) == loss([-1, 1, -1, 1], scores)
        for bad in ([2, 1, 0, 1], [0.5, 1, 0, 1]):
            with pytest.raises(DataError, match="labels 0 and 1, or -1 and \\+1"):
                loss(bad, scores)


def test_at_its_corner_the_hinge_has_the_gradient_0():
    assert hinge.gradient([1, 0], [1.0, -1.0]).tolist() == [0, 0]
    assert hinge.gradient([1, 0], [1 - 1e-9, -1 + 1e-9]).tolist() == [-0.5, 0.5]
    assert squared_hinge.gradient([1, 0], [1.0, -1.0]).tolist() == [0, 0]
