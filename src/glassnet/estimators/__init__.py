"""Estimators: shells with scikit-learn's manners around networks, and tables as people have them.

    from glassnet.estimators import MLPClassifier, MLPRegressor, MLPTransformer, PerceptronClassifier

Every parameter, method and fitted attribute of scikit-learn's classes is there and means the same; docs/estimators.md
lists what differs and what is new. They are thin: validate, build a `Network`, an optimizer and a schedule, fit, show.
`net_` is the network, which everything else in glassnet opens.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from glassnet.errors import MissingExtraError

if TYPE_CHECKING:
    from glassnet.estimators.classifier import MLPClassifier
    from glassnet.estimators.perceptron import PerceptronClassifier
    from glassnet.estimators.regressor import MLPRegressor
    from glassnet.estimators.transformer import MLPTransformer

__all__ = ["MLPClassifier", "MLPRegressor", "MLPTransformer", "PerceptronClassifier"]

_WHERE = {
    "MLPClassifier": "classifier",
    "MLPRegressor": "regressor",
    "MLPTransformer": "transformer",
    "PerceptronClassifier": "perceptron",
}


def __getattr__(name: str) -> Any:
    """The classes are imported when they are asked for: they need scikit-learn, and the tables beside them do not."""
    if name not in _WHERE:
        raise AttributeError(f"module 'glassnet.estimators' has no attribute {name!r}")
    try:
        import_module("sklearn")
    except ImportError as error:
        raise MissingExtraError(
            "glassnet.estimators need scikit-learn: python -m pip install 'glassnet[sklearn]'."
        ) from error
    found = globals()[name] = getattr(import_module(f"glassnet.estimators.{_WHERE[name]}"), name)
    return found
