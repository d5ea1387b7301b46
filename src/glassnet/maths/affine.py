"""The affine map of a dense layer and its gradients.

Shapes: X (B, I), W (I, O), b (O,), Z and dZ (B, O). A row of X is an example.
"""

from __future__ import annotations

import numpy as np

from glassnet.errors import ShapeError
from glassnet.typing import Floats


def affine(X: Floats, W: Floats, b: Floats | None, *, out: Floats | None = None) -> Floats:
    """Z = X W + b; b may be None, for a layer without a bias.

    Args:
        out: an array (B, O) that receives Z.

    Raises:
        ShapeError: sizes that do not fit.

    Example:
        >>> X, W, b = np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [4.0, 1.0]]), np.array([0.5, -1.0])
        >>> affine(X, W, b)
        array([[11.5,  1. ]])
    """
    if X.ndim != 2 or W.ndim != 2 or X.shape[1] != W.shape[0] or (b is not None and b.shape != W.shape[1:]):
        given = f"X {X.shape}, W {W.shape}" + ("" if b is None else f" and b {b.shape}")
        raise ShapeError(f"X W + b needs X (B, I), W (I, O) and b (O,), with one I and one O; given {given}.")
    Z = np.matmul(X, W, out=out)
    return Z if b is None else np.add(Z, b, out=out)


def affine_backward(
    dZ: Floats,
    X: Floats,
    W: Floats,
    *,
    needs_input: bool = True,
    out: tuple[Floats | None, Floats | None, Floats | None] | None = None,
) -> tuple[Floats | None, Floats | None, Floats | None]:
    """(dX, dW, db) = (dZ W^T, X^T dZ, sum over rows of dZ).

    From Z_no = sum_i X_ni W_io + b_o:

        dE/dX_ni = sum_o dZ_no W_io,    dE/dW_io = sum_n X_ni dZ_no,    dE/db_o = sum_n dZ_no

    Args:
        needs_input: False leaves dX out (None): a first layer's input has no use for it.
        out: arrays (dX, dW, db) that receive the results; where one of them is None, it is left out.

    Raises:
        ShapeError: sizes that do not fit.

    Example:
        >>> X, W = np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [4.0, 1.0]])
        >>> dX, dW, db = affine_backward(np.array([[1.0, -1.0]]), X, W)
        >>> dX.tolist(), dW.tolist(), db.tolist()
        ([[3.0, 3.0]], [[1.0, -1.0], [2.0, -2.0]], [1.0, -1.0])
    """
    if X.ndim != 2 or W.ndim != 2 or dZ.shape != (X.shape[0], W.shape[1]) or X.shape[1] != W.shape[0]:
        raise ShapeError(
            "The gradient of X W + b needs dZ (B, O), X (B, I) and W (I, O), with one B, one I and one O; "
            f"given dZ {dZ.shape}, X {X.shape} and W {W.shape}."
        )
    out_dX, out_dW, out_db = out or (None, None, None)
    dX = np.matmul(dZ, W.T, out=out_dX) if needs_input and (out is None or out_dX is not None) else None
    dW = np.matmul(X.T, dZ, out=out_dW) if out is None or out_dW is not None else None
    db = np.sum(dZ, axis=0, out=out_db) if out is None or out_db is not None else None
    return dX, dW, db
