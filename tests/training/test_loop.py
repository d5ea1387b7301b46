"""The loop: interrupts, pieces, and what a run says about itself."""

import os
import signal
import threading

import numpy as np
import pytest

import glassnet as gn

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
