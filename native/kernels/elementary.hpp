// exp, log, log1p and tanh from + - * / fma and integer operations in a fixed order: the same bits on every machine.
//
// The C library's own differ from version to version and from processor to processor. These are within about two units
// in the last place; tests/engine/test_native_operations.py measures that against mpmath.
#pragma once

#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

// Constants of a dtype. exp: e^r = 1 + r + r^2 P(r) for |r| <= ln(2)/2, the Taylor series, whose first term left out is
// below a twentieth of a unit. log: the polynomials of FreeBSD's msun, e_logf.c and e_log.c (Sun Microsystems, 1993).
template <class T> struct Constants;

template <> struct Constants<float> {
    static constexpr float LOG2E = 1.44269504088896341f, LN2_HIGH = 0.693145751953125f, LN2_LOW = 1.42860682030941723e-6f;
    static constexpr float ROUND = 12582912.0f;                         // 1.5 * 2^23: adding it rounds to a whole number
    static constexpr float LARGEST = 100.0f, SMALLEST = -120.0f;        // beyond these e^x is infinite or 0
    static constexpr float TANH_IS_ONE = 12.0f, MOST = 3.40282346638528859e38f;
    static constexpr float SUBNORMAL_SCALE = 16777216.0f;               // 2^24
    static constexpr int SUBNORMAL_SHIFT = 24;
    static constexpr float SMALLEST_NORMAL = 1.17549435082228751e-38f;
    static constexpr float EXP[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2};
    static constexpr float LOG[] = {0.24279078841f, 0.28498786688f, 0.40000972152f, 0.66666662693f};
};

template <> struct Constants<double> {
    static constexpr double LOG2E = 1.44269504088896341, LN2_HIGH = 6.93147180369123816490e-01, LN2_LOW = 1.90821492927058770002e-10;
    static constexpr double ROUND = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr double LARGEST = 720.0, SMALLEST = -760.0;
    static constexpr double TANH_IS_ONE = 24.0, MOST = 1.79769313486231571e308;
    static constexpr double SUBNORMAL_SCALE = 18014398509481984.0;  // 2^54
    static constexpr int SUBNORMAL_SHIFT = 54;
    static constexpr double SMALLEST_NORMAL = 2.22507385850720138e-308;
    static constexpr double EXP[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                     1.0 / 5040,       1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2};
    static constexpr double LOG[] = {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                                     2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                                     6.666666666666735130e-01};
};

template <class T, int N> GN_INLINE Vec<T> horner(const T (&coefficients)[N], Vec<T> x) {
    Vec<T> sum = all<T>(coefficients[0]);
    GN_UNROLL for (int i = 1; i < N; i++) sum = fma<T>(sum, x, all<T>(coefficients[i]));
    return sum;
}

template <class T> GN_INLINE Vec<T> power_of_two(IntVec<T> n) { return as_float<T>((n + Bits<T>::BIAS) << Bits<T>::MANTISSA); }

// x = n ln 2 + r; returns e^r - 1, and n.
template <class T> GN_INLINE Vec<T> reduced_expm1(Vec<T> x, IntVec<T>& n) {
    using C = Constants<T>;
    const Vec<T> shifted = fma<T>(x, all<T>(C::LOG2E), all<T>(C::ROUND));
    n = as_int<T>(shifted) - as_int<T>(all<T>(C::ROUND));
    const Vec<T> whole = shifted - C::ROUND;
    const Vec<T> r = fma<T>(-whole, all<T>(C::LN2_LOW), fma<T>(-whole, all<T>(C::LN2_HIGH), x));
    return fma<T>(r * r, horner<T>(C::EXP, r), r);
}

template <class T> GN_INLINE Vec<T> exp(Vec<T> x) {
    using C = Constants<T>;
    x = x > C::LARGEST ? all<T>(C::LARGEST) : x;
    x = x < C::SMALLEST ? all<T>(C::SMALLEST) : x;
    IntVec<T> n;
    const Vec<T> y = T(1) + reduced_expm1<T>(x, n);
    const IntVec<T> half = n >> 1;  // in two steps: 2^n itself may not be a number where e^x is (subnormal or infinite)
    return y * power_of_two<T>(half) * power_of_two<T>(n - half);
}

// e^x - 1 for x <= 0; below -40 it is -1.
template <class T> GN_INLINE Vec<T> expm1_below_0(Vec<T> x) {
    IntVec<T> n;
    const Vec<T> q = reduced_expm1<T>(x < T(-40) ? all<T>(T(-40)) : x, n), two_n = power_of_two<T>(n);
    const Vec<T> result = fma<T>(two_n, q, two_n - T(1));
    return x != x ? x : result;
}

