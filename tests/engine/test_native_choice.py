"""Which engine runs a training: what the environment and an argument choose, what native refuses in a sentence."""

import copy
from dataclasses import dataclass, replace

import pytest

from glassnet import engine
from glassnet.engine import EngineNotice, choose
from glassnet.engine.native import NativeSession
from glassnet.engine.reference import ReferenceSession
from glassnet.errors import SettingError
from glassnet.layers import Dense, Flatten
from glassnet.maths import activations, losses
from glassnet.optim import Adam

from .cases import REAL, Case, labels, pixels, plain

pytestmark = pytest.mark.needs_native


@dataclass(frozen=True, repr=False)
class Doubled(Flatten):
    """A layer of the user's own."""

    kind = "doubled"

    def forward(self, X, frame):
        return 2 * X


def own_layer(make):
    return Case((Doubled(), Dense(3)), pixels(), labels()).session(make)


def test_auto_is_native_and_native_says_what_it_cannot_do(monkeypatch):
    monkeypatch.delenv("GLASSNET_ENGINE", raising=False)
    assert choose().name == "native"
    assert type(plain().session(choose().session)) is NativeSession
    with pytest.raises(SettingError, match="no kernel for the layer Doubled"):
        own_layer(choose("native").session)


def test_auto_runs_what_is_not_built_in_on_the_reference_engine_and_says_so_once(monkeypatch):
    monkeypatch.setattr(engine, "_said", set())
    with pytest.warns(EngineNotice, match="no kernel for the layer Doubled"):
        assert type(own_layer(choose("auto").session)) is ReferenceSession
    assert type(own_layer(choose("auto").session)) is ReferenceSession


def novel(part, value):
    """A part of a training with one setting more than the kernels know, as it may get one later."""
    copied = copy.copy(part)
    object.__setattr__(copied, "novelty", value)
    return copied


def with_novelty(where, value):
    """The plain case whose layer, activation, loss, rule or program has a setting more."""
    if where == "layer":
        return replace(plain(), layers=(novel(Dense(20, "relu"), value), Dense(3)))
    if where == "activation":
        leaky = activations.leaky_relu.configured(slope=0.2)
        leaky.settings = leaky.settings | {"novelty": value}
        return replace(plain(), layers=(Dense(20, leaky), Dense(3)))
    if where == "loss":
        huber = losses.huber.configured(delta=2.0)
        huber.settings = huber.settings | {"novelty": value}
        return replace(plain(), loss=huber, from_logits=False, y=REAL)
    return replace(plain(), optimizer=novel(Adam(0.1), value))


@pytest.mark.parametrize("where", ["layer", "activation", "loss", "optimizer"])
def test_a_setting_the_kernels_do_not_know_is_never_ignored(where):
    """Parts get more settings as the catalogue grows; until the kernels have them the reference engine runs them."""
    with pytest.raises(SettingError, match=r"no kernel for the setting novelty=0.25 of the "):
        with_novelty(where, 0.25).session(choose("native").session)
    assert type(with_novelty(where, 0.0).session(choose("native").session)) is NativeSession  # switched off


def test_a_program_with_more_to_it_is_not_taken_for_a_plain_one():
    session = plain().session()
    with pytest.raises(SettingError, match="no kernel for the setting novelty='clip' of the training"):
        choose("native").session(novel(session.program, "clip"), session.state, session.rows, session.targets)


def test_the_environment_chooses_where_no_argument_does(monkeypatch):
    monkeypatch.setenv("GLASSNET_ENGINE", "reference")
    assert (choose().name, choose("native").name) == ("reference", "native")
    monkeypatch.setenv("GLASSNET_ISA", "portable")
    assert choose("native").isa == "portable"
    monkeypatch.setenv("GLASSNET_THREADS", "3")
    assert (choose("native").threads, choose("native", threads=2).threads) == (3, 2)


def test_threads_are_how_many_may_take_part():
    session = plain().session()
    small = choose("native", threads=4).session(session.program, session.state, session.rows, session.targets)
    # A step of so little work is done sooner by one.
    assert (plain().session(threads=4).threads, small.threads) == (4, 1)


def test_an_engine_says_what_it_is(monkeypatch):
    monkeypatch.setenv("GLASSNET_ISA", "portable")
    monkeypatch.setenv("GLASSNET_THREADS", "3")
    assert repr(choose("native")) == "native (portable, up to 3 threads)"
    assert repr(choose("native", threads=1)) == "native (portable, 1 thread)"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("GLASSNET_ISA", "avx3", "There is no instruction set on this machine 'avx3'"),
        ("GLASSNET_THREADS", "many", "whole number from 1 to 256"),
        ("GLASSNET_THREADS", "0", "whole number from 1 to 256"),
        ("GLASSNET_ENGINE", "natve", "did you mean 'native'"),
    ],
)
def test_a_variable_that_cannot_be_used_is_a_sentence(monkeypatch, variable, value, sentence):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError, match=sentence):
        choose()


def test_without_the_module_auto_is_the_reference_and_native_an_error(monkeypatch):
    monkeypatch.setattr(engine, "_said", set())
    monkeypatch.setattr(engine, "unavailable", lambda: "it was not built")
    with pytest.raises(SettingError, match="There is no native engine here: it was not built"):
        choose("native")
    with pytest.warns(EngineNotice, match="it was not built"):
        assert choose().name == "reference"
