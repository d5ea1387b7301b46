"""Names for the types that every room uses."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # an array of any dtype
Floats = npt.NDArray[np.floating[Any]]  # float32 or float64
Indices = npt.NDArray[np.int64]
ArrayLike = npt.ArrayLike
Shape = tuple[int, ...]
