"""What the native engine computes of every loss and every kind of rows, as the reference does, and what it refuses."""

import numpy as np
import pytest

from glassnet.data.batches import Rows
from glassnet.engine.native import NativeEngine
from glassnet.engine.reference import ReferenceEngine
from glassnet.errors import DataError, ShapeError
from glassnet.layers import Dense, Dropout, Rescale
from glassnet.layers.specification import Specification
from glassnet.maths import losses
from glassnet.optim import SGD, Adam, AdamW

from .cases import CLASSES, ONE_HOT, REAL, SETS, SOFT, YES_NO, Case, Sparse, digest, labels, pixels, plain, trained

pytestmark = pytest.mark.needs_native

# ---- against the reference -------------------------------------------------------------------------------------------

LOSSES = [
    *((name, False, "identity", REAL) for name in ("mse", "half_mse", "rmse", "mae", "mbe", "mape", "huber")),
    *((name, False, "identity", YES_NO) for name in ("hinge", "squared_hinge")),
    *((losses.huber.configured(delta=d), False, "identity", REAL) for d in (0.1, 3.0)),
    ("binary_crossentropy", True, "identity", YES_NO),
    ("binary_crossentropy", False, "sigmoid", YES_NO),
    *((name, True, "identity", T) for name in ("categorical_crossentropy", "kl_divergence") for T in (ONE_HOT, SOFT)),
    *((name, False, "softmax", T) for name in ("categorical_crossentropy", "kl_divergence") for T in (ONE_HOT, SOFT)),
    ("sparse_categorical_crossentropy", True, "identity", CLASSES),
    ("sparse_categorical_crossentropy", False, "softmax", CLASSES),
    ("likelihood", True, "identity", ONE_HOT),
    ("likelihood", False, "softmax", ONE_HOT),
]


