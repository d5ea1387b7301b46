"""`preset="modern"` in a shell: which parameters stay the user's, and what a fit by the recipe leaves behind."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import fields, replace
from typing import Any

from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from glassnet.errors import SettingError, unknown_name
from glassnet.estimators import building, fitting, listening, reading
from glassnet.estimators.ensemble import Ensemble, is_sparse, sees, train
from glassnet.estimators.folders import folder_for
from glassnet.estimators.modern import Recipe
from glassnet.estimators.threads import threads_for
from glassnet.training.resume import load_run

PRESETS = {"modern": Recipe}
# The parameters that a recipe has as well, and those that mean the same with a preset as without one.
TAKEN = {
    "dropout": "dropout",
    "batch_size": "batch_size",
    "learning_rate_init": "learning_rate",
    "max_iter": "epochs",
    "n_iter_no_change": "patience",
}
KEPT = {
    *("activation", "alpha", "hidden_layer_sizes", "class_weight", "callbacks", "engine", "n_threads", "out"),
    *("preprocess", "preset", "progress_bar", "random_state", "verbose"),
}


def recipe_of(estimator: Any) -> Recipe:
    """The recipe of the preset with the parameters that are not at their defaults.

    Raises:
        SettingError: a parameter that the preset decides, or an unknown setting of the preset.
    """
    given = estimator.preset
    settings = dict(given) if isinstance(given, Mapping) else {"name": given}
    if "name" not in settings:
        raise SettingError('A preset that is a dictionary has a name: {"name": "modern", ...}.')
    name = settings.pop("name")
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    known = {field.name for field in fields(PRESETS[name])}
    for setting in settings:
        if setting not in known:
            raise unknown_name(f"setting of the preset {name!r}", setting, known)
    changed = _changed(estimator)
    for parameter in changed.keys() - TAKEN.keys() - KEPT:
        raise SettingError(
            f"preset={name!r} decides {parameter}: leave {parameter} at its default, or the preset at None."
        )
    settings |= {setting: changed[parameter] for parameter, setting in TAKEN.items() if parameter in changed}
    if "hidden_layer_sizes" in changed:
        settings["hidden"] = tuple(building.hidden_sizes(changed["hidden_layer_sizes"]))
    if "activation" in changed:
        settings["activation"] = building.function(changed["activation"])
    recipe = replace(PRESETS[name](), **settings)
    if "alpha" in changed:
        recipe = replace(recipe, variants=tuple(each._replace(alpha=changed["alpha"]) for each in recipe.variants))
    return recipe


def _changed(estimator: Any) -> dict[str, Any]:
    """The parameters that differ from their defaults."""
    known = inspect.signature(type(estimator).__init__).parameters
    values = estimator.get_params(deep=False)
    return {name: value for name, value in values.items() if not _same(value, known[name].default)}


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def fit(estimator: Any, X: Any, y: Any, sample_weight: Any, held_out: Any, start: tuple[Any, Any]) -> Any:
    """Trains the networks of the recipe: `ensemble_` holds them, and of the first is shown what any fit shows."""
    e, recipe = estimator, recipe_of(estimator)
    if any(given is not None for given in start):
        raise SettingError("A preset draws the start weights of its networks; own ones need preset=None.")
    given = X, y, sample_weight
    X, y = e._rows(X, y, reset=True, learn=True, **recipe.table)
    weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
    kind, outputs, targets = e._plain(y)
    others = None
    if held_out is not None:
        others = e._rows(*held_out[:2], reset=False, learn=False)
        others = (others[0], e._plain(others[1])[2], *([] if held_out[2] is None else [held_out[2]]))
    if e.class_weight is not None:
        by_class = compute_sample_weight(e.class_weight, y)
        weight = by_class if weight is None else by_class * weight
    most = recipe.most(len(targets), sparse=is_sparse(X))
    bar = listening.Networks(type(e).__name__, most)
    hears = listening.heard(e, *given, most, listening.BridgeOfNetworks)
    with folder_for(e.out) as out, bar if e.progress_bar else nullcontext(), hears as bridges:
        ensemble = train(
            recipe,
            X,
            targets,
            kind,
            outputs,
            width=X.shape[1] if e.table_ is None else e.table_.width,
            front=reading.front(e),
            sample_weight=weight,
            validation_data=others,
            callbacks=(*(e.callbacks or ()), *([listening.Lines(None)] if e.verbose else [])),
            watchers=[*([bar] if e.progress_bar else []), *bridges],
            seed=fitting.seed_of(check_random_state(e.random_state)),
            engine=e.engine,
            threads=threads_for(e.n_threads),
            metrics=(),
            out=out,
        )
        show(e, ensemble, kind, outputs)
    return e


def show(estimator: Any, ensemble: Ensemble, kind: str, outputs: int) -> None:
    """The attributes of a fit; `net_`, its weights and the curves are those of a member that counts most."""
    e, run = estimator, ensemble.runs[0]
    for network in ensemble.members:
        network.about |= reading.about(e, sees(network))
        network.targets = e._told(network.targets)
    e.ensemble_, e.net_ = Ensemble(ensemble.members, ensemble.weights), ensemble.members[0]
    e.history_ = run.history
    # From its folder: the network here has been told the labels, and the run learned from one-hot rows.
    fitting.show_run(e, run if e.out is None else load_run(run.folder))
    e.loss_curve_ = [record["loss"] for record in run.history]
    e.loss_, e.best_loss_ = e.loss_curve_[-1], min(e.loss_curve_)
    e.validation_scores_ = e.best_validation_score_ = None
    e.n_iter_ = max(len(each.history) for each in ensemble.runs)
    e.t_ = sum(len(each.history) * each.rows for each in ensemble.runs)
    e.n_outputs_, e.n_layers_ = outputs, len(e.coefs_) + 1
    e.out_activation_ = {"classes": "softmax", "labels": "logistic", "numbers": "identity"}[kind]
