"""Names and settings: plain functions stay plain functions, and a choice of settings is a value."""

from __future__ import annotations

import copy
import json
import pickle
import pydoc

import numpy as np
import pytest

from glassnet.errors import SettingError, TypeNotUsableError
from glassnet.maths import activations, losses, metrics
from glassnet.maths.catalogue import Configured, configurable, describe, find, recall

EVERY = [*activations.CATALOGUE.values(), *losses.CATALOGUE.values(), *metrics.CATALOGUE.values()]
named = pytest.mark.parametrize("member", EVERY, ids=lambda member: member.name)


@named
def test_a_member_is_a_function_with_help_and_survives_pickle_and_copy(member):
    assert callable(member)
    assert member.__doc__.splitlines()[0].endswith((".", ","))
    assert member.__doc__.splitlines()[0] in pydoc.render_doc(member, renderer=pydoc.plaintext)
    assert pickle.loads(pickle.dumps(member)) is member
    assert copy.deepcopy(member) is member


@named
def test_configured_with_the_defaults_is_the_function_itself(member):
    assert member.configured() is member
    assert member.configured(**member.settings) is member


@named
def test_an_unknown_setting_is_refused(member):
    with pytest.raises(SettingError, match=r"no setting of .* 'slop_e'|has no settings; it was given 'slop_e'"):
        member.configured(slop_e=1)


def test_a_configured_function_is_a_value():
    two, again, three = (losses.huber.configured(delta=d) for d in (2.0, 2.0, 3.0))
    assert two == again
    assert hash(two) == hash(again)
    assert two != three
    assert two != losses.huber
    assert metrics.recall.configured(average="macro") != metrics.precision.configured(average="macro")
    assert two.configured(delta=3.0) == three
    assert two.configured(delta=1.0) is losses.huber
    assert repr(two) == "huber.configured(delta=2.0)"
    assert pickle.loads(pickle.dumps(two)) == two == copy.deepcopy(two)


def test_a_configured_function_uses_its_settings_in_every_method():
    leaky = activations.leaky_relu.configured(slope=0.5)
    Z = np.array([-2.0, 3.0])
    assert leaky(Z).tolist() == [-1.0, 3.0]
    assert leaky.gradient(Z).tolist() == [0.5, 1.0]
    assert leaky.backward(np.ones(2), Z, leaky(Z)).tolist() == [0.5, 1.0]
    assert (leaky.name, leaky.range, leaky.elementwise) == ("leaky_relu", (-np.inf, np.inf), True)

    huber = losses.huber.configured(delta=2.0)
    assert huber([0.0], [3.0]) == 2 * (3 - 1)
    assert huber.gradient([0.0], [3.0]).tolist() == [2.0]
    assert huber.value_and_gradient([0.0], [3.0])[0] == 4.0
    assert (huber.name, huber.target_kind, huber.head, huber.settings) == ("huber", "real", None, {"delta": 2.0})
    assert isinstance(huber, losses.Loss)
    assert isinstance(leaky, activations.Activation)


def test_a_setting_in_the_call_wins_over_the_configured_one():
    assert losses.huber.configured(delta=2.0)([0.0], [3.0], delta=1.0) == losses.huber([0.0], [3.0])


@pytest.mark.parametrize("catalogue", [activations, losses, metrics], ids=lambda module: module.__name__)
def test_get_finds_by_name_and_gives_back_what_is_one(catalogue):
    for name, member in catalogue.CATALOGUE.items():
        assert member.name == name
        assert catalogue.get(name) is member
        assert catalogue.get(member) is member
        assert getattr(catalogue, name) is member


def test_get_configures():
    assert losses.get("huber", delta=2.0) == losses.get(losses.huber, delta=2.0) == losses.huber.configured(delta=2.0)
    assert losses.get(losses.huber.configured(delta=2.0)).settings == {"delta": 2.0}


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(SettingError, match="no activation 'rellu'; did you mean 'relu'"):
        activations.get("rellu")
    with pytest.raises(SettingError, match="no loss 'categorical_cross_entropy'; did you mean 'categorical_crossent"):
        losses.get("categorical_cross_entropy")
    with pytest.raises(SettingError, match="no metric 'acuracy'; did you mean 'accuracy'"):
        metrics.get("acuracy")


@pytest.mark.parametrize("wrong", [np.tanh, 3, None, losses.mse], ids=str)
def test_what_is_no_activation_is_refused(wrong):
    with pytest.raises(TypeNotUsableError, match="activation"):
        activations.get(wrong)


def test_describe_is_plain_data_that_recall_reads():
    for member in (losses.mse, losses.huber, losses.huber.configured(delta=2.5)):
        written = json.loads(json.dumps(describe(member)))
        assert recall("loss", losses.CATALOGUE, written) == member
    assert describe(losses.huber.configured(delta=2.5)) == {"name": "huber", "delta": 2.5}


@pytest.mark.parametrize("forged", [3, None, {}, {"name": 3}, {"name": "huber", "delta": -1.0}, {"name": "os.system"}])
def test_recall_refuses_everything_else(forged):
    with pytest.raises(SettingError):
        recall("loss", losses.CATALOGUE, forged)


def test_the_check_sees_all_settings_and_can_refuse():
    def scaled(x, *, low=0.0, high=1.0):
        return low + x * (high - low)

    def ordered(*, low, high):
        if low > high:
            raise SettingError("low is above high")

    configurable(scaled, check=ordered)
    assert isinstance(scaled.configured(low=-1.0), Configured)
    with pytest.raises(SettingError, match="low is above high"):
        scaled.configured(low=2.0)


def test_find_takes_the_protocol_of_the_catalogue():
    assert find("loss", losses.CATALOGUE, losses.mse, protocol=losses.Loss) is losses.mse
    with pytest.raises(TypeNotUsableError, match="Expected as loss one of"):
        find("loss", losses.CATALOGUE, activations.relu, protocol=losses.Loss)
