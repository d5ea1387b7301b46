"""Listeners: when they are called, what they may change, and early stopping."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import SettingError

X = np.random.default_rng(0).normal(size=(50, 3))
Y = X @ [1.0, -1.0, 2.0]


def fit(*callbacks, **settings):
    net = gn.Network([gn.Dense(1)])
    return net.fit(
        X, Y, **{"loss": "mse", "optimizer": "sgd", "epochs": 4, "batch_size": 20} | settings, callbacks=callbacks
    )


class Diary(gn.Callback):
    def __init__(self, every_step=False):
        self.lines, self.every_step = [], every_step

    def on_fit_start(self, run):
        self.lines.append("start")

    def on_steps(self, run, losses):
        self.lines.append(len(losses))

    def on_epoch_end(self, run, record):
        self.lines.append(f"epoch {record['epoch']}")

    def on_fit_end(self, run):
        self.lines.append(run.ended)


def test_hooks_come_in_order():
    diary = Diary(every_step=True)
    fit(diary, epochs=2)
    assert diary.lines == ["start", 1, 1, 1, "epoch 1", 1, 1, 1, "epoch 2", "finished"]


def test_every_step_is_told_once_even_in_pieces():
    diary = Diary()
    fit(diary, epochs=2)
    assert sum(line for line in diary.lines if isinstance(line, int)) == 6


def test_a_rate_that_is_set_holds_from_the_next_step_and_is_an_event():
    class Freeze(gn.Callback):
        def on_epoch_end(self, run, record):
            if run.epoch == 2:
                run.learning_rate = 0.0
                self.weights = run.state.parameters.flat.copy()

    freeze = Freeze()
    run = fit(freeze)
    assert np.array_equal(run.state.parameters.flat, freeze.weights)
    assert run.events == [{"event": "learning_rate", "step": 6, "value": 0.0}]


@pytest.mark.parametrize("rate", [-1, np.nan, np.inf])
def test_a_rate_must_be_a_rate(rate):
    class Set(gn.Callback):
        def on_fit_start(self, run):
            run.learning_rate = rate

    with pytest.raises(SettingError, match="learning rate"):
        fit(Set())


def test_a_schedule_gives_the_rate_of_each_step():
    seen = []

    class Watch(gn.Callback):
        every_step = True

        def on_steps(self, run, losses):
            seen.append(run.learning_rate)

    fit(Watch(), optimizer=gn.optimizers.SGD(learning_rate=lambda step: 0.1 / (1 + step)), epochs=1)
    assert seen == [0.1 / 2, 0.1 / 3, 0.1 / 4]


def test_a_callback_may_stop_the_run():
    class Enough(gn.Callback):
        def on_steps(self, run, losses):
            if run.epoch == 1:
                run.stop("enough")

    run = fit(Enough(), epochs=10)
    assert (run.ended, run.reason) == ("stopped", "enough")
    assert len(run.history) == 2


class Script(gn.Callback):
    """Overwrites val_loss with a script, before the listeners after it look."""

    def __init__(self, values):
        self.flat, self.weights = values, []

    def on_epoch_end(self, run, record):
        record["val_loss"] = self.flat[run.epoch - 1]
        self.weights.append(run.state.parameters.flat.copy())


def test_early_stopping_waits_and_brings_the_best_weights_back():
    script = Script([5, 3, 4, 3, 3.5, 1])
    run = fit(script, gn.EarlyStopping(patience=3), epochs=6)
    assert run.epoch == 5
    assert run.reason == "val_loss has not improved for 3 epochs"
    assert np.array_equal(run.state.parameters.flat, script.weights[1])
    assert [event["event"] for event in run.events] == ["stop", "weights"]
    assert run.events[1]["reason"] == "best epoch 2"


def test_without_a_stop_the_best_weights_come_back_too():
    script = Script([5, 1, 4, 3])
    run = fit(script, gn.EarlyStopping(patience=10))
    assert run.ended == "finished"
    assert np.array_equal(run.state.parameters.flat, script.weights[1])


def test_the_last_weights_stay_where_asked():
    script = Script([5, 1, 4, 3])
    run = fit(script, gn.EarlyStopping(patience=10, restore_best=False))
    assert np.array_equal(run.state.parameters.flat, script.weights[3])
    assert run.events == []


def test_a_score_is_maximised_and_a_small_gain_is_none():
    class Scores(gn.Callback):
        def on_epoch_end(self, run, record):
            record["score"] = [0.5, 0.9, 0.905, 0.906][run.epoch - 1]

    run = fit(Scores(), gn.EarlyStopping("score", patience=2, min_delta=0.01))
    assert run.epoch == 4
    assert run.ended == "stopped"


def test_nan_is_never_the_best():
    script = Script([np.nan, 2, np.nan, np.nan])
    run = fit(script, gn.EarlyStopping(patience=2))
    assert run.epoch == 4
    assert np.array_equal(run.state.parameters.flat, script.weights[1])


def test_an_unknown_column_is_named_at_once():
    with pytest.raises(SettingError, match="did you mean 'loss'"):
        fit(gn.EarlyStopping("los"))


@pytest.mark.parametrize("settings", [{"patience": 0}, {"min_delta": -1}])
def test_settings_are_checked(settings):
    with pytest.raises(SettingError, match="patience"):
        gn.EarlyStopping(**settings)


# ---- convergence -----------------------------------------------------------------------------------------------------


def heard(convergence, values, rate=1.0):
    """The epochs and rates of a run whose objective takes these values, until it is stopped."""

    class Told(gn.Callback):
        def on_epoch_end(self, run, record):
            record["told"] = values[run.epoch - 1]

    net = gn.Network([gn.Dense(1)])
    chosen = {"loss": "mse", "optimizer": gn.optimizers.SGD(rate), "epochs": len(values), "batch_size": 50}
    return net.fit(1e-6 * X, Y, **chosen, callbacks=[Told(), convergence])


@pytest.mark.parametrize(
    ("values", "patience", "epochs"),
    [
        ([-1.0, -2.0, -3.0, -4.0, -5.0], 0, 5),  # always better
        ([-1.0, -1.0, -1.0, -1.0, -1.0], 2, 4),  # patience 2: the third epoch without progress stops it
        ([-1.0, -1.4, -1.8, -2.2, -2.6], 1, 3),  # better by 0.4 each time is not better by 1/2
        ([-1.0, -1.4, -2.0, -2.0, -2.0], 1, 5),  # 2.0 is better than 1.4 by more than 1/2
        ([-1.0, -0.9, -2.0, -1.0, -1.0], 1, 5),  # the best counts, not the last
        ([-1.0, float("nan"), float("nan"), -9.0], 1, 3),  # what is no number is no progress
    ],
)
def test_convergence_compares_with_the_best_there_ever_was(values, patience, epochs):
    run = heard(gn.Convergence("told", tol=0.5, patience=patience), [-value for value in values])
    assert len(run.history) == epochs
    assert run.ended == (
        "stopped" if epochs < len(values) or (patience == 1 and epochs == 5 and run.reason) else "finished"
    )


def test_convergence_divides_the_rate_before_it_stops():
    run = heard(gn.Convergence("told", patience=1, divide=5, floor=0.05), [1.0] * 20)
    assert [event["value"] for event in run.events if event["event"] == "learning_rate"] == [0.2, 0.04]
    assert (len(run.history), run.ended) == (7, "stopped")  # 1 + 2, 2, 2 epochs


def test_convergence_restores_the_best_weights():
    best = []

    class Keep(gn.Callback):
        def on_epoch_end(self, run, record):
            best.append(run.weights.copy())

    net = gn.Network([gn.Dense(1)])
    stop = gn.Convergence("val_loss", tol=10.0, patience=2, restore_best=True)
    run = net.fit(X, Y, loss="mse", epochs=9, validation_data=(X, -Y), callbacks=[Keep(), stop])
    losses = [record["val_loss"] for record in run.history]
    assert len(losses) == 4
    assert np.array_equal(net.parameters().flat, best[int(np.argmin(losses))])


def test_the_objective_is_the_loss_with_its_penalties():
    net = gn.Network([gn.Dense(1, l2=1.0)])
    stop = gn.Convergence(tol=0.0, patience=3)
    run = net.fit(X, Y, loss="mse", optimizer="sgd", epochs=1, callbacks=[stop])
    assert stop.best == run.history[0]["loss"] + run.history[0]["penalty"] > run.history[0]["loss"]


@pytest.mark.parametrize("settings", [{"tol": -1.0}, {"patience": -1}, {"divide": 1.0}, {"tol": float("nan")}])
def test_what_convergence_cannot_be(settings):
    with pytest.raises(SettingError, match="Convergence"):
        gn.Convergence(**settings)


def test_a_run_with_convergence_is_resumed_where_it_was(tmp_path):
    class Break(gn.Callback):
        watches = True

        def on_epoch_end(self, run, record):
            if run.epoch == 6:
                raise RuntimeError

    def fitted(out, *more):
        net = gn.Network([gn.Dense(1)])
        stop = gn.Convergence(tol=1e-3, patience=2, divide=2.0, floor=0.1, restore_best=True)
        return net.fit(X, Y, loss="mse", optimizer=gn.optimizers.SGD(0.3), epochs=30, callbacks=[stop, *more], out=out)

    whole = fitted(tmp_path / "whole")
    with pytest.raises(RuntimeError):
        fitted(tmp_path / "broken", Break())
    resumed = gn.load_run(tmp_path / "broken").resume()
    assert whole.ended == "stopped"
    assert [r["loss"] for r in resumed.history] == [r["loss"] for r in whole.history]
    assert resumed.events == whole.events
    assert np.array_equal(resumed.weights, whole.weights)
    assert resumed.verify().equal
