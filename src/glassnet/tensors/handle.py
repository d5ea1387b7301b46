"""Tensor: an array that remembers how it was computed.

A Tensor is a handle: a NumPy array, and its node on the tape where derivatives are asked for. NumPy functions accept
it through NumPy's dispatch protocols (NEP 13 and NEP 18), so ``np.exp(x)`` of a Tensor is a Tensor, and the bits of its
values are those that NumPy computes from the arrays. What each function's derivative is stands in the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import SettingError, ShapeError, TypeNotUsableError
from glassnet.tensors import dispatch, tape
from glassnet.tensors.methods import ArrayMethods
from glassnet.tensors.tape import Leaf, Node
from glassnet.typing import Array, Shape

if TYPE_CHECKING:
    from glassnet.tensors.graph import Graph

__all__ = ["Tensor", "tensor"]


class Tensor(ArrayMethods):
    """An n-dimensional array of real numbers with reverse-mode differentiation; made by ``gn.tensor``.

    Formula:
        y.backward() adds dy/dx to x.grad for every x with requires_grad=True that y was computed from:
        dy/dx = sum over what was computed from x of (dy/dz) (dz/dx), the chain rule, newest z first.

    Shapes:
        any shape; float16, float32 or float64 as the array it came from. Arithmetic broadcasts as in NumPy.

    Raises:
        SettingError: a value that derivatives are asked for is changed in place while operations are recorded.
        ShapeError: ``backward()`` from more than one number.
        TypeNotUsableError: a function of NumPy whose derivative glassnet does not know.

    Operations in place (``x += 1``, ``x[0] = 1``, ``np.exp(x, out=x)``) give the handle a new value; what was computed
    from the old one keeps it. A slice is therefore a Tensor of its own and never a window on another.

    Example:
        >>> import numpy as np
        >>> import glassnet as gn
        >>> x = gn.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> y = (x * 3.0 + 2.0).sum()
        >>> y.backward()
        >>> y, x.grad
        (tensor(24., requires_grad=True), tensor([3., 3., 3.]))
        >>> np.exp(gn.tensor([0.0, 1.0]))
        tensor([1.        , 2.71828183])

    Source: Linnainmaa 1970; Griewank and Walther 2008, "Evaluating Derivatives", chapter 3.
    """

    __slots__ = ("_name", "_node", "_value")

    def __init__(self, value: Array, node: Node | None = None, name: str | None = None) -> None:
        self._value, self._node, self._name = value, node, name

    # ---- what it is ------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether derivatives can be asked for: it is a leaf that asks, or was computed from one."""
        return self._node is not None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that ``backward`` has collected here, like the tensor; None where there is none yet."""
        return self._node.leaf.grad if self._node is not None and self._node.leaf is not None else None

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if self._node is None or self._node.leaf is None:
            raise SettingError("Only a tensor made with requires_grad=True collects a gradient.")
        self._node.leaf.grad = value

    @property
    def name(self) -> str | None:
        """What the graph calls it."""
        return self._name

    @property
    def operation(self) -> str | None:
        """The name of the operation it came from, None for what was not computed (or not recorded)."""
        return self._node.operation.name if self._node is not None and self._node.operation is not None else None

    @property
    def shape(self) -> Shape:
        """The length of each axis."""
        return self._value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._value.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the entries."""
        return self._value.dtype

    # ---- out of the tape -------------------------------------------------------------------------------------------

    def numpy(self) -> Array:
        """The values as an array, read-only and without a copy; ``np.array(x)`` is a copy to write in."""
        view = self._value.view()
        view.flags.writeable = False
        return view

    def detach(self) -> Tensor:
        """The same values as a constant: derivatives stop here."""
        return Tensor(self._value, name=self._name)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy:
            return np.array(self._value, dtype=dtype)
        return np.asarray(self.numpy(), dtype=dtype)

    def item(self) -> float:
        """The one number in it, as a Python float."""
        return float(self._value.item())

    def tolist(self) -> Any:
        """The values as nested lists."""
        return self._value.tolist()

    def __float__(self) -> float:
        if self.size != 1:
            raise TypeNotUsableError(
                f"float(x), and with it math.exp(x) and its kind, takes one number, and this tensor has shape "
                f"{self.shape}; NumPy's functions, such as np.exp, take all of it."
            )
        return float(self._value.item())

    def __int__(self) -> int:
        return int(self._value.item())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __format__(self, how: str) -> str:
        return format(float(self), how) if how and self.ndim == 0 else format(repr(self), how)

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        asks = self._node is not None and self._node.leaf is not None
        return _restored, (self._value, asks, self._name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        function, arguments = self.__reduce__()
        return function(*arguments)  # type: ignore[no-any-return]

    def __copy__(self) -> Tensor:
        return Tensor(self._value, self._node, self._name)

    # ---- derivatives -----------------------------------------------------------------------------------------------

    def backward(self, gradient: Any = None) -> None:
        """Add the derivative of this number to the ``grad`` of every leaf it was computed from.

        ``gradient`` is what the derivative of this tensor itself is, in its shape: 1 for a single number, and to be
        given for more. Calling it twice adds twice; set ``x.grad = None`` in between.
        """
        node = self._node
        if node is None:
            raise SettingError(
                "backward() needs something to differentiate by: make a tensor with requires_grad=True and compute "
                "from it, outside of gn.no_grad()."
            )
        if gradient is None and self.size != 1:
            raise ShapeError(
                f"backward() starts from one number; this tensor has shape {self.shape}. Reduce it, such as by "
                ".sum(), or pass the gradient to start from."
            )
        start = np.ones(self.shape, self.dtype) if gradient is None else _like(gradient, self)
        leaves = tape.leaves(node)
        found = tape.reverse(node, start, tape.path(node, leaves), tape.as_arrays, keep=leaves)
        for leaf_node in leaves:
            leaf = leaf_node.leaf
            assert leaf is not None
            part = np.asarray(found[leaf_node])
            leaf.grad = Tensor(part if leaf.grad is None else leaf.grad._value + part)

    def graph(self) -> Graph:
        """What this tensor was computed from, as DOT, as JSON and as a picture, with every value and gradient.

        A notebook draws it; ``x.graph().to_svg()``, ``.to_dot()`` and ``.to_json()`` give it as text.
        """
        from glassnet.tensors.graph import graph  # drawings are rare, and their imports cost

        return graph(self)

    # ---- in place --------------------------------------------------------------------------------------------------

    def _become(self, result: Any) -> None:
        """Take another value: that of an operation in place."""
        value = result._value if isinstance(result, Tensor) else np.asarray(result)
        if np.broadcast_shapes(value.shape, self.shape) != self.shape:
            raise ShapeError(f"A result of shape {value.shape} does not fit in place of a tensor of {self.shape}.")
        if value.shape != self.shape or value.dtype != self.dtype:
            result = np.broadcast_to(result, self.shape).astype(self.dtype)
            value = result._value if isinstance(result, Tensor) else result
        is_leaf = self._node is not None and self._node.leaf is not None
        if is_leaf and tape.is_recording():
            raise SettingError(
                "This tensor has requires_grad=True, so its value is where derivatives are taken; change it inside "
                "`with gn.no_grad():`, or compute a new tensor from it."
            )
        if is_leaf and self._node is not None:
            self._node = Node(value, leaf=self._node.leaf)
            self._node.name = self._name
        else:
            self._node = result._node if isinstance(result, Tensor) else None
        self._value = value


def tensor(
    data: Any, *, dtype: npt.DTypeLike | None = None, requires_grad: bool = False, name: str | None = None
) -> Tensor:
    """A Tensor with these numbers, copied.

    Formula:
        tensor(data)[i, j, ...] = data[i][j]...; with requires_grad=True, y.backward() gives x.grad = dy/dx.

    Args:
        data: numbers, nested lists of numbers, an array, or a Tensor (whose history is left behind).
        dtype: float16, float32, float64; by default the floating dtype of an array, and float64 for all else:
            whole numbers and booleans become floats.
        requires_grad: ask for derivatives with respect to it.
        name: what the graph calls it.

    Shapes:
        the shape of the data: () for a number, (3,) for three of them, (2, 3) for two rows of three.

    Raises:
        TypeNotUsableError: words or other objects; complex numbers; whole numbers with requires_grad=True.
        ShapeError: rows of different lengths.

    Example:
        >>> import glassnet as gn
        >>> x = gn.tensor([1.0, 2.0, 3.0])
        >>> x + 2.0, x * 3.0
        (tensor([3., 4., 5.]), tensor([3., 6., 9.]))

    Source: the tutorial of COURSE E2; Harris et al. 2020, "Array programming with NumPy".
    """
    if isinstance(data, list | tuple) and _asks(data):
        raise TypeNotUsableError(
            "tensor() copies numbers and would lose the history of the tensors in this list; join them by np.stack."
        )
    value = _floats(_numbers(data), dtype, requires_grad)
    made = Tensor(value, Node(value, leaf=Leaf()) if requires_grad else None, name)
    if made._node is not None:
        made._node.name = name
    return made


def _numbers(data: Any) -> Array:
    """The data as an array of numbers."""
    try:
        values = np.array(data)
    except (ValueError, OverflowError) as error:
        raise ShapeError("A tensor is a full grid of numbers; given were rows of different lengths.") from error
    if values.dtype.kind in "USOTMmV" and values.size:
        first = values.reshape(-1)[0]
        if isinstance(first, str | bytes):
            raise TypeNotUsableError(
                f"A tensor holds numbers, and {str(first)!r} is a word: a network multiplies and adds, which words "
                "do not do. Encode them first, each word as a number or as a one-hot row: gn.to_categorical(words)."
            )
        raise TypeNotUsableError(f"A tensor holds numbers; given was {type(first).__name__}, {first!r}.")
    if values.dtype.kind == "c":
        raise TypeNotUsableError("A tensor holds real numbers; take .real and .imag of complex ones as two tensors.")
    return values


def _floats(values: Array, dtype: npt.DTypeLike | None, requires_grad: bool) -> Array:
    """The values in floating dtype."""
    wanted = values.dtype if dtype is None else np.dtype(dtype)
    if requires_grad and wanted.kind != "f":
        raise TypeNotUsableError(
            f"Derivatives are about numbers that can change a little, and {wanted} cannot; write them with a decimal "
            "point, or pass dtype=float."
        )
    if dtype is not None and wanted.kind != "f":
        raise TypeNotUsableError(f"A tensor holds floating numbers, float16 to float64; asked for was {wanted}.")
    return values.astype(wanted if wanted.kind == "f" else np.float64, copy=False)


def _asks(data: Any) -> bool:
    if isinstance(data, list | tuple):
        return any(_asks(part) for part in data)
    return isinstance(data, Tensor) and data.requires_grad


def _like(gradient: Any, x: Tensor) -> Array:
    """A gradient as an array like x."""
    G = np.asarray(gradient, dtype=x.dtype)
    if G.shape != x.shape:
        raise ShapeError(f"A gradient has the shape of its tensor, {x.shape}; given was {G.shape}.")
    return G


def _restored(value: Array, requires_grad: bool, name: str | None) -> Tensor:
    return tensor(value, requires_grad=requires_grad, name=name)


def constant(value: Any) -> Tensor:
    """A Tensor around an array that nobody else writes in, without a copy."""
    return Tensor(np.asarray(value))


def at_node(value: Any, node: Node | None) -> Tensor:
    """The Tensor at a node: how the rules see the tape while derivatives are recorded."""
    return Tensor(value, node)


dispatch.Tensor = Tensor
