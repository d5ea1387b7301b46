"""A layer of one's own, written with Tensor operations: what it computes is enough, the tape finds its gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, cast, dataclass_transform

import numpy as np

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.layers.layer import Built, Frame, Layer, width
from glassnet.layers.parameters import Initializer, ParameterSpec
from glassnet.maths import initializers
from glassnet.tensors import Tensor, no_grad, tensor, vjp
from glassnet.typing import Array, Shape

FIELDS = {"W": "weight", "b": "bias"}  # what the library's own weights are called in files
ENGINES = ("forward", "backward", "build")  # what the engines call; a layer of one's own leaves it alone


@dataclass_transform(frozen_default=True)
class TensorLayer(Layer):
    """The base of a layer of one's own. A subclass writes `formula`, and `weights` where it has some.

    Formula:
        A = formula(X, **weights) as written;   dX and the weights' gradients along the tape

    Its settings are fields, as in a dataclass (`units: int`), and have to be plain data for a model file. `weights`
    gives each weight's shape by its name, or (shape, initializer); a matrix starts by glorot_uniform, all else at 0.
    The names appear with the layer's number: W1, b1, slope2. A file keeps the name of the class and its settings, never
    its code: `gn.load(path, custom={"Bilinear": Bilinear})`.

    Shapes: X (B, *input_shape), the result (B, ...): its rows decide the output shape.

    Raises:
        TypeNotUsableError: a class without a `formula`, or with an `__init__`, `forward`, `backward` or `build` of its
            own; a result that does not come from the weights by differentiable operations.
        ShapeError: a result that has not one row for every row of X.
        SettingError: a weight whose name is no word, or ends in a digit.

    Example:
        >>> import glassnet as gn
        >>> class Bilinear(gn.TensorLayer):
        ...     units: int
        ...
        ...     def weights(self, input_shape):
        ...         return {"W": (*input_shape, self.units), "V": (*input_shape, self.units), "b": (self.units,)}
        ...
        ...     def formula(self, X, W, V, b):
        ...         return (X @ W) * (X @ V) + b
        >>> Bilinear(4)
        Bilinear(4)
        >>> list(gn.Network([Bilinear(4), gn.Dense(1)]).build(3).parameters())
        ['W1', 'V1', 'b1', 'W2', 'b2']

    Source: Baydin et al. 2018, "Automatic differentiation in machine learning: a survey".
    """

    kind: ClassVar[str] = "TensorLayer"

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        name = cls.__name__
        if "__init__" in vars(cls):
            raise TypeNotUsableError(
                f"{name} has an __init__; write its settings as fields, such as `units: int`, and leave it away: a "
                "model file keeps the fields."
            )
        for method in ENGINES:
            if method in vars(cls):
                raise TypeNotUsableError(f"{name}.{method} is the engines' own; what {name} computes is its `formula`.")
        dataclass(frozen=True, repr=False)(cls)
        cls.kind = name

    def weights(self, input_shape: Shape) -> Mapping[str, Any]:
        """name -> shape, or (shape, initializer), for rows of this shape."""
        return {}

    @abstractmethod
    def formula(self, X: Any, **weights: Any) -> Any:
        """The layer's output for a batch X (B, *input_shape), from Tensors by Tensor operations."""

    # ---- what the engines call -----------------------------------------------------------------------------------

    def build(self, input_shape: Shape) -> Built:
        """The output shape is found by trying two rows."""
        specs = tuple(self._spec(name, given) for name, given in self.weights(input_shape).items())
        rows, weights = np.full((2, *input_shape), 0.5), {spec.symbol: np.full(spec.shape, 0.5) for spec in specs}
        with no_grad(), np.errstate(all="ignore"):
            shape = np.shape(self._result(tensor(rows), {name: tensor(W) for name, W in weights.items()}))[1:]
        output_shape = shape or (1,)
        return Built(output_shape, specs, {"A": width(output_shape), "dX": width(input_shape)})

    def forward(self, X: Array, frame: Frame) -> Array:
        rows, A = X.reshape(len(X), *frame.shape), frame.buffers["A"]
        if frame.training:
            result = self._recorded(rows, frame)
        else:
            with no_grad():
                result = self._result(tensor(rows), {name: tensor(W) for name, W in frame.weights.items()})
        A[...] = np.asarray(result).reshape(A.shape)
        return A

    def _recorded(self, rows: Array, frame: Frame) -> Tensor:
        """The result; `frame.kept` takes the gradient of it back to the input, where that is needed, and the weights.

        It is None where neither asks for one.
        """
        first = int(frame.needs_input_gradient)  # the place of the first weight
        asked = [rows][:first] + list(frame.weights.values())

        def result_of(*tensors: Tensor) -> Any:
            X = tensors[0] if first else tensor(rows)
            return self._result(X, dict(zip(frame.weights, tensors[first:], strict=True)))

        frame.kept = None
        if not asked:
            return cast(Tensor, result_of())
        try:
            result, back = vjp(result_of, *asked)
        except TypeNotUsableError as error:
            raise TypeNotUsableError(f"Your layer {self!r}: {error}") from error
        frame.kept = back, result.shape
        return result

    def backward(self, dA: Array, frame: Frame) -> Array | None:
        if frame.kept is None:
            return None
        back, shape = frame.kept
        found = back(dA.reshape(shape))
        parts = [np.asarray(part) for part in (found if isinstance(found, tuple) else (found,))]
        dX = None
        if frame.needs_input_gradient:
            dX = frame.buffers["dX"]
            dX[...] = parts.pop(0).reshape(dX.shape)
        for gradient, part in zip(frame.gradients.values(), parts, strict=True):
            gradient[...] = part
        return dX

    def _result(self, X: Tensor, weights: dict[str, Tensor]) -> Any:
        result = self.formula(X, **weights)
        if np.ndim(result) < 1 or np.shape(result)[0] != len(X):
            raise ShapeError(
                f"Your layer {self!r} must give a row for each of the {len(X)} rows it is given; it gave shape "
                f"{np.shape(result)}."
            )
        return result

    def _spec(self, name: str, given: Any) -> ParameterSpec:
        if not (isinstance(name, str) and name.isidentifier()) or name[-1].isdigit():
            raise SettingError(f"Your layer {self!r} names a weight {name!r}: a word without a digit behind is needed.")
        with_start = len(given) == 2 and isinstance(given[0], tuple | list)
        shape, start = (tuple(given[0]), given[1]) if with_start else (tuple(given), None)
        if not all(isinstance(size, int) and size > 0 for size in shape):
            raise ShapeError(f"Your layer {self!r} gives its weight {name} the shape {shape}.")
        start = initializers.get(start or ("glorot_uniform" if len(shape) == 2 else "zeros"))
        return ParameterSpec(name, FIELDS.get(name, name), shape, cast(Initializer, start))

    def config(self) -> dict[str, Any]:
        for f in fields(self):
            if not _plain(getattr(self, f.name)):
                raise SettingError(f"The setting {f.name} of {self!r} is no plain data, so that it cannot be stored.")
        return super().config()


def _plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
