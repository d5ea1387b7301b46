"""Mistakes to plant in the lecture's exercise (examples/marking/mnist_by_hand.py): what is written, and what for.

Each is the slip's name, and one or more replacements of text.
"""

from __future__ import annotations

BUGS: list[tuple[str, list[tuple[str, str]]]] = [
    # one-hot, activations
    ("one-hot-shifted", [("columns[Y, np", "columns[Y - 1, np")]),
    ("one-hot-shifted", [("columns[Y, np", "columns[(Y + 1) % (Y.max() + 1), np")]),
    ("another-activation", [("np.maximum(Z, 0)", "np.abs(Z)")]),
    ("another-activation", [("np.maximum(Z, 0)", "1 / (1 + np.exp(-Z))")]),
    ("another-activation", [("np.maximum(Z, 0)", "np.minimum(Z, 0)")]),
    ("softmax-axis", [("np.sum(powers, axis=0, keepdims=True)", "np.sum(powers)")]),
    ("softmax-axis", [("np.sum(powers, axis=0, keepdims=True)", "np.sum(powers, axis=1, keepdims=True)")]),
    ("softmax-not-divided", [("powers / np.sum(powers, axis=0, keepdims=True)", "powers")]),
    ("softmax-not-shifted", [("Z - np.max(Z, axis=0, keepdims=True)", "Z")]),
    ("activation-for-derivative", [("return Z > 0", "return np.maximum(Z, 0)")]),
    # forward
    ("bias-omitted", [("W1.dot(X) + b1", "W1.dot(X)")]),
    ("bias-subtracted", [("W2.dot(A1) + b2", "W2.dot(A1) - b2")]),
    ("activation-omitted", [("A1 = ReLU(Z1)", "A1 = Z1")]),
    ("z-for-a", [("W2.dot(A1)", "W2.dot(Z1)")]),
    ("in-place", [("return np.maximum(Z, 0)", "Z[Z < 0] = 0\n    return Z")]),
    ("transposed-weights", [("W2.dot(A1)", "W2.T.dot(A1)")]),
    # backward
    ("sign", [("A2 - one_hot(Y)", "one_hot(Y) - A2")]),
    ("one-hot-shifted", [("one_hot(Y)\n", "np.roll(one_hot(Y), 1, axis=0)\n")]),
    ("sum-for-mean", [("1 / m * dZ2.dot(A1.T)", "dZ2.dot(A1.T)"), ("1 / m * dZ1.dot(X.T)", "dZ1.dot(X.T)")]),
    ("sum-for-mean", [("1 / m * np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1, axis=1, keepdims=True)")]),
    ("axis", [("np.sum(dZ2, axis=1, keepdims=True)", "np.sum(dZ2)")]),
    ("axis", [("np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1, axis=0, keepdims=True)")]),
    ("keepdims", [("np.sum(dZ2, axis=1, keepdims=True)", "np.sum(dZ2, axis=1)")]),
    ("missed-derivative", [(" * ReLU_deriv(Z1)", "")]),
    ("derivative-elsewhere", [("ReLU_deriv(Z1)", "ReLU_deriv(W2.T.dot(dZ2))")]),
    ("transposed-weights", [("W2.T.dot(dZ2)", "W2.dot(dZ2)")]),
    ("z-for-a", [("dZ2.dot(A1.T)", "dZ2.dot(Z1.T)")]),
    ("another-count", [("m = Y.size", "m = X.shape[0]")]),
    ("derivative-added", [("dZ2 = A2 - one_hot(Y)", "dZ2 = (A2 - one_hot(Y)) * A2 * (1 - A2)")]),
    ("in-place", [("dZ2 = A2 - one_hot(Y)", "dZ2 = A2\n    dZ2 -= one_hot(Y)")]),
    ("factor-two", [("dZ2 = A2 - one_hot(Y)", "dZ2 = 2 * (A2 - one_hot(Y))")]),
    # update
    ("ascent", [("W1 - alpha * dW1", "W1 + alpha * dW1")]),
    ("not-updated", [("    b1 = b1 - alpha * db1\n", "")]),
    ("learning-rate-omitted", [("W2 - alpha * dW2", "W2 - dW2")]),
    ("another-gradient", [("b2 - alpha * db2", "b2 - alpha * db1")]),
    ("step-alone", [("W1 - alpha * dW1", "alpha * dW1")]),
    # the loop
    ("result-dropped", [("        W1, b1, W2, b2 = update_params", "        update_params")]),
    ("loop-count", [("range(iterations)", "range(1, iterations)")]),
    (
        "stale-forward",
        [
            ("        Z1, A1, Z2, A2 = forward_prop(W1, b1, W2, b2, X)\n", ""),
            ("    for i in range", "    Z1, A1, Z2, A2 = forward_prop(W1, b1, W2, b2, X)\n    for i in range"),
        ],
    ),
    (
        "new-weights",
        [
            (
                "        dW1, db1, dW2, db2 = backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y)\n"
                "        W1, b1, W2, b2 = update_params(W1, b1, W2, b2, dW1, db1, dW2, db2, alpha)\n",
                "        m = Y.size\n"
                "        dZ2 = A2 - one_hot(Y)\n"
                "        W2 = W2 - alpha / m * dZ2.dot(A1.T)\n"
                "        b2 = b2 - alpha / m * np.sum(dZ2, axis=1, keepdims=True)\n"
                "        dZ1 = W2.T.dot(dZ2) * ReLU_deriv(Z1)\n"
                "        W1 = W1 - alpha / m * dZ1.dot(X.T)\n"
                "        b1 = b1 - alpha / m * np.sum(dZ1, axis=1, keepdims=True)\n",
            ),
        ],
    ),
]


def planted(source: str, replacements: list[tuple[str, str]]) -> str:
    """The source with one mistake in it; ValueError where the text to be replaced is not there."""
    for old, new in replacements:
        if old not in source:
            raise ValueError(f"{old!r} does not stand in the exercise")
        source = source.replace(old, new, 1)
    return source
