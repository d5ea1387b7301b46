"""Network as its users meet it: what fit takes, what comes back, what is refused and how."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.compiled import unavailable
from glassnet.errors import DataError, NotFittedError, SettingError, ShapeError

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(60, 4))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])


ENGINES = [("reference", None), *[("native", threads) for threads in (None, 1, 2) if unavailable() is None]]


def small(outputs=2, **settings):
    return gn.Network([gn.Dense(8, activation="tanh"), gn.Dense(outputs, **settings)])


def trained(y=Y, outputs=2, net=None, **settings):
    net = net or small(outputs)
    net.fit(X, y, **{"optimizer": gn.optimizers.Adam(0.05), "epochs": 30, **settings})
    return net


# ---- learning ------------------------------------------------------------------------------------------------------


def test_it_learns_classes():
    net = trained()
    assert net.evaluate(X, Y)["accuracy"] > 0.95
    assert net.predict_proba(X).shape == (60, 2)
    np.testing.assert_allclose(net.predict_proba(X).sum(axis=1), 1, rtol=1e-6)


def test_it_learns_numbers():
    y = X @ [1.0, -2.0, 0.5, 0.0] + 1
    net = gn.Network([gn.Dense(1)])
    net.fit(X, y, loss="mse", optimizer=gn.optimizers.SGD(0.1), epochs=200, batch_size="full", dtype="float64")
    np.testing.assert_allclose(net.parameters()["W1"][:, 0], [1, -2, 0.5, 0], atol=1e-6)
    assert net.predict(X).shape == (60,)
    assert net.evaluate(X, y)["r2"] == pytest.approx(1)


def test_a_linear_network_of_any_depth_is_one_matrix():
    """COURSE D2: without activations the layers multiply out to a linear regression."""
    net = gn.Network([gn.Dense(7), gn.Dense(5), gn.Dense(2)])
    net.fit(X, X[:, :2], loss="mse", epochs=3, dtype="float64")
    p = net.parameters()
    matrix = p["W1"] @ p["W2"] @ p["W3"]
    bias = (p["b1"] @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]
    np.testing.assert_allclose(net.predict(X), X @ matrix + bias, rtol=1e-12)


@pytest.mark.parametrize("loss", ["mse", "half_mse", "rmse", "mae", "huber"])
def test_every_loss_of_numbers_trains(loss):
    net = gn.Network([gn.Dense(1)])
    run = net.fit(X, X[:, 0] * 2, loss=loss, optimizer=gn.optimizers.Adam(0.05), epochs=40)
    assert run.history[-1]["loss"] < 0.3 * run.history[0]["loss"]


@pytest.mark.parametrize(
    ("loss", "y", "outputs"),
    [
        ("sparse_categorical_crossentropy", THREE, 3),
        ("categorical_crossentropy", THREE, 3),
        ("categorical_crossentropy", np.eye(3)[THREE], 3),
        ("kl_divergence", np.eye(3)[THREE], 3),
        ("binary_crossentropy", Y, 1),
        ("hinge", Y, 1),
        ("squared_hinge", Y, 1),
    ],
)
def test_every_loss_of_classes_trains(loss, y, outputs):
    net = trained(y, outputs, loss=loss)
    truth = np.argmax(y, axis=1) if np.ndim(y) == 2 else y
    assert np.mean(net.predict(X) == truth) > 0.9


@pytest.mark.parametrize("optimizer", [name for name in gn.optimizers.CATALOGUE if name != "levenberg_marquardt"])
def test_every_optimizer_trains(optimizer):
    rate = {"adadelta": 1.0, "adagrad": 0.1, "rmsprop": 0.01, "adam": 0.02}.get(optimizer, 0.1)
    run = small().fit(X, Y, optimizer=gn.optimizers.get(optimizer, learning_rate=rate), epochs=40)
    assert run.history[-1]["loss"] < 0.8 * run.history[0]["loss"]


def test_xor_needs_its_hidden_layer():
    inputs, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    with_it = gn.Network([gn.Dense(8, activation="tanh"), gn.Dense(1)])
    without = gn.Network([gn.Dense(1)])
    for net in (with_it, without):
        net.fit(inputs, xor, optimizer=gn.optimizers.Adam(0.05), epochs=300, batch_size="full")
    assert with_it.predict(inputs).tolist() == xor
    assert without.predict(inputs).tolist() != xor


# ---- what comes back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [["cat", "dog", "goat"], [5, 0, 9], [0, 1, 2], [-1, 1, 3], [1.0, 2.0, 5.0]],
    ids=str,
)
def test_predictions_are_the_labels_that_were_given(labels):
    y = np.asarray(labels)[THREE]
    net = trained(y, 3, loss="sparse_categorical_crossentropy")
    assert set(net.predict(X)) <= set(labels)
    assert net.evaluate(X, y)["accuracy"] == np.mean(net.predict(X) == y) > 0.9
    assert net.classes == tuple(sorted(labels))
    assert type(net.classes[0]) is type(labels[0])


@pytest.mark.parametrize("labels", [["no", "yes"], [0, 1], [-1, 1], [False, True]], ids=str)
def test_two_classes_from_one_unit(labels):
    y = np.asarray(labels)[Y]
    net = trained(y, 1)
    assert net.loss.name == "binary_crossentropy"
    assert net.predict_proba(X).shape == (60, 2)
    assert np.array_equal(net.predict(X), np.asarray(labels)[np.argmax(net.predict_proba(X), axis=1)])
    assert np.mean(net.predict(X) == y) > 0.9


def test_several_yes_or_no_answers_a_row():
    y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(float)
    net = trained(y, 2, loss="binary_crossentropy")
    assert net.predict(X).shape == (60, 2)
    assert np.mean(net.predict(X) == y) > 0.9
    assert net.predict_proba(X).shape == (60, 2)


def test_a_class_that_does_not_occur_keeps_its_output():
    net = trained(np.where(THREE == 1, 0, THREE), 4)
    assert net.classes == (0, 1, 2, 3)


def test_history_has_a_row_an_epoch():
    run = small().fit(X, THREE > 1, epochs=3, validation_data=(X[:9], THREE[:9] > 1), metrics=("accuracy", "f1"))
    assert [list(record) for record in run.history] == [
        ["epoch", "loss", "accuracy", "f1", "val_loss", "val_accuracy", "val_f1", "seconds"]
    ] * 3
    assert [record["epoch"] for record in run.history] == [1, 2, 3]
    assert run.ended == "finished"
    assert run.seconds == sum(record["seconds"] for record in run.history) > 0


def test_metrics_of_several_classes_and_of_numbers():
    run = small(3).fit(
        X, THREE, epochs=1, metrics=("f1", "precision", "top_k_accuracy", gn.metrics.recall.configured(average="micro"))
    )
    assert list(run.history[0]) == ["epoch", "loss", "f1", "precision", "top_k_accuracy", "recall", "seconds"]
    run = small(1).fit(X, X[:, 0], epochs=1, metrics=("r2", "mae"))
    assert list(run.history[0]) == ["epoch", "loss", "r2", "mae", "seconds"]
    run = small(1).fit(X, Y, epochs=1, metrics=())
    assert list(run.history[0]) == ["epoch", "loss", "seconds"]


def test_the_loss_of_the_history_is_the_mean_as_trained():
    """With a rate of 0 the weights stand still, so the epoch's mean is the loss of all rows, short batch and all."""
    net = small()
    run = net.fit(X[:50], Y[:50], optimizer=gn.optimizers.SGD(0.0), epochs=1, batch_size=7, dtype="float64")
    measured = net.evaluate(X[:50], Y[:50])
    assert run.history[0]["loss"] == pytest.approx(measured["loss"], rel=1e-12)
    assert run.history[0]["accuracy"] == measured["accuracy"]