template <class T> GN_INLINE Vec<T> log(Vec<T> x) {
    using C = Constants<T>;
    const auto small = x < C::SMALLEST_NORMAL;
    const Vec<T> scaled = small ? x * C::SUBNORMAL_SCALE : x;
    // 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2): subtracting sqrt(1/2)'s bits moves the cut to where f is smallest
    const IntVec<T> cut = as_int<T>(all<T>(T(0.70710678118654752)));
    const IntVec<T> e = (as_int<T>(scaled) - cut) >> Bits<T>::MANTISSA;
    const Vec<T> f = as_float<T>(as_int<T>(scaled) - (e << Bits<T>::MANTISSA)) - T(1);
    const IntVec<T> shift = small ? IntVec<T>{} + C::SUBNORMAL_SHIFT : IntVec<T>{};
    const Vec<T> exponent = __builtin_convertvector(e - shift, Vec<T>);
    const Vec<T> s = f / (T(2) + f), z = s * s;
    const Vec<T> half_square = T(0.5) * f * f;
    const Vec<T> R = z * horner<T>(C::LOG, z);
    const Vec<T> correction = fma<T>(s, half_square + R, exponent * C::LN2_LOW);
    Vec<T> result = fma<T>(exponent, all<T>(C::LN2_HIGH), -((half_square - correction) - f));
    const T infinity = __builtin_inf(), nan = __builtin_nan("");
    result = x == infinity ? x : result;
    result = x == T(0) ? all<T>(-infinity) : result;
    result = x < T(0) ? all<T>(nan) : result;
    return x != x ? x : result;
}

// log(1 + y) for y >= -1: log(u) of the rounded u = 1 + y, and what the rounding lost.
template <class T> GN_INLINE Vec<T> log1p(Vec<T> y) {
    const Vec<T> u = T(1) + y;
    const Vec<T> result = log<T>(u) + (y - (u - T(1))) / u;
    return u == T(0) ? all<T>(T(-__builtin_inf())) : result;
}

// tanh |x| = t / (t + 2) with t = e^(2 |x|) - 1.
template <class T> GN_INLINE Vec<T> tanh(Vec<T> x) {
    using C = Constants<T>;
    Vec<T> size = magnitude<T>(x);
    size = size > C::TANH_IS_ONE ? all<T>(C::TANH_IS_ONE) : size;
    IntVec<T> n;
    const Vec<T> q = reduced_expm1<T>(size + size, n);
    const Vec<T> two_n = power_of_two<T>(n);
    const Vec<T> t = fma<T>(two_n, q, two_n - T(1));
    const Vec<T> result = with_sign<T>(t / (t + T(2)), x);
    return x != x ? x : result;
}

// 1 / (1 + e^-z) without overflow: e^-|z| <= 1.
template <class T> GN_INLINE Vec<T> sigmoid(Vec<T> z) {
    const Vec<T> small = exp<T>(-magnitude<T>(z));
    return (z >= T(0) ? all<T>(T(1)) : small) / (T(1) + small);
}

// log(1 + e^z) = max(0, z) + log(1 + e^-|z|)
template <class T> GN_INLINE Vec<T> softplus(Vec<T> z) { return maximum<T>(z, Vec<T>{}) + log1p<T>(exp<T>(-magnitude<T>(z))); }

// ---- the normal distribution -------------------------------------------------------------------------------------------

// (1 + 2q) e^(q^2) erfc(q), powers of (q - 3.75) / (q + 3.75), highest first: maths/special.py says where they come from.
template <class T> constexpr T TAIL[] = {
    T(-3.75315827795962e-11), T(4.2514714447963895e-10), T(5.457157304704688e-10), T(-5.1739902140113095e-09),
    T(-4.389284159986328e-09), T(3.8675334242222354e-08), T(2.4289762925488707e-08), T(-2.5866850716155884e-07),
    T(-5.826281078800777e-08), T(1.751637648849062e-06), T(-9.72849582211122e-07), T(-1.1444146237700524e-05),
    T(2.2383912036550678e-05), T(5.164909889268241e-05), T(-0.00029015397928986765), T(0.0002937136655913448),
    T(0.0017556258324217529), T(-0.009746579558029276), T(0.0283622774215156), T(-0.05869339858963677),
    T(0.09230432116019834), T(-0.10880393014174886), T(0.08227673849015102), T(0.0035854154854644293),
    T(-0.14024059858554702), T(1.2375126308378275)};

// e^(-x^2 / 2), with what the rounding of x^2 lost.
template <class T> GN_INLINE Vec<T> gauss(Vec<T> x) {
    x = x > T(40) ? all<T>(T(40)) : (x < T(-40) ? all<T>(T(-40)) : x);
    const Vec<T> square = x * x, lost = fma<T>(x, x, -square), y = exp<T>(square * T(-0.5));
    return fma<T>(y, lost * T(-0.5), y);
}

template <class T> GN_INLINE Vec<T> normal_density(Vec<T> x) { return gauss<T>(x) * T(0.3989422804014327); }

// Phi(x) = erfc(-x / sqrt(2)) / 2
template <class T> GN_INLINE Vec<T> normal_cdf(Vec<T> x) {
    Vec<T> q = magnitude<T>(x) * T(0.7071067811865476);
    q = q > T(40) ? all<T>(T(40)) : q;
    const Vec<T> scaled = horner<T>(TAIL<T>, (q - T(3.75)) / (q + T(3.75))) / (T(1) + q + q);
    const Vec<T> tail = gauss<T>(x) * scaled * T(0.5);
    return x < T(0) ? tail : T(1) - tail;
}

// -1, 0, 1, or NaN
template <class T> GN_INLINE Vec<T> sign(Vec<T> x) {
    return x > T(0) ? all<T>(T(1)) : (x < T(0) ? all<T>(T(-1)) : (x != x ? x : Vec<T>{}));
}

}  // namespace glassnet::GLASSNET_ISA
