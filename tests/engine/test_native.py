"""The native engine is exact whatever it runs on, and follows the reference to a stated tolerance."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.engine.reference import ReferenceEngine
from glassnet.errors import ShapeError
from glassnet.layers import Dense, Dropout
from glassnet.optim import (
    SGD,
    Adam,
    Adamax,
    AMSGrad,
    Lion,
    NAdam,
    RAdam,
)

from .cases import SETS, TOLERANCE, Case, Sparse, digest, labels, order_of, pixels, plain, trained
from .strategies import NAMES, cases, small_networks, ways

pytestmark = pytest.mark.needs_native

# ---- exactness -------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(cases(), ways)
def test_the_same_bits_on_any_threads_instruction_set_blocks_and_skipping(case, way):
    assert digest(*trained(case, **way)) == digest(*trained(case))


def on_threads(case, threads, isa, skip_zeros, keep):
    """Whether threads that share out columns of small layers give the bits of one."""
    way = {"threads": threads, "isa": isa, "skip_zeros": skip_zeros, "keep_gradients": keep}
    return digest(*trained(case, **way)) == digest(*trained(case))


by_columns = given(small_networks(), st.integers(2, 4), st.sampled_from(SETS), st.booleans(), st.booleans())


@settings(max_examples=200)
@by_columns
def test_threads_that_share_out_columns_of_small_layers_give_the_bits_of_one(case, threads, isa, skip_zeros, keep):
    assert on_threads(case, threads, isa, skip_zeros, keep)


@pytest.mark.slow
@settings(max_examples=2000)
@by_columns
def test_threads_that_share_out_columns_give_the_bits_of_one_more_often(case, threads, isa, skip_zeros, keep):
    assert on_threads(case, threads, isa, skip_zeros, keep)


@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize("outputs", [1, 3, 9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_exponential_of_few_outputs_is_taken_once_a_step(isa, outputs, dtype):
    """Not again of what it has left beside them: e^e^e^... is infinite at the fourth step."""
    case = Case((Dense(outputs, "exponential"), Dense(2)), pixels(20, 9), labels(20, 2), batch_size=4, dtype=dtype)
    session, losses = trained(case, isa=isa)
    assert not session.lost
    assert session.state.step == len(losses) == 10
    assert digest(session, losses) == digest(*trained(case, isa="portable", skip_zeros=False))


@pytest.mark.slow
@settings(max_examples=2000)
@given(cases(), ways)
def test_the_same_bits_more_often(case, way):
    assert digest(*trained(case, **way)) == digest(*trained(case))


@settings(max_examples=100)
@given(cases([name for name in NAMES if name != "exponential"]))  # whose outputs are differences of very large numbers
def test_the_reference_agrees_to_the_stated_tolerance(case):
    """One step, so that a step function or a ReLU at its corner cannot send the two apart."""
    native, reference = case.session(), case.session(ReferenceEngine().session)
    batch = order_of(case)[: case.batch_size]
    got, expected = (session.train(batch, np.array([case.optimizer.rate(0)])) for session in (native, reference))
    tolerance = TOLERANCE[case.dtype]
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(native.outputs, reference.outputs, rtol=tolerance, atol=tolerance * 10)


OTHER_RULES = [
    *(AMSGrad(0.01), AMSGrad(0.01, bias_correction=False, epsilon_inside=True), Adamax(0.01), NAdam(0.01), Lion(0.001)),
    *(NAdam(0.01, momentum_decay=0.5, epsilon_inside=True), RAdam(0.01, beta2=0.7), Lion(0.001, weight_decay=0.3)),
    *(SGD(0.1, clip_norm=0.05), SGD(0.1, clip_norm=1e6), SGD(0.1, clip_value=1e-3), Adam(0.01, clip_value=1e-3)),
    *(NAdam(0.01, clip_value=0.01, clip_norm=0.02), SGD(lambda step: 0.1 / (1 + step), clip_norm=0.05)),
]


@pytest.mark.parametrize("optimizer", OTHER_RULES, ids=repr)
@pytest.mark.parametrize("block", [0, 8])
def test_a_rule_follows_the_reference_for_many_steps_in_pieces_and_to_the_same_scalars(optimizer, block):
    layers = (Dense(70, "tanh", l2=0.01), Dropout(0.3), Dense(3, bias=False))
    case = Case(layers, pixels(), labels(), optimizer=optimizer, batch_size=20, dtype="float64")
    order, rates = order_of(case, 6), optimizer.rates(0, 12)
    native, reference = case.session(block=block, threads=2), case.session(ReferenceEngine().session)
    got = np.concatenate([native.train(order[:74], rates[:4]), native.train(order[74:], rates[4:])])
    expected = np.concatenate([reference.train(order[:74], rates[:4]), reference.train(order[74:], rates[4:])])
    np.testing.assert_allclose(got, expected, rtol=1e-9)
    np.testing.assert_allclose(native.state.parameters.flat, reference.state.parameters.flat, rtol=1e-8, atol=1e-10)
    for name, moment in reference.state.moments.items():
        np.testing.assert_allclose(native.state.moments[name], moment, rtol=1e-8, atol=1e-10)
    assert native.state.scalars == reference.state.scalars
    assert digest(*trained(case)) == digest(*trained(case, threads=3, isa="portable", skip_zeros=False, block=block))


def test_the_gradient_that_is_kept_is_the_limited_one():
    case = plain(optimizer=SGD(0.1, clip_norm=0.01), batch_size=37, dtype="float64")
    session = case.session(keep_gradients=True)
    session.train(np.arange(37), np.full(1, 0.1))
    assert np.linalg.norm(session.gradients) == pytest.approx(0.01, rel=1e-12)


@pytest.mark.parametrize("orders", [np.arange(37), np.stack([np.arange(37)] * 2)])
def test_more_rates_than_batches_are_refused(orders):
    session = plain(batch_size=10).session()
    batches = 4 * np.atleast_2d(orders).shape[0]
    with pytest.raises(ShapeError, match=f"the order has {batches} batches"):
        session.train(orders, np.full(batches + 1, 0.1))
    assert session.state.step == 0
    assert len(session.train(orders, np.full(batches, 0.1))) == batches


def test_straight_through_is_in_pieces():
    case = Case((Dense(20, "relu"), Dropout(0.3), Dense(3)), pixels(), labels(), optimizer=Adam(0.01), batch_size=5)
    order, rates = order_of(case, 1), np.full(8, 0.01)
    whole, pieces = case.session(), case.session(threads=2)
    losses_whole = whole.train(order, rates)
    losses_pieces = [pieces.train(order[a * 5 : b * 5], rates[a:b]) for a, b in [(0, 1), (1, 4), (4, 4), (4, 8)]]
    assert digest(whole, losses_whole) == digest(pieces, np.concatenate(losses_pieces))


def backwards(case):
    """The same training of rows that stand the other way round."""
    weights = None if case.weights is None else case.weights[::-1]
    return replace(case, X=np.ascontiguousarray(case.X[::-1]), y=case.y[::-1], weights=weights)


@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [1, 10, 12])
def test_a_full_batch_that_is_read_as_it_stands_has_the_bits_of_one_that_is_not(width, dtype, isa):
    """Bytes that come in the same order at each step are listed once; in any other order they are not."""
    layers = (Dense(width, "tanh"), Dropout(0.2), Dense(3))
    case = Case(layers, pixels(150, density=0.1), labels(150), optimizer=Adam(0.01), batch_size=150, dtype=dtype)
    as_it_stands, turned = np.arange(150), np.arange(150)[::-1]
    wanted = backwards(case).session()
    expected = [wanted.train(turned, np.full(1, 0.01)) for _ in range(5)]
    for how in ({}, {"threads": 2}, {"threads": 3, "block": 64}, {"block": 24}, {"skip_zeros": False}):
        session = case.session(isa=isa, **how)
        losses = [session.train(order, np.full(1, 0.01)) for order in [as_it_stands] * 5]
        np.testing.assert_array_equal(losses, expected)
        np.testing.assert_array_equal(session.state.parameters.flat, wanted.state.parameters.flat)


@pytest.mark.parametrize("block", [0, 64])
def test_an_infinite_gradient_meets_the_zeros_of_a_full_batch_that_is_listed(block):
    """Finite losses and weights, and yet an infinite dZ1: 100 / 1e-3 times 3e38."""
    y = np.full((150, 1), 1e-3, np.float32)
    case = Case((Dense(4), Dense(1)), pixels(150, density=0.1), y, "mape", False, batch_size=150)
    gradients = []
    for chosen, order in ((case, np.arange(150)), (backwards(case), np.arange(150)[::-1])):
        session = chosen.session(threads=2, keep_gradients=True, block=block)
        for _ in range(3):
            session.train(order, np.zeros(1))  # of rate 0: the third is listed
        session.state.parameters["W1"][...] = 1e-37
        session.state.parameters["W2"][...] = 3e38
        assert np.isfinite(session.train(order, np.zeros(1))).all()
        gradients.append(session.gradients.copy())
    assert np.isnan(gradients[0]).any()
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("width", [72, 128, 180, 230])  # from bytes in one panel and in two, and from lists
@pytest.mark.parametrize("kind", ["bytes", "floats", "sparse"])
def test_layers_wider_than_a_batch_that_no_cache_holds_have_the_bits_of_one_thread(kind, width):
    X = pixels(d=500)
    X = {"bytes": X, "floats": X.astype(np.float32), "sparse": Sparse(X)}[kind]
    case = Case((Dense(width, "relu"), Dense(150, "relu"), Dense(3)), X, labels(), optimizer=Adam(0.01), batch_size=16)
    alone = digest(*trained(case))
    assert {digest(*trained(case, threads=threads)) for threads in (2, 3, 4)} == {alone}
    assert digest(*trained(case, threads=2, skip_zeros=False)) == alone


@pytest.mark.parametrize("width", [33, 56, 65, 112])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_length_of_a_gradient_is_added_up_in_one_order_however_the_layer_is_computed(dtype, width):
    layers, optimizer = (Dense(width, "relu"), Dense(3)), SGD(0.1, clip_norm=0.01)
    case = Case(layers, pixels(d=500, density=0.1), labels(), optimizer=optimizer, batch_size=16, dtype=dtype)
    from_bytes, from_matrices = (digest(*trained(case, skip_zeros=skip)) for skip in (True, False))
    assert from_bytes == from_matrices


@pytest.mark.parametrize("density", [0.1, 0.4, 0.9])  # lists; without lists; with all that is zero
@pytest.mark.parametrize("kind", ["bytes", "floats", "floats, half of them above 0", "sparse"])
def test_zeros_of_data_may_be_left_out_with_lists_or_without(kind, density):
    X = pixels(150, 70, density)
    if kind.startswith("floats"):
        X = X / np.float32(255)
    if kind == "floats, half of them above 0":
        X[75:] += 1  # lists that paid at first are given up in some steps, and made again in others
    if kind == "sparse":
        X = Sparse(X)
    case = Case((Dense(230, "relu"), Dense(3)), X, labels(150), optimizer=Adam(0.001), batch_size=2)
    expected = digest(*trained(case, skip_zeros=False))
    assert {digest(*trained(case, threads=threads, isa=isa)) for threads in (1, 2) for isa in SETS} == {expected}


HIDDEN = (Dense(300, "relu"), Dropout(0.4), Dense(150, "relu"), Dropout(0.4), Dense(70, "relu"), Dense(1))


def listed(**settings):
    """Layers of whose outputs about 70 % are zero, and are left out of all three products."""
    y = np.random.default_rng(3).normal(size=(200, 1))
    return replace(Case(HIDDEN, pixels(200, density=1.0), y, "mse", False, Adam(1e-3), 90), **settings)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("isa", SETS)
def test_zeros_of_hidden_layers_may_be_left_out_of_all_products(isa, dtype):
    case = listed(dtype=dtype)
    expected = digest(*trained(case, skip_zeros=False))
    ways = [{}, {"threads": 2}, {"threads": 3, "block": 40}, {"block": 64, "keep_gradients": True}]
    assert {digest(*trained(case, isa=isa, **way)) for way in ways} == {expected}


def spoiled_gradients(case, spoil, **how):
    """Of a step that begins with spoiled weights, after some by which lists have been chosen."""
    session = case.session(keep_gradients=True, **how)
    session.state.parameters["b2"][...] = -0.5  # most of A2 is 0
    session.train(order_of(case), np.zeros(5))
    spoil(session.state.parameters)
    assert np.isfinite(session.train(np.arange(90), np.zeros(1))).all()
    return session.gradients.copy()


def an_infinite_weight_of_a_unit_that_is_silenced_by_it(parameters):
    parameters["b1"][7], parameters["W2"][7, 5] = 1e3, -np.inf  # Z2 is -inf there and A2 is 0: dX1 is 0 times -inf


def an_infinite_gradient_of_a_silent_unit(parameters):
    parameters["b2"][5], parameters["W3"][5] = -1e6, 3e38  # dA2 is infinite, and dZ2 infinity times 0


def an_infinite_gradient_above_a_silent_unit(parameters):
    parameters["b2"][9], parameters["b3"][5], parameters["W4"][5] = (
        -1e6,
        -1e6,
        3e38,
    )  # dZ3 is NaN, and its dW3 where A2 is 0, too


SPOILS = [
    an_infinite_weight_of_a_unit_that_is_silenced_by_it,
    an_infinite_gradient_of_a_silent_unit,
    an_infinite_gradient_above_a_silent_unit,
]


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_infinite_is_met_by_the_zeros_of_hidden_layers(spoil, threads):
    layers = tuple(layer for layer in HIDDEN if isinstance(layer, Dense))
    case = listed(layers=layers, y=np.full((200, 1), 1e-3), loss="mape")
    expected = spoiled_gradients(case, spoil, skip_zeros=False)
    assert np.isnan(expected).any()
    np.testing.assert_array_equal(spoiled_gradients(case, spoil, threads=threads), expected)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_infinite_weights_are_met_whether_zeros_are_skipped_or_not(sparse):
    """0 times infinity is NaN: skipping is allowed while all factors are finite, and not a step longer."""
    case = replace(plain(batch_size=37), X=Sparse(pixels(density=0.1)) if sparse else pixels())
    digests = set()
    for how in ({"skip_zeros": True}, {"skip_zeros": False}, {"isa": "portable", "threads": 2}):
        session = case.session(**how)
        session.state.parameters["W1"][:, 4] = np.inf
        taken = session.train(np.arange(37), np.full(1, 0.1))
        assert len(taken) == 1
        assert not np.isfinite(taken[0])
        assert session.state.step == 0
        digests.add(session.outputs.tobytes())
    assert len(digests) == 1


def test_a_sparse_row_may_stand_in_an_order_more_often_than_in_the_rows():
    X = pixels(density=0.1).astype("float64")
    order, fullest = np.arange(37), int((X > 0).sum(axis=1).argmax())
    order[::2] = fullest
    sparse, dense = (replace(plain(batch_size=37), X=rows).session() for rows in (Sparse(X), X))
    losses = [session.train(order, np.full(1, 0.1)) for session in (sparse, dense)]
    assert digest(sparse, losses[0]) == digest(dense, losses[1])


# ---- what else a session gives ---------------------------------------------------------------------------------------


def test_the_gradients_of_the_last_step_can_be_read():
    case = plain(batch_size=37, dtype="float64")
    session = case.session(keep_gradients=True)
    theta = session.state.parameters.flat.copy()
    session.train(np.arange(37), np.array([0.5]))
    np.testing.assert_array_equal(theta - 0.5 * session.gradients, session.state.parameters.flat)


def test_more_rows_than_a_batch_are_taken_in_blocks_of_bounded_memory():
    X = np.zeros((5000, 20), np.uint8)
    X[:, 3] = np.arange(5000) % 251
    case = Case((Dense(3),), X, labels(5000), batch_size=5000)
    assert digest(*trained(case)) == digest(*trained(case, block=8, threads=2))