def test_validation_is_measured_and_not_learned_from():
    seen = small().fit(X, Y, epochs=3)
    beside = small().fit(X, Y, epochs=3, validation_data=(X[:5], 1 - Y[:5]))
    assert np.array_equal(seen.state.parameters.flat, beside.state.parameters.flat)


# ---- heads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "end", "y", "outputs"),
    [
        ("sparse_categorical_crossentropy", "softmax", THREE, 3),
        ("categorical_crossentropy", "softmax", np.eye(3)[THREE], 3),
        ("binary_crossentropy", "sigmoid", Y, 1),
    ],
)
def test_a_linear_end_and_the_course_end_are_the_same_network(loss, end, y, outputs):
    linear, course = trained(y, outputs, loss=loss), trained(y, net=small(outputs, activation=end), loss=loss)
    assert np.array_equal(linear.parameters().flat, course.parameters().flat)
    assert np.array_equal(linear.predict_proba(X), course.predict_proba(X))
    assert linear.evaluate(X, y) == course.evaluate(X, y)


def test_logits_are_what_softmax_takes():
    net = trained(THREE, 3)
    # An engine with kernels of its own has its own exponential, right to the last digits.
    np.testing.assert_allclose(gn.activations.softmax(net.logits(X)), net.predict_proba(X), rtol=1e-5)


