"""Functions of the mathematics ask other kinds of array first, and leave NumPy's own alone."""

import numpy as np
import pytest

from glassnet.maths import activations, losses
from glassnet.maths.dispatch import as_array, foreign, number, overridable


class Recorder:
    """An array of another kind: it answers with what it was asked."""

    def __array_function__(self, function, types, arguments, keywords):
        return function, arguments, keywords


@pytest.mark.parametrize("activation", activations.CATALOGUE.values(), ids=lambda f: f.name)
def test_an_activation_of_another_array_is_its_own_answer(activation):
    x = Recorder()
    assert activation(x) == (activation, (x,), {})


@pytest.mark.parametrize("loss", losses.CATALOGUE.values(), ids=lambda f: f.name)
@pytest.mark.parametrize("position", [0, 1])
def test_a_loss_of_another_array_is_its_own_answer(loss, position):
    arguments = [np.zeros(2), np.zeros(2)]
    arguments[position] = Recorder()
    assert loss(*arguments, reduction="sum") == (loss, tuple(arguments), {"reduction": "sum"})


def test_settings_chosen_before_reach_the_other_array():
    assert activations.leaky_relu.configured(slope=0.2)(x := Recorder()) == (
        activations.leaky_relu,
        (x,),
        {"slope": 0.2},
    )


def test_arrays_of_numpy_are_not_foreign():
    class Subclass(np.ndarray):
        pass

    for values in (np.zeros(2), np.zeros(2).view(Subclass), np.float32(1), [1.0], 1.0, None):
        assert foreign(values) is None
    assert foreign(1.0, x := Recorder(), Recorder()) is x


def test_subclasses_become_plain_arrays_and_foreign_ones_stay():
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    assert type(as_array(masked)) is np.ndarray
    assert as_array(x := Recorder()) is x


def test_a_number_is_a_python_float():
    assert type(number(np.float64(1.5))) is float
    assert type(number(np.float32(1.5))) is float
    assert number(x := Recorder()) is x


def test_the_function_keeps_its_name_and_its_arguments():
    @overridable
    def half(x, *, out=None):
        """Half of it."""
        return x / 2

    assert (half.__name__, half.__doc__, half(3.0, out=None)) == ("half", "Half of it.", 1.5)
