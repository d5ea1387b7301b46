"""The loss of several labels a row: the library's, but no member of the catalogue, for its groups are the data's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.maths.activations import log_softmax
from glassnet.tensors.own import loss


@loss
def grouped_crossentropy(target: Any, prediction: Any, *, groups: Sequence[int] = (1,)) -> Any:
    """The sum of one cross-entropy for each group of outputs, each group with a softmax of its own.

    Formula:
        l_n = - sum over the groups g, sum over c in g: t_nc log(softmax of z_n in g)_c

    Args:
        groups: how many outputs each group has, in order.

    Shapes: target and prediction (B, C), one-hot in each group and logits; C is the sum of the groups.

    Raises: what a loss of one's own raises (`gn.loss`).

    Example:
        >>> two = grouped_crossentropy.configured(groups=(2, 3))
        >>> z = np.zeros((1, 5))
        >>> bool(np.isclose(two([[0, 1, 1, 0, 0]], z), np.log(2) + np.log(3)))
        True

    Source: Caruana (1997), Machine Learning 28, 41-75, "Multitask learning".
    """
    ends = np.cumsum(groups)
    rows = 0
    for start, end in zip((0, *ends[:-1].tolist()), ends.tolist(), strict=True):
        rows = rows - np.sum(target[:, start:end] * log_softmax(prediction[:, start:end]), axis=1)
    return rows