def test_two_softmaxes_warn():
    with pytest.warns(UserWarning, match="Two softmaxes"):
        gn.Network([gn.Dense(3, activation="softmax"), gn.Activation("softmax")])


def test_outputs_that_are_no_probabilities_say_so():
    net = trained(X[:, 0], 1, loss="mse")
    with pytest.raises(SettingError, match="no probabilities"):
        net.predict_proba(X)


# ---- settings ------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits():
    first, same, other = (trained(seed=seed, epochs=2).parameters().flat for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_fitting_again_continues_to_the_bit(optimizer):
    straight, twice = small(), small()
    straight.fit(X, Y, optimizer=optimizer, epochs=5)
    twice.fit(X, Y, optimizer=optimizer, epochs=2)
    run = twice.fit(X, Y, optimizer=optimizer, epochs=3)
    assert np.array_equal(straight.parameters().flat, twice.parameters().flat)
    assert [record["epoch"] for record in run.history] == [3, 4, 5]


def test_updates_end_a_run_in_the_middle_of_an_epoch():
    run = small().fit(X, Y, batch_size=10, updates=8)
    assert run.state.step == 8
    assert [record["epoch"] for record in run.history] == [1, 2]


@pytest.mark.parametrize("batch_size", [1, 7, 60, 1000, "full"])
def test_any_batch_size(batch_size):
    run = small().fit(X, Y, batch_size=batch_size, epochs=2)
    size = 60 if batch_size in (1000, "full") else batch_size
    assert run.state.step == 2 * -(-60 // size)


def test_without_shuffling_rows_come_as_given():
    def weights(shuffle):
        return small().fit(X, Y, batch_size=7, epochs=1, shuffle=shuffle).state.parameters.flat

    assert not np.array_equal(weights(True), weights(False))


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float64])
def test_weights_and_outputs_have_the_dtype(dtype):
    net = trained(epochs=1, dtype=dtype)
    assert net.parameters().flat.dtype == net.logits(X).dtype == np.dtype(dtype)


def test_another_dtype_later_converts_what_was_learned():
    net = trained(epochs=3)
    before = net.parameters().flat.copy()
    net.fit(X, Y, optimizer=gn.optimizers.SGD(0.0), epochs=1, dtype="float64")
    assert net.parameters().flat.dtype == np.float64
    assert np.array_equal(net.parameters().flat, before)


@pytest.mark.parametrize(("scale", "low", "high"), [("unit", 0, 1), ("symmetric", -1, 1), (None, 0, 255)])
def test_bytes_are_scaled_and_the_model_remembers_how(scale, low, high):
    pixels = RANDOM.integers(0, 256, (60, 4), dtype=np.uint8)
    net = trained(net=small(), epochs=1, scale=scale)
    net.fit(pixels, Y, epochs=1, scale=scale)
    floats = low + pixels / 255 * (high - low)
    np.testing.assert_allclose(net.logits(pixels), net.logits(floats), rtol=1e-3, atol=1e-4)


def test_pictures_of_any_shape_are_rows():
    pictures = X.reshape(60, 1, 2, 2)
    flat, shaped = trained(epochs=2), small()
    shaped.fit(pictures, Y, optimizer=gn.optimizers.Adam(0.05), epochs=2)
    assert np.array_equal(flat.parameters().flat, shaped.parameters().flat)
    assert shaped.input_shape == (1, 2, 2)
    assert np.array_equal(shaped.predict(X), shaped.predict(pictures))


def test_sparse_rows_train_like_dense_ones():
    class Csr:
        def __init__(self, dense):
            self.shape = dense.shape
            rows, self.indices = np.nonzero(dense)
            self.data = dense[rows, self.indices]
            self.indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(dense)))])

    dense = np.where(np.abs(X) > 1, X, 0)
    a, b = small(), small()
    a.fit(dense, Y, epochs=2)
    b.fit(Csr(dense), Y, epochs=2)
    assert np.array_equal(a.parameters().flat, b.parameters().flat)
    assert np.array_equal(a.predict(dense), b.predict(Csr(dense)))


