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
