"""The loop: interrupts, pieces, and what a run says about itself."""

import os
import signal
import threading

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.compiled import unavailable
from glassnet.engine.native import NativeSession
from glassnet.engine.reference import ReferenceSession

X = np.random.default_rng(0).normal(size=(64, 3))
Y = (X[:, 0] > 0).astype(int)


def network():
    return gn.Network([gn.Dense(4, activation="tanh"), gn.Dense(2)])


class Press(gn.Callback):
    """Presses Ctrl-C after so many steps."""

    every_step = True

    def __init__(self, step, times=1):
        self.step, self.times = step, times

    def on_steps(self, run, losses):
        if run.state.step == self.step:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_ends_the_run_after_the_step_and_keeps_what_was_learned():
    net, straight = network(), network()
    run = net.fit(X, Y, epochs=50, batch_size=16, callbacks=[Press(6)])
    straight.fit(X, Y, updates=6, batch_size=16)
    assert run.ended == "interrupted"
    assert run.state.step == 6
    assert run.events == [{"event": "interrupt", "step": 6}]
    assert np.array_equal(net.parameters().flat, straight.parameters().flat)
    assert net.predict(X).shape == (64,)


def test_a_second_ctrl_c_interrupts_at_once():
    with pytest.raises(KeyboardInterrupt):
        network().fit(X, Y, epochs=50, callbacks=[Press(1, times=2)])


def test_ctrl_c_means_what_it_did_before_afterwards():
    before = signal.getsignal(signal.SIGINT)
    network().fit(X, Y, epochs=2, callbacks=[Press(1)])
    assert signal.getsignal(signal.SIGINT) is before


def test_training_works_in_any_thread():
    runs = []
    thread = threading.Thread(target=lambda: runs.append(network().fit(X, Y, epochs=2)))
    thread.start()
    thread.join()
    assert runs[0].ended == "finished"


def test_pieces_change_nothing(monkeypatch):
    def weights():
        return network().fit(X, Y, epochs=3, batch_size=7).state.parameters.flat

    large = weights()
    monkeypatch.setattr("glassnet.training.loop.PIECE_SECONDS", 0)
    assert np.array_equal(weights(), large)


SESSIONS = {"reference": ReferenceSession, "native": NativeSession}
ENGINES = ["reference", *(["native"] if unavailable() is None else [])]


class Calls:
    """How many epochs each call of the engine was asked for."""

    def __init__(self, monkeypatch, engine):
        self.epochs = []

        def train(session, order, *rest, original=SESSIONS[engine].train):
            self.epochs.append(len(np.atleast_2d(order)))
            return original(session, order, *rest)

        monkeypatch.setattr(SESSIONS[engine], "train", train)


SMALL = [gn.Dense(4, activation="tanh", l2=0.01), gn.Dense(2)]
PATIENT = {"patience": 3, "restore_best": False}
AT_ONCE = {  # settings of a fit, and whether the engine is asked for several of its epochs at once
    "plain": ({}, True),
    "short last batches": ({"batch_size": 7}, True),
    "a full batch": ({"batch_size": "full"}, True),
    "as given": ({"shuffle": False}, True),
    "some steps": ({"updates": 33, "batch_size": 10}, True),
    "a schedule": ({"optimizer": gn.optimizers.Adam(gn.schedules.Exponential(0.1, steps=5))}, True),
    "weights of rows": ({"sample_weight": np.arange(64)}, True),
    "nothing is kept": ({"replayable": False}, True),
    "a rule for stopping, nothing kept": (
        {"replayable": False, "callbacks": [gn.Convergence(tol=0.005, patience=2)]},
        True,
    ),
    "another": ({"replayable": False, "callbacks": [gn.EarlyStopping(min_delta=0.01, **PATIENT)]}, True),
    "a rule that lowers the rate": (
        {"replayable": False, "callbacks": [gn.Convergence(tol=0.01, patience=1, divide=5)]},
        True,
    ),
    "a rule for stopping whose changes are looked for": ({"callbacks": [gn.Convergence(patience=3)]}, False),
    "weights that may come back": ({"replayable": False, "callbacks": [gn.EarlyStopping("loss")]}, False),
    "somebody listens": ({"callbacks": [gn.Callback()]}, False),
    "metrics": ({"metrics": ("accuracy",)}, False),
    "held-out rows": ({"validation_data": (X, Y)}, False),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("settings", "several"), AT_ONCE.values(), ids=AT_ONCE)
def test_epochs_at_once_change_nothing(monkeypatch, settings, several, engine):
    def fit():
        net = gn.Network(SMALL)
        run = net.fit(X, Y, **({"epochs": 40, "metrics": ()} | settings), engine=engine)
        rows = [{name: value for name, value in record.items() if name != "seconds"} for record in run.history]
        return net.parameters().flat.tobytes(), rows, run.events, run.ended, run.epoch, run.state.step, run.ahead

    calls = Calls(monkeypatch, engine)
    found = fit()
    assert (max(calls.epochs) > 1) == several
    monkeypatch.setattr("glassnet.training.loop.ORDERS", 0)
    calls.epochs.clear()
    assert fit() == found
    assert max(calls.epochs) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupt_of_epochs_at_once_keeps_every_step(monkeypatch, engine):
    def press(session, order, rates, *rest, original=SESSIONS[engine].train):
        if session.state.step == 0:  # the first call ends in the middle of its third epoch
            losses = original(session, order, rates[:10], *rest)
            os.kill(os.getpid(), signal.SIGINT)
            return losses
        return original(session, order, rates, *rest)

    straight = network()
    straight.fit(X, Y, updates=10, batch_size=16, engine=engine)
    monkeypatch.setattr(SESSIONS[engine], "train", press)
    net = network()
    run = net.fit(X, Y, epochs=50, batch_size=16, metrics=(), engine=engine)
    assert (run.ended, len(run.history), run.state.step) == ("interrupted", 3, 10)
    assert run.events == [{"event": "interrupt", "step": 10}]
    assert np.array_equal(net.parameters().flat, straight.parameters().flat)
    monkeypatch.undo()
    assert run.verify().equal


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_lost_in_epochs_at_once_are_those_of_one_epoch(monkeypatch, engine):
    def fit():
        net = gn.Network([gn.Dense(4), gn.Dense(1)])
        settings = {"loss": "mse", "optimizer": gn.optimizers.SGD(0.6), "batch_size": 16, "metrics": ()}
        with pytest.raises(gn.errors.DivergedError) as caught:
            net.fit(X, X[:, 0], epochs=500, **settings, engine=engine)
        run = caught.value.run
        return str(caught.value), len(run.history), run.state.step, net.parameters().flat.tobytes()

    found = fit()
    assert found[1] > 1  # not in the first epoch of what is taken at once
    monkeypatch.setattr("glassnet.training.loop.ORDERS", 0)
    assert fit() == found


def test_a_run_counts_its_steps():
    run = network().fit(X, Y, epochs=3, batch_size=10)
    assert (run.steps_per_epoch, run.steps, run.state.step) == (7, 21, 21)


def test_listeners_hear_the_end_even_of_a_failure():
    heard = []

    class Break(gn.Callback):
        def on_epoch_end(self, run, record):
            raise RuntimeError("broken")

        def on_fit_end(self, run):
            heard.append(run.ended)

    with pytest.raises(RuntimeError, match="broken"):
        network().fit(X, Y, epochs=3, callbacks=[Break()])
    assert heard == [""]