def test_sample_weights_repeat_rows():
    weights = np.ones(60)
    weights[:10] = 2
    weighted, repeated = small(), small()
    settings = {"optimizer": gn.optimizers.SGD(0.1), "batch_size": "full", "shuffle": False, "epochs": 5}
    weighted.fit(X, Y, sample_weight=weights, dtype="float64", **settings)
    repeated.fit(np.vstack([X, X[:10]]), np.hstack([Y, Y[:10]]), dtype="float64", **settings)
    np.testing.assert_allclose(weighted.parameters().flat, repeated.parameters().flat, rtol=1e-10)


def test_the_engine_and_the_threads_are_named_and_change_no_bit():
    runs = [small().fit(X, Y, epochs=2, engine=engine, threads=threads) for engine, threads in ENGINES]
    for run, (engine, _) in zip(runs, ENGINES, strict=True):
        assert run.engine == engine
        assert np.array_equal(
            run.state.parameters.flat, runs[[r.engine for r in runs].index(engine)].state.parameters.flat
        )
        np.testing.assert_allclose(run.state.parameters.flat, runs[0].state.parameters.flat, rtol=1e-4, atol=1e-5)


def test_a_single_row_goes_a_shorter_way_to_the_same_numbers():
    net = trained(THREE, 3)
    many = net.predict_proba(X)
    rows = [net.predict_proba(X[i : i + 1])[0] for i in range(60)]
    np.testing.assert_allclose(rows, many, rtol=1e-5)  # NumPy's product rounds by the number of rows
    assert np.array_equal(net.predict_proba(X[::-1])[::-1], many)  # not contiguous
    assert np.array_equal(net.predict_proba(X.reshape(60, 2, 2)), many)
    assert np.array_equal(net.predict_proba(X.tolist()), many)
    assert np.array_equal(net.predict_proba(np.round(X).astype(int)), net.predict_proba(np.round(X)))
    net.parameters()["W1"][:] = 0  # the short way sees weights that were changed in place
    assert np.ptp(net.predict_proba(X), axis=0).max() == 0
    net.fit(X, THREE, epochs=3, dtype="float64")  # and those that were replaced
    assert net.predict_proba(X[:1]).dtype == np.float64
    assert np.array_equal(net.predict_proba(X[:1]), net.predict_proba(X)[:1])
    with pytest.raises(ShapeError, match=r"\(4,\)"):
        net.predict_proba(X[:1, :3])
    with pytest.raises(ShapeError, match="one row an example"):
        net.predict_proba(X[0])


# ---- copies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_goes_on_alone_and_alike(duplicate):
    net = trained(epochs=3)
    twin = duplicate(net)
    before = net.parameters().flat.copy()
    twin.fit(X, Y, optimizer=gn.optimizers.Adam(0.05), epochs=2)
    assert np.array_equal(net.parameters().flat, before)
    net.fit(X, Y, optimizer=gn.optimizers.Adam(0.05), epochs=2)
    assert np.array_equal(net.parameters().flat, twin.parameters().flat)


# ---- refusals ------------------------------------------------------------------------------------------------------

