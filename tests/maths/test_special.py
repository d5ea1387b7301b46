"""The error function and its kin against 40 digits, in units of the last digit."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from glassnet.errors import TypeNotUsableError
from glassnet.maths.special import erf, erfc, normal_cdf, normal_density

mp = mpmath.mp.clone()
mp.dps = 40
inf, nan = np.inf, np.nan

EXACT = {
    erf: mp.erf,
    erfc: mp.erfc,
    normal_cdf: lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    normal_density: lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
}
every = pytest.mark.parametrize("f", EXACT, ids=lambda f: f.__name__)
AROUND = [-1e4, -37.5, -26.5, -8.0, -1.0, -0.5, -1e-8, -1e-300, 5e-324, 1e-20, 0.0, 0.3, 1.0, 5.9, 9.0, 26.5, 1e4]
POINTS = np.concatenate([np.linspace(-37, 26, 1261), AROUND])


@every
@pytest.mark.parametrize(("dtype", "units"), [(np.float64, 4), (np.float32, 8)])
def test_a_few_units_of_the_last_digit(f, dtype, units):
    """Of float32 more, because NumPy's own exp of float32 is off by up to 2.5 units, and two are multiplied."""
    x = POINTS.astype(dtype)
    exact = np.array([float(EXACT[f](mp.mpf(float(v)))) for v in x])
    value, normal = f(x), np.abs(exact) > np.finfo(dtype).tiny
    assert value.dtype == dtype
    error = np.abs(value.astype(float) - exact) / np.spacing(np.abs(exact).astype(dtype)).astype(float)
    assert error[normal].max() <= units
    assert (np.abs(value[~normal]) <= np.finfo(dtype).tiny).all()


@every
def test_the_limits(f):
    limits = {erf: [-1, 1], erfc: [2, 0], normal_cdf: [0, 1], normal_density: [0, 0]}
    assert f([-inf, inf]).tolist() == limits[f]
    assert np.isnan(f([nan])).all()


def test_erf_is_odd_to_the_sign_of_zero():
    x = np.linspace(0, 7, 300)
    np.testing.assert_array_equal(erf(-x), -erf(x))
    assert np.signbit(erf(-0.0))
    assert erf([5e-324])[0] == 5e-324


def test_what_is_no_number_is_refused():
    with pytest.raises(TypeNotUsableError, match="array of real numbers"):
        erf(["a"])
