"""The native engine behind the public names: runs verified and compared across its ways, rows in any company."""

from functools import partial

import numpy as np
import pytest

import glassnet as gn
from glassnet import engine
from glassnet.engine import native, translation
from glassnet.errors import SettingError

from ..training.runs import Press, state
from .cases import SETS, Sparse, pixels

pytestmark = pytest.mark.needs_native

X = pixels(120, 33, 0.4)
LABELS = X.sum(axis=1) % 3
WAYS = [
    *((isa, threads, True) for isa in SETS for threads in (1, 3)),
    (SETS[0], 2, False),
    ("portable", 4, False),
]


@pytest.fixture
def way(monkeypatch):
    """way(isa, threads, skip_zeros): what the engine runs on from here on."""
    session = native.NativeSession

    def choose(isa, threads, skip_zeros):
        monkeypatch.setenv("GLASSNET_ISA", isa)
        monkeypatch.setenv("GLASSNET_THREADS", str(threads))
        monkeypatch.setattr(native, "NativeSession", partial(session, skip_zeros=skip_zeros))

    monkeypatch.setenv("GLASSNET_ENGINE", "native")
    return choose


def network():
    return gn.Network([gn.Dense(40, activation="relu"), gn.Dropout(0.3), gn.Dense(17, activation="tanh"), gn.Dense(3)])


def fit(net, epochs=3, **settings):
    given = {"optimizer": gn.optimizers.Adam(0.01), "batch_size": 25, "epochs": epochs, "seed": 6}
    return net.fit(X, LABELS, **given | settings)


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_a_run_is_verified_replayed_and_compared_whatever_it_runs_on(way, tmp_path):
    way(*WAYS[0])
    run = fit(network(), out=tmp_path / "run")
    losses = {}
    for number, where in enumerate(WAYS):
        way(*where)
        assert gn.load_run(tmp_path / "run").verify(), where
        step = run.replay(8)
        losses[where] = (step.loss, step.after.parameters.flat.tobytes())
        again = fit(network(), out=tmp_path / f"again {number}")
        assert gn.diff(run, again), where
        assert (tmp_path / "run" / "model.safetensors").read_bytes() == (
            tmp_path / f"again {number}" / "model.safetensors"
        ).read_bytes()
    assert len(set(losses.values())) == 1


def test_a_difference_is_still_found_whatever_both_run_on(way):
    way("portable", 3, False)
    one = fit(network())
    way(*WAYS[0])
    other = fit(network(), optimizer=gn.optimizers.Adam(0.01, epsilon=1e-7))
    verdict = gn.diff(one, other)
    assert not verdict
    assert (verdict.step, verdict.quantity) == (1, "W1.new")


def test_a_run_is_resumed_in_another_way_to_the_same_bits(way, tmp_path):
    way(*WAYS[0])
    straight = fit(network())
    fit(network(), out=tmp_path / "run", callbacks=[Press(8)])
    way("portable", 3, False)
    resumed = gn.load_run(tmp_path / "run")
    assert (resumed.ended, resumed.state.step) == ("interrupted", 8)
    assert state(resumed.resume()) == state(straight)


# ---- predicting ------------------------------------------------------------------------------------------------------