REFUSED = {
    "rows that differ": (lambda: small().fit(X, Y[:-1]), ShapeError, "60 rows and y 59"),
    "no rows": (lambda: small().fit(X[:0], Y[:0]), DataError, "no rows|empty"),
    "no columns": (lambda: small().fit(X[:, :0], Y), ShapeError, "nothing to learn|columns|size"),
    "a single row": (lambda: small().fit(X[0], Y[:1]), ShapeError, "one row an example"),
    "missing values": (lambda: small().fit(np.where(X > 2, np.nan, X), Y), DataError, "nan"),
    "one class": (lambda: small().fit(X, np.full(60, 7)), DataError, "one class only"),
    "too many classes": (lambda: small().fit(X, THREE + 5), ShapeError, "3 classes .* 2 units"),
    "two units for yes or no": (
        lambda: small().fit(X, Y, loss="binary_crossentropy"), ShapeError, "1 unit, this network has 2",
    ),
    "labels for numbers": (lambda: small().fit(X, Y, loss="mse"), ShapeError, "to_categorical"),
    "words for numbers": (lambda: small(1).fit(X, ["a"] * 60, loss="mse"), DataError, "no number"),
    "nan targets": (lambda: small(1).fit(X, np.full(60, np.nan), loss="mse"), DataError, "finite"),
    "unknown loss": (lambda: small().fit(X, Y, loss="crossentropy"), SettingError, "did you mean"),
    "unknown optimizer": (lambda: small().fit(X, Y, optimizer="adm"), SettingError, "did you mean 'adam'"),
    "unknown metric": (lambda: small().fit(X, Y, metrics=("acuracy",)), SettingError, "did you mean 'accuracy'"),
    "a metric that is a table": (lambda: small().fit(X, Y, metrics=("confusion_matrix",)), SettingError, "no metric"),
    "a metric that is no list": (lambda: small().fit(X, Y, metrics="accuracy"), SettingError, r"=\('accuracy',\)"),
    "unknown scale": (lambda: small().fit(X, Y, scale="units"), SettingError, "did you mean 'unit'"),
    "unknown engine": (lambda: small().fit(X, Y, engine="gpu"), SettingError, "engine"),
    "unknown dtype": (lambda: small().fit(X, Y, dtype="float16"), SettingError, "float32"),
    "no epochs": (lambda: small().fit(X, Y, epochs=0), SettingError, "epochs must be"),
    "no updates": (lambda: small().fit(X, Y, updates=-1), SettingError, "updates must be"),
    "no batch": (lambda: small().fit(X, Y, batch_size=0), SettingError, "batch_size must be"),
    "a batch in words": (lambda: small().fit(X, Y, batch_size="all"), SettingError, '"full"'),
    "a negative seed": (lambda: small().fit(X, Y, seed=-1), SettingError, "seed must be"),
    "negative weights": (lambda: small().fit(X, Y, sample_weight=np.full(60, -1.0)), DataError, "at least 0"),
    "weights of nothing": (lambda: small().fit(X, Y, sample_weight=np.zeros(60)), DataError, "not all of them 0"),
    "too few weights": (lambda: small().fit(X, Y, sample_weight=[1.0]), ShapeError, r"\(60,\)"),
    "validation of another shape": (
        lambda: small().fit(X, Y, validation_data=(X, Y[:3])), ShapeError, "60 rows and y 3",
    ),
    "validation that is no pair": (lambda: small().fit(X, Y, validation_data=X), DataError, "pair"),
    "unknown labels later": (lambda: trained(epochs=1).evaluate(X, Y + 5), DataError, "not among the classes"),
    "other columns later": (lambda: trained(epochs=1).predict(X[:, :3]), ShapeError, r"\(4,\)"),
    "predicting before fitting": (lambda: small().predict(X), NotFittedError, "fit"),
    "weights before fitting": (lambda: small().parameters(), NotFittedError, "build"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_one_sentence(case):
    act, error, says = REFUSED[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=says) as caught:
            act()
    assert "\n" not in str(caught.value)


def test_a_refused_fit_changes_nothing():
    net = trained(epochs=2)
    before, settings = net.parameters().flat.copy(), (net.loss, net.targets, net.scale, net.epoch)
    with pytest.raises(ShapeError):
        net.fit(X, Y[:-1])
    with pytest.raises(SettingError):
        net.fit(X, Y, loss="nonsense")
    with pytest.raises(SettingError):
        net.fit(X, Y, batch_size=0)
    assert np.array_equal(net.parameters().flat, before)
    assert (net.loss, net.targets, net.scale, net.epoch) == settings


def test_summary_counts_the_weights():
    net = gn.Network([gn.Dense(128, activation="relu"), gn.Dropout(0.2), gn.Dense(10)])
    assert "fit" in net.summary()
    text = net.build(784).summary()
    assert "101,770 weights" in text
    assert [line.split()[-1] for line in text.splitlines()[1:4]] == ["100,480", "0", "1,290"]
    assert repr(net) == "Network([Dense(128, activation=relu), Dropout(0.2), Dense(10)])"


def test_outputs_that_the_loss_takes_as_probabilities_are_told_apart_at_one_half():
    """A sigmoid of another kind under the cross-entropy of yes and no: a half and not zero divides the classes."""
    net = gn.Network([gn.Dense(1, activation="hard_sigmoid")])
    rows, labels = np.linspace(-1, 1, 40)[:, None], np.repeat(["no", "yes"], 20)
    rate = gn.optimizers.Adam(0.05)
    net.fit(rows, labels, loss="binary_crossentropy", optimizer=rate, epochs=60, engine="reference")
    assert np.mean(net.predict(rows) == labels) > 0.9
    assert net.predict_proba(rows).shape == (40, 2)
