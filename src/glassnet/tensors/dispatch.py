"""What a NumPy function does when it meets a Tensor.

Four kinds of function: those with a rule are recorded; those written here by others (``np.vstack``, ``np.diff``) lead
to them; those about places and truths (``np.argmax``, ``x > 0``) give plain arrays; constants (``np.zeros_like``) and
steps (``np.sign``), whose derivative is 0, give Tensors without a history. Everything else is refused by a sentence,
so that no derivative is ever lost in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.maths.activations import Activation
from glassnet.maths.losses import Loss
from glassnet.tensors import tape
from glassnet.tensors.functions import CONSTANTS, PLAIN, PLAIN_UFUNCS, REDUCTIONS, WRITTEN
from glassnet.tensors.kinds import RULES, Operation
from glassnet.tensors.rules.elementwise import STEPS, select
from glassnet.tensors.rules.library import loss_of_prediction, operation_of_activation, operation_of_loss
from glassnet.tensors.tape import Call, Node

# The class, put here by glassnet.tensors.handle, which needs this module.
Tensor: Any = None


def plain(value: Any) -> Any:
    """The value with arrays in place of Tensors, also inside lists, tuples and slices of arguments."""
    if isinstance(value, Tensor):
        return value._value
    if type(value) is tuple or type(value) is list:
        return type(value)(plain(part) for part in value)
    return value


def asks(value: Any) -> bool:
    """Whether derivatives can be asked for with respect to the value, or a part of it."""
    if type(value) is tuple or type(value) is list:
        return any(asks(part) for part in value)
    return isinstance(value, Tensor) and value._node is not None


# ---- one operation -------------------------------------------------------------------------------------------------


def apply(operation: Operation, function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """function(*arguments, **settings) of the arrays, recorded where a Tensor among the operands asks for it."""
    arity = len(arguments) if operation.arity is None else operation.arity
    operands, extra = arguments[:arity], arguments[arity:]
    values = tuple([x._value if isinstance(x, Tensor) else x for x in operands])
    if extra or settings:
        _check(operation, extra, settings)
        extra, settings = plain(extra), {key: plain(value) for key, value in settings.items()}
    result = function(*values, *extra, **settings)
    if type(result) is not np.ndarray:
        result = np.asarray(result)
    if result.dtype.kind != "f":
        return result
    parents = tuple([x._node if isinstance(x, Tensor) else None for x in operands])
    if not tape.is_recording() or not any(parents):
        return Tensor(result)
    node = Node(result, operation, Call(function, values, extra, settings, result), parents)
    names = tuple([x._name if isinstance(x, Tensor) else None for x in operands])
    node.labels = names if any(names) else ()
    return Tensor(result, node)


def _check(operation: Operation, extra: tuple[Any, ...], settings: dict[str, Any]) -> None:
    if asks(extra) or asks(tuple(settings.values())):
        raise TypeNotUsableError(
            f"{operation.name} is differentiable by its first {operation.arity or 'positional'} argument(s) only; "
            "another one asks for a derivative: pass it as x.detach()."
        )
    for key in settings:
        if key not in operation.accepts:
            known = ", ".join(sorted(operation.accepts)) or "none"
            raise SettingError(f"{operation.name} of a tensor knows no keyword {key!r}; known: {known}.")


def into(target: Any, result: Any) -> Any:
    """Give a Tensor the result as its new value: an operation in place."""
    if not isinstance(target, Tensor):
        raise TypeNotUsableError("A result with a history cannot be written into a plain array; leave out= away.")
    target._become(result)
    return target


def index(key: Any) -> Any:
    """A key of x[key]; arrays are copied, so that the tape keeps what was asked."""
    parts = key if type(key) is tuple else (key,)
    for part in parts:
        if isinstance(part, Tensor):
            raise TypeNotUsableError(
                "An index is a whole number, a slice or a mask; a tensor holds floating numbers. Use "
                "x.astype(int) for places, x > 0 for a mask."
            )
    copied = tuple([np.array(part) if isinstance(part, np.ndarray | list) else part for part in parts])
    return copied if type(key) is tuple else copied[0]


# ---- the two protocols ---------------------------------------------------------------------------------------------


def ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """NEP 13: a NumPy function entry by entry."""
    out, where = keywords.pop("out", (None,))[0], keywords.pop("where", True)
    if method != "__call__":
        function_of = REDUCTIONS.get((ufunc, method))
        if function_of is None:
            raise _no_rule(f"{ufunc.__name__}.{method}")
        result = function_of(*inputs, **keywords)
    elif ufunc in PLAIN_UFUNCS:
        result = ufunc(*plain(inputs), **keywords)
    elif ufunc in STEPS:
        result = Tensor(np.asarray(ufunc(*plain(inputs), **keywords)))
    elif ufunc in RULES:
        result = apply(RULES[ufunc], ufunc, inputs, keywords)
    else:
        raise _no_rule(ufunc.__name__)
    if where is not True:
        if out is None:
            raise SettingError("where= leaves entries undefined without out=; use np.where(condition, x, y).")
        result = select(result, out, plain(where))
    return result if out is None else into(out, result)


def function(function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """NEP 18: any other function of NumPy, an activation or a loss."""
    out = keywords.pop("out", None)
    result = _answer(function, arguments, keywords)
    return result if out is None else into(out[0] if type(out) is tuple else out, result)


def _answer(function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if function in RULES:
        return apply(RULES[function], function, arguments, keywords)
    if function in WRITTEN:
        return WRITTEN[function](*arguments, **keywords)
    if function in PLAIN:
        return function(*plain(arguments), **{key: plain(value) for key, value in keywords.items()})
    if function in STEPS or function in CONSTANTS:
        made = np.asarray(function(*plain(arguments), **keywords))
        return Tensor(made) if made.dtype.kind == "f" else made
    if isinstance(function, Activation):
        activation: Any = function
        return apply(operation_of_activation(activation), function, arguments, keywords)
    if isinstance(function, Loss):
        return _loss(function, *arguments, **keywords)
    raise _no_rule(getattr(function, "__name__", str(function)))


def _loss(loss: Any, target: Any, prediction: Any, **settings: Any) -> Any:
    if asks(target):
        return _loss_by_target(loss, target, prediction, settings)
    if not isinstance(prediction, Tensor):
        return loss(plain(target), prediction, **settings)
    of_prediction = loss_of_prediction(loss)
    return apply(operation_of_loss(loss), of_prediction, (prediction, plain(target)), settings)


def _loss_by_target(loss: Any, target: Any, prediction: Any, settings: dict[str, Any]) -> Any:
    """A loss whose target asks for a derivative: its formula, operation by operation, in place of its own gradient."""
    if loss.head is None and loss.target_kind in ("binary", "one_hot"):
        raise TypeNotUsableError(
            f"The targets of {loss.name} are labels, which cannot change a little, and this one asks for a derivative: "
            "pass it as target.detach()."
        )
    if asks(tuple(settings.values())):
        raise TypeNotUsableError(f"{loss.name} has no derivative by its weights: pass them as sample_weight.detach().")
    settings = {key: plain(value) for key, value in settings.items()}
    result = loss.__wrapped__(target, prediction, **settings)
    return result.astype(np.result_type(plain(prediction), np.float16))


def _no_rule(name: str) -> TypeNotUsableError:
    return TypeNotUsableError(
        f"glassnet knows no derivative of {name}; for its values alone call it with np.asarray(x). The functions that "
        "can be differentiated stand in docs/tensor.md."
    )