def readonly(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    wide = np.zeros((len(array), 2 * array.shape[1]), array.dtype)
    wide[:, ::2] = array
    return wide[:, ::2]


LAYOUTS = {
    "contiguous": np.ascontiguousarray,
    "strided": strided,
    "reversed": lambda array: np.ascontiguousarray(array[::-1])[::-1],
    "Fortran-ordered": np.asfortranarray,
    "read-only": readonly,
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "list": lambda array: array.tolist(),
    "sparse": Sparse,
}
HEADS = {
    "softmax": (LABELS, "auto", 3),
    "two labels": (LABELS % 2, "auto", 1),
    "labels each for itself": (np.stack([LABELS == 1, LABELS > 0, LABELS < 2], axis=1) * 1.0, "binary_crossentropy", 3),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("head", HEADS)
def test_a_row_has_the_same_bits_in_any_company_and_layout(head, dtype, way):
    way(*WAYS[0])
    y, loss, outputs = HEADS[head]
    data = X / np.float32(255)
    net = gn.Network([gn.Dense(40, activation="relu"), gn.Dense(outputs)])
    net.fit(data, y, loss=loss, dtype=dtype, epochs=2, batch_size=16)
    asked = [net.logits, net.predict, net.predict_proba]
    for ask in asked:
        everything = ask(data)
        for layout, laid_out in LAYOUTS.items():
            for n in (1, 2, 16, 17, 119):
                some = laid_out(data[:n])
                assert np.array_equal(ask(some), everything[:n]), (ask.__name__, layout, n)
        assert np.array_equal(np.concatenate([ask(data[m : m + 1]) for m in range(20)]), everything[:20])
        for where in WAYS:
            way(*where)
            net._quick, net._probable = {}, None  # made for the way before
            assert np.array_equal(ask(data), everything), (ask.__name__, where)


@pytest.mark.parametrize("broken", [np.inf, -np.inf, np.nan])
def test_weights_that_meet_a_zero_count_where_they_are_not_finite(broken, way):
    """Zeros of a row are left out as long as nobody can have written such a number to the weights."""
    way(*WAYS[0])
    net = network()
    fit(net, epochs=1)
    row = (np.arange(33) == 5)[None, :].astype(np.float32)
    right = net.predict_proba(row)
    assert np.array_equal(net.predict_proba(row), right), "with zeros left out"
    assert np.array_equal(net.predict_proba(np.repeat(row, 40, axis=0))[:1], right), "and among others"

    net.parameters()["W1"][7] = broken
    assert np.isnan(net.predict_proba(row)).all(), "0 times infinity"
    net.parameters()["W1"][7] = 0
    held = net.parameters()["W1"]
    assert np.isfinite(net.predict_proba(row)).all()
    held[7] = broken
    assert np.isnan(net.predict_proba(row)).all(), "written through a view that was taken before"
    held[7] = 0
    del held
    net.state.parameters.flat[:] = broken
    assert np.isnan(net.predict_proba(row)).all()


def test_single_rows_follow_the_mean_of_the_weights(way):
    way(*WAYS[0])
    net = network()
    fit(net, epochs=1, optimizer=gn.optimizers.Adam(0.01, ema=0.9), engine="reference")
    net.engine = "auto"
    for change in (0, 1):
        net.state.moments["ema"] += change
        assert np.array_equal(net.predict_proba(X[:1]), net.predict_proba(X)[:1])
        net.parameters()["W1"][:] = 1000.0  # which are only trained
    net.state.moments["ema"] = net.state.moments["ema"] * 0
    assert np.allclose(net.predict_proba(X[:1]), 1 / 3), "another vector"


@pytest.mark.parametrize("scale", ["unit", "symmetric"])
def test_bytes_are_the_floats_they_stand_for_dense_and_sparse(scale, way):
    way(*WAYS[0])
    floats = X / np.float32(255) if scale == "unit" else (X - np.float32(127.5)) / np.float32(127.5)
    results = []
    for data in (X, Sparse(X), floats, Sparse(floats)):
        net = network()
        run = net.fit(data, LABELS, scale=scale, epochs=2, batch_size=25, sample_weight=np.linspace(0, 2, len(X)))
        results.append((net.parameters().flat.tobytes(), run.history[-1]["loss"], net.predict_proba(data).tobytes()))
    assert len(set(results)) == 1


def test_a_training_has_the_same_bits_whatever_its_rows_lie_in(way):
    way(*WAYS[0])
    data, results = X / np.float32(255), set()
    for laid_out in LAYOUTS.values():
        net = network()
        fitted = net.fit(laid_out(data), LABELS, epochs=2, batch_size=25, seed=3)
        results.add((net.parameters().flat.tobytes(), fitted.history[-1]["loss"]))
    assert len(results) == 1


# ---- what has no kernel yet ------------------------------------------------------------------------------------------

NEWCOMERS = {
    "activation": sorted(set(gn.activations.CATALOGUE) - translation.ACTIVATIONS),
    "optimizer": sorted(set(gn.optimizers.CATALOGUE) - set(translation.RULES)),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NEWCOMERS.items() for name in names])
def test_a_newcomer_trains_on_the_reference_engine_which_says_so_once(kind, name, monkeypatch):
    monkeypatch.delenv("GLASSNET_ENGINE", raising=False)
    monkeypatch.setattr(engine, "_said", set())

    def train(**how):
        hidden = gn.Dense(4, activation=name if kind == "activation" else "relu")
        chosen = {"optimizer": name if kind == "optimizer" else "adam"}
        numbers = np.eye(3)[LABELS]  # a squared error suits every optimizer
        return gn.Network([hidden, gn.Dense(3)]).fit(X, numbers, loss="mse", epochs=1, **chosen, **how)

    with pytest.warns(engine.EngineNotice, match="no kernel for"):
        run = train()
    assert run.engine == "reference"
    train()  # without a warning, which would be an error
    with pytest.raises(SettingError, match=r"no kernel for .* engine=\"reference\""):
        train(engine="native")
