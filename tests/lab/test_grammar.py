"""The closed grammar: what is a function, what is none, and that no text runs, hangs or fails otherwise."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glassnet.errors import DataError, GlassnetError
from glassnet.lab.expressions import FUNCTIONS, evaluate, text
from glassnet.lab.grammar import LONGEST, function_of, parse, variables_in


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("x**2 - y**2", "x^2 - y^2"),
        ("x^2 + 2x + 1", "x^2 + 2*x + 1"),
        ("x² + 2·x − 1,5", "x^2 + 2*x - 1.5"),
        ("3(x - 1)^2", "3*(x - 1)^2"),
        ("2sin(x)cos(y)", None),  # no sign between two functions
        ("-x^2", "-x^2"),
        ("-2x + -.5(y)", "-2*x - .5*y"),
        ("2^-x", "2^(-x)"),
        ("e^(x/2)", "exp(x/2)"),
        ("ln(x) + √(y) + σ(w1)", "log(x) + sqrt(y) + sigmoid(w1)"),
        ("max(x, 0) + min(x;y)", "max(x, 0) + min(x, y)"),
        ("max(x,0)", "max(x, 0)"),
        ("2π", "2*pi"),
        ("softplus(w0 + w1)", "softplus(w0 + w1)"),
    ],
)
def test_functions_as_they_are_written(written: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(DataError, match=r"write \* where it multiplies"):
            function_of(written)
    else:
        assert text(function_of(written)) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1/2x", "needs a sign between '2' and 'x'"),
        ("2^3x", "needs a sign between '3' and 'x'"),
        ("x y", "needs a sign between 'x' and 'y'"),
        ("x(y + 1)", "needs a sign between 'x' and '('"),
        ("2 3", "needs a sign between '2' and '3'"),
        ("max(x)", "gives max 1 of its 2 arguments"),
        ("exp(x, y)", "gives exp 2 of its 1 arguments"),
        ("max(1,5)", "it is written max(a; b)"),
        ("sine(x)", "did you mean 'sin'"),
        ("1e121*x", "exponents up to 120"),
        ("1" * 61 + "*x", "at most 60 characters"),
        ("x^1001", "the largest is 1000"),
        ("(x + 1", "a bracket is not closed"),
        ("(x , y)", "cannot be read from ',' on"),
        ("x +", "ends where more is needed"),
        ("", "ends where more is needed"),
        ("x = 3", "cannot be read from '= 3' on"),
        ("__import__('os').system('ls')", "cannot be read"),
        ("x.__class__", "cannot be read"),
        ("lambda: 0", "cannot be read"),
        ("x if y else z", "needs a sign"),
        ("(" * 61 + "x" + ")" * 61, "more than 60 brackets"),
        ("-" * 61 + "x", "more than 60 brackets"),
        ("x" * (LONGEST + 1), f"at most {LONGEST} characters"),
    ],
)
def test_what_is_no_function(written: str, said: str) -> None:
    with pytest.raises(GlassnetError, match=r"^[^\n]+$") as caught:
        function_of(written)
    assert said in str(caught.value)


def test_a_working_has_numbers_only() -> None:
    for working in ("x + 1", "2x", "2 3"):
        with pytest.raises(GlassnetError):
            parse(working)
    with pytest.raises(DataError, match="gives max 1 of its 2 arguments"):
        parse("max(0.5)")


def test_a_root_of_a_negative_number_is_no_number() -> None:
    """Python's own power would be complex."""
    assert str(evaluate(parse("(-8)^(1/3)"), lambda name: 0.0)) == "nan"
    assert evaluate(parse("e"), lambda name: 0.0) == pytest.approx(2.718281828459045)


def test_variables() -> None:
    assert variables_in(function_of("w1*x + e^y - pi + w0")) == ("w0", "w1", "x", "y")


LETTERS = st.text(st.sampled_from([*string.printable, *"σπ√²³·×÷−é\x00"]), max_size=80)
PIECES = st.lists(
    st.sampled_from([*"xyab+-*/^(),;0123456789.e ", "**", "²", *(f"{f}(" for f in FUNCTIONS if f.isalpha()), "1e9"]),
    max_size=60,
).map("".join)


@given(st.one_of(LETTERS, PIECES))
@settings(max_examples=150)
@example("9^9^9^9^9")
@example("1e999999999")
@example("_" * 400)
@example("x**" * 160 + "x")
def test_any_text_is_a_tree_or_one_sentence(written: str) -> None:
    """Nothing runs and nothing hangs: a text is read as a tree that can be written again, or refused."""
    said = ""
    try:
        again = text(function_of(written))
    except GlassnetError as error:
        said = str(error)
    assert "\n" not in said
    if not said and len(again) <= LONGEST:
        assert text(function_of(again)) == again
