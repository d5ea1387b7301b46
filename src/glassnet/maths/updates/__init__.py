"""The update rules of the optimizers, as formulas of one step.

Every rule is elementwise: theta (weights), its gradient g and its moments come in as arrays of one shape, the new ones
go out, nothing is changed in place. Settings (learning_rate, eta, ...) are Python floats. Their scalar arithmetic
(1 - beta, corrections) is done in float64 and the result rounded once to the arrays' dtype; array arithmetic stays in
that dtype, one operation at a time in the order written, so that an engine in any language can give the same bits.
`optim/` does the same operations in place; a test holds the two equal to the bit.

Epsilon keeps a quotient finite, inside the root, sqrt(s + epsilon), or outside it, sqrt(s) + epsilon. The two are
different algorithms when gradients are small, so it is a setting of every rule that divides: `epsilon_inside`.
"""

from glassnet.maths.updates.adam import (
    adam,
    adam_corrections,
    adamax,
    adamw,
    amsgrad,
    nadam,
    nadam_momentum,
    nadam_shares,
    radam,
    radam_rectification,
)
from glassnet.maths.updates.descent import gradient_descent, momentum, nesterov
from glassnet.maths.updates.orthogonal import muon, orthogonalized
from glassnet.maths.updates.rule import root, rule
from glassnet.maths.updates.scaled import adadelta, adagrad, rmsprop
from glassnet.maths.updates.schedule_free import schedule_free_adamw
from glassnet.maths.updates.sign import lion, rprop

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adam_corrections",
    "adamax",
    "adamw",
    "amsgrad",
    "gradient_descent",
    "lion",
    "momentum",
    "muon",
    "nadam",
    "nadam_momentum",
    "nadam_shares",
    "nesterov",
    "orthogonalized",
    "radam",
    "radam_rectification",
    "rmsprop",
    "root",
    "rprop",
    "rule",
    "schedule_free_adamw",
]