@pytest.mark.parametrize("weighted", [False, True], ids=["", "sample weights"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize(("loss", "from_logits", "last", "y"), LOSSES, ids=lambda value: getattr(value, "name", None))
def test_every_loss_and_its_gradient(loss, from_logits, last, y, dtype, isa, weighted):
    weights = np.linspace(0, 2, 37) if weighted and loss != "likelihood" else None  # which takes none
    layers = (Dense(6, "tanh"), Dense(3, last))
    batch = 5 if loss == "likelihood" else 37
    case = Case(layers, pixels(), y, loss, from_logits, batch_size=batch, dtype=dtype, weights=weights)
    session, reference = case.session(isa=isa, keep_gradients=True), case.session(ReferenceEngine().session)
    expected = reference.gradient(np.arange(batch))
    got = session.train(np.arange(batch), np.array([0.1]))
    tolerance = {"float32": 2e-5, "float64": 1e-12}[dtype]
    np.testing.assert_allclose(got, [expected], rtol=tolerance)
    scale = np.abs(reference.gradients).max()
    np.testing.assert_allclose(session.gradients, reference.gradients, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "binary_crossentropy"])
def test_labels_are_smoothed_as_in_the_formula(name):
    y, smoothing = np.eye(3)[np.arange(30) % 3], {"label_smoothing": 0.2}
    case = Case((Dense(5, "silu"), Dense(3)), pixels(30, 7), y, losses.get(name, **smoothing), True, AdamW(0.01))
    native, reference = trained(case), trained(case, ReferenceEngine().session)
    np.testing.assert_allclose(native[1], reference[1], rtol=1e-5)
    np.testing.assert_allclose(native[0].state.parameters.flat, reference[0].state.parameters.flat, atol=1e-5)


def test_one_column_of_the_likelihood():
    case = Case(
        (Dense(4, "tanh"), Dense(1)), pixels(), YES_NO[:, :1], "likelihood", True, batch_size=6, dtype="float64"
    )
    session, reference = case.session(keep_gradients=True), case.session(ReferenceEngine().session)
    expected = reference.gradient(np.arange(6))
    np.testing.assert_allclose(session.train(np.arange(6), np.array([0.1])), [expected], rtol=1e-13)
    np.testing.assert_allclose(session.gradients, reference.gradients, rtol=1e-10, atol=1e-16)


@pytest.mark.parametrize("scale", ["unit", "symmetric", None])
@pytest.mark.parametrize("kind", ["uint8", "int16", "float32", "float64", "bool"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_every_kind_of_rows_is_read_as_the_reference_reads_it(kind, scale, sparse):
    dense = pixels().astype(kind)
    case = Case((Dense(3),), Sparse(dense) if sparse else dense, labels(), dtype="float64", scale=scale, batch_size=10)
    session, reference = trained(case)[0], trained(case, ReferenceEngine().session)[0]
    largest = np.abs(reference.outputs).max()
    np.testing.assert_allclose(session.outputs, reference.outputs, rtol=1e-11, atol=1e-11 * largest)


def test_rows_need_not_be_contiguous():
    strided = np.asfortranarray(pixels())
    assert digest(*trained(plain())) == digest(*trained(Case((Dense(20, "relu"), Dense(3)), strided, labels())))


def test_a_rescale_first_and_last():
    X = np.random.default_rng(0).normal(3, 2, (37, 5)).astype(np.float32)
    layers = (Rescale.standardizing(X), Dense(9, "relu"), Dense(3), Rescale.restoring(REAL))
    case = Case(layers, X, REAL, "mse", False, Adam(0.01), dtype="float64")
    (session, got), (reference, expected) = trained(case), trained(case, ReferenceEngine().session)
    np.testing.assert_allclose(got, expected, rtol=1e-11)
    np.testing.assert_allclose(session.state.parameters.flat, reference.state.parameters.flat, rtol=1e-9)
    assert digest(*trained(case, threads=3, isa="portable")) == digest(session, got)


# ---- running forward -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 3, 16, 17, 300, 600])
def test_forward_gives_the_bits_of_training_for_few_and_many_rows(n, dtype):
    layers = (Dense(70, "relu"), Dropout(0.5), Dense(33, "tanh"), Dense(11))
    X = pixels(600, 50)
    specification = Specification(layers, (50,))
    parameters = specification.start(3, np.dtype(dtype))
    everything = NativeEngine(threads=2).forward(specification, parameters, Rows(X))
    some = NativeEngine(threads=1).forward(specification, parameters, Rows(X[:n].copy()))
    assert np.array_equal(some, everything[:n])
    reference = ReferenceEngine().forward(specification, parameters, Rows(X))
    tolerance = {"float32": 1e-5, "float64": 1e-13}[dtype]
    np.testing.assert_allclose(everything, reference, rtol=tolerance, atol=tolerance)


def test_forward_of_no_rows():
    specification = Specification((Dense(3),), (5,))
    parameters = specification.start(3, np.dtype("float32"))
    assert NativeEngine().forward(specification, parameters, Rows(np.zeros((0, 5), np.float32))).shape == (0, 3)


# ---- refusing --------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_ends_the_steps_and_leaves_the_state_they_began_with():
    case = plain(optimizer=SGD(1e38), batch_size=37)
    session, reference = case.session(), case.session(ReferenceEngine().session)
    got, expected = (s.train(np.tile(np.arange(37), 9), np.full(9, 1e38)) for s in (session, reference))
    assert len(got) == len(expected) < 9
    assert not np.isfinite(got[-1])
    for each in (session, reference):
        assert each.lost
        assert each.state.step == 0
        assert each.state.parameters.flat.tobytes() == case.session().state.parameters.flat.tobytes()


def test_outputs_that_are_no_probabilities_are_refused_in_the_reference_s_words():
    case = Case((Dense(3),), pixels(), ONE_HOT, "categorical_crossentropy", False, batch_size=37)
    with pytest.raises(DataError, match="probabilities between 0 and 1"):
        case.session().train(np.arange(37), np.full(1, 0.1))


@pytest.mark.parametrize(
    ("loss", "wrong", "sentence"),
    [
        ("sparse_categorical_crossentropy", np.full(37, 3), "Class indices must lie between 0 and 2"),
        ("binary_crossentropy", np.full((37, 3), 2.0), "targets of 0 and 1"),
        ("hinge", np.full((37, 3), 0.5), "labels 0 and 1"),
        ("mape", np.zeros((37, 3)), "a target is 0"),
    ],
)
def test_targets_a_loss_cannot_take_are_refused(loss, wrong, sentence):
    from_logits = loss in ("sparse_categorical_crossentropy", "binary_crossentropy")
    with pytest.raises(DataError, match=sentence):
        Case((Dense(3),), pixels(), wrong, loss, from_logits).session()


def test_a_row_that_does_not_exist_is_refused():
    with pytest.raises(ShapeError, match=r"outside 0 \.\. 36"):
        plain().session().train(np.array([0, 37]), np.full(1, 0.1))
