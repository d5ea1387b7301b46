"""An estimator in a notebook: its parameters, as scikit-learn shows them, and below them its network, drawn."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr


class Drawn(BaseEstimator):
    """What is shown of an estimator, with the drawing of its `net_` once it is fitted."""

    def _html_repr(self) -> str:
        network = getattr(self, "net_", None)
        drawn = "" if network is None else f"<div>{network._repr_html_()}</div>"
        return str(estimator_html_repr(self)) + drawn

    def _repr_html_inner(self) -> str:
        return self._html_repr()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        shown: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        return shown | {"text/html": self._html_repr()}
