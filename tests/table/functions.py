"""Functions of one, two and three variables with every name of the grammar, and points where they are smooth."""

from __future__ import annotations

import numpy as np

FUNCTIONS = [
    "x**2 - y**2",
    "x^2 + 2x + 1",
    "(1 - x)^2 + 100(y - x^2)^2",
    "x/y + 3/(x - y)",
    "e^(x*y) + log(x + y^2)",
    "sin(x)*cos(y) + tan(x/4) + sinh(x - y) + cosh(x)",
    "sqrt(x^2 + y^2) + abs(x - 3)",
    "sigmoid(x)*tanh(y) + softplus(x + y)",
    "relu(x - 3) + max(x, y) + min(x*y, 1)",
    "x^y + 2^x + x^-3 + pi*x",
    "gelu(x) + silu(y)",
    "x^2 + y^2 + z^2 - x*y*z",
]
POINTS = np.array([[0.7, 1.3, -0.4], [2.1, 0.4, 1.9], [1.4, 2.2, -1.1]])
