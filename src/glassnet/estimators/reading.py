"""`preprocess="auto"`: the rows of a shell go through a `Table`, and numbers to learn are brought to a common size.

The names and the number of the columns are scikit-learn's to check, in its words. Sparse rows, which a preset takes
as well, are no table: `table_` is then None.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_regressor
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import validate_data

from glassnet.errors import TypeNotUsableError
from glassnet.estimators.frames import columns_of
from glassnet.estimators.tables import Table, target_scale
from glassnet.layers import Layer, Rescale
from glassnet.typing import Array, Floats

# What scikit-learn says of a table with gaps, words or dates.
UNREAD = ("Input X contains NaN", "could not convert string", "could not be promoted", "could not convert float")

# Losses that a shift of targets and predictions by the same does not change: for the others 0 means something.
SHIFTED = {
    *("squared_error", "mse", "half_mse", "rmse", "mae", "mbe", "huber", "log_cosh", "quantile"),
    "gaussian_nll",
}


def wanted(estimator: Any) -> bool:
    """Whether rows are tables: asked for, or part of a preset."""
    return estimator.preprocess is not None or estimator.preset is not None


def checked(estimator: Any, X: Any, *y: Any, **settings: Any) -> Any:
    """Rows of numbers, and targets, by scikit-learn's check; a refused table has a note that says what reads it."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if shape[1:] == (0,) and shape[0]:  # scikit-learn's sentence for arrays; of a DataFrame it has another
        X = np.empty(shape)
    try:
        return validate_data(estimator, X, *y, **settings)
    except (TypeError, ValueError) as error:
        if any(sign in str(error) for sign in UNREAD):
            error.add_note('preprocess="auto" reads tables with words and gaps, and says what it refuses.')
        raise


def _sparse(estimator: Any, X: Any, *, reset: bool) -> bool:
    """Whether rows are sparse where they may be: learned by a preset, which was not asked to read a table.

    Raises: TypeNotUsableError for sparse rows where a table was learned.
    """
    e = estimator
    if e.preset is None or e.preprocess is not None or not issparse(X):
        return not reset and e.table_ is None
    if not reset and e.table_ is not None:
        raise TypeNotUsableError("X is a sparse matrix, and a table of columns was learned: give X.toarray().")
    return True


def learned(estimator: Any, X: Any, y: Any, *, reset: bool, **table: Any) -> tuple[Floats, Array]:
    """Rows as float32 numbers, and y checked; `reset` learns `table_` (with these settings) and `target_scale_`."""
    e, numbers = estimator, is_regressor(estimator)
    sparse = _sparse(e, X, reset=reset)
    if sparse:
        X = _numbers(e, X, reset=reset)
    else:
        _check(e, X, y, reset=reset)
    y = check_array(y, ensure_2d=False, dtype="numeric" if numbers else None, input_name="y", estimator=e)
    check_consistent_length(X, y)
    if reset:
        e.table_ = None if sparse else Table.learn(X, **table)
        e.target_scale_ = _scale(e, y) if numbers else None
    return X if sparse else e.table_.matrix(X), y


def read(estimator: Any, X: Any) -> Floats:
    """The same for rows to predict."""
    rows: Floats
    if _sparse(estimator, X, reset=False):
        rows = _numbers(estimator, X, reset=False)
    else:
        _check(estimator, X, reset=False)
        rows = estimator.table_.matrix(X)
    return rows


def _numbers(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Sparse rows, or dense ones like them, as they are but for their dtype."""
    return validate_data(estimator, X, accept_sparse="csr", dtype=np.float32, reset=reset)


def _check(estimator: Any, X: Any, *y: Any, reset: bool) -> None:
    """Names and number of the columns, and that there are targets where they are needed."""
    if getattr(X, "ndim", 2) != 2 or (isinstance(X, list) and np.ndim(np.array(X[:1], object)) != 2):
        columns_of(X)  # says how to reshape them
    validate_data(estimator, X, *y, skip_check_array=True, reset=reset)


def front(estimator: Any) -> tuple[Layer, ...]:
    """What the network begins with: the embedding of a table's words."""
    return tuple(estimator.table_.layers()) if wanted(estimator) and estimator.table_ is not None else ()


def about(estimator: Any, width: int | None = None) -> dict[str, Any]:
    """What a model file has to know of the table, where the network sees `width` columns, and of the targets' size."""
    if not wanted(estimator):
        return {}
    scale: Rescale | None = estimator.target_scale_
    table: Table | None = estimator.table_
    told: dict[str, Any] = {}
    if table is not None:
        told["table"] = (table.without_bins() if width == table.width else table).config()
    return told if scale is None else told | {"target_scale": {"factor": [*scale.factor], "offset": [*scale.offset]}}


# ---- numbers to learn ------------------------------------------------------------------------------------------------


def _scale(estimator: Any, y: Array) -> Rescale | None:
    loss = estimator.loss
    name = loss.get("name") if isinstance(loss, dict) else getattr(loss, "name", loss)
    return target_scale(y) if name in SHIFTED else None


def scaled(estimator: Any, y: Array) -> Array:
    """Numbers as they are learned: of mean 0 and deviation 1 where the table is prepared."""
    scale: Rescale | None = estimator.target_scale_ if wanted(estimator) else None
    if scale is None:
        return y
    rows: Array = (y.reshape(len(y), -1) - np.asarray(scale.offset)) / np.asarray(scale.factor)
    return rows.reshape(y.shape)


def restored(estimator: Any, outputs: Floats) -> Floats:
    """Outputs (n, k) at the size of the targets; those of a gaussian_nll are k means and k logarithms of variances."""
    scale: Rescale | None = estimator.target_scale_ if wanted(estimator) else None
    if scale is None:
        return outputs
    count, factor = len(scale.factor), np.asarray(scale.factor)
    numbers = outputs[:, :count] * factor + np.asarray(scale.offset)
    log_variances = outputs[:, count:] + 2 * np.log(factor) if outputs.shape[1] > count else outputs[:, count:]
    return np.hstack([numbers, log_variances]).astype(outputs.dtype)
