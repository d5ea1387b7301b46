"""What differs between the versions of scikit-learn that are supported: 1.6 to 1.9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["CallbackSupportMixin", "hears_callbacks", "with_callbacks"]

Method = TypeVar("Method", bound=Callable[..., Any])

try:  # from 1.9 on
    from sklearn.callback import CallbackSupportMixin, with_callbacks

    hears_callbacks = True
except ImportError:
    hears_callbacks = False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """In place of what this scikit-learn does not have."""

    def with_callbacks(method: Method) -> Method:
        """The method as it is."""
        return method
