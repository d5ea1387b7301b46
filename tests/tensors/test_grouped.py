"""The loss of several labels a row: one cross-entropy for each group, and its derivative along the tape."""

import numpy as np

from glassnet.maths import losses
from glassnet.maths.differences import check_gradient
from glassnet.tensors.grouped import grouped_crossentropy

RANDOM = np.random.default_rng(0)
T = np.hstack([np.eye(2)[[0, 1, 1, 0]], np.eye(3)[[2, 0, 1, 1]]])
P = RANDOM.normal(size=(4, 5))
TWO = grouped_crossentropy.configured(groups=(2, 3))
WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5])


def test_it_is_the_sum_of_a_cross_entropy_for_each_group():
    each = losses.CATALOGUE["categorical_crossentropy"].configured()
    parts = [
        each(T[:, part], P[:, part], from_logits=True, sample_weight=WEIGHTS) for part in (slice(0, 2), slice(2, 5))
    ]
    np.testing.assert_allclose(TWO(T, P, sample_weight=WEIGHTS), sum(parts))


def test_its_derivative_is_softmax_minus_target_in_each_group():
    check_gradient(lambda P: TWO(T, P), P, TWO.gradient(T, P))
    e = np.exp(P)
    softmax = np.hstack(
        [e[:, :2] / e[:, :2].sum(axis=1, keepdims=True), e[:, 2:] / e[:, 2:].sum(axis=1, keepdims=True)]
    )
    np.testing.assert_allclose(TWO.gradient(T, P), (softmax - T) / 4)
