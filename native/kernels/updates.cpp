// The update rules of maths/updates.py: the same operations in the same order, none of them fused, so the same bits.
#include "elementary.hpp"
#include "isa.hpp"
#include "rows.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// sqrt(s + epsilon) or sqrt(s) + epsilon
template <class T, bool INSIDE> GN_INLINE Vec<T> root(Vec<T> s, T epsilon) {
    if constexpr (INSIDE) return square_root<T>(s + epsilon);
    else return square_root<T>(s) + epsilon;
}

template <class T> constexpr T power_of_2(int exponent) {
    return __builtin_bit_cast(T, typename Bits<T>::Int(exponent + Bits<T>::BIAS) << Bits<T>::MANTISSA);
}
template <class T> constexpr T LARGEST_POWER = power_of_2<T>(Bits<T>::BIAS);
template <class T> constexpr T LEAST_ROOT = power_of_2<T>(-Bits<T>::BIAS / 2);

// A step's numbers, rounded to the dtype once. They are copied into the loop's own variables: left in memory, they would
// be read again after every store to the weights, which might be the same memory as far as the compiler knows.
template <class T, Rule R> struct Numbers {
    explicit Numbers(const Update& u)
        : rate(T(u.learning_rate)), eta(T(u.eta)), epsilon(T(u.epsilon)), rho(T(u.rho)), rest(T(1 - u.rho)), beta1(T(u.beta1)),
          rest1(T(1 - u.beta1)), beta2(T(u.beta2)), rest2(T(1 - u.beta2)), corrected_rate(T(u.learning_rate * u.m_correction)),
          v_correction(T(u.v_correction)), decay(T(u.learning_rate * u.weight_decay)), mu(T(u.mu)), rest_mu(T(1 - u.mu)),
          m_share(T(u.m_share)), g_share(T(u.g_share)), rectified_rate(T(u.learning_rate * u.m_correction * u.r)), rectified(u.r != 0),
          still(resting(u)) {}
    const T rate, eta, epsilon, rho, rest, beta1, rest1, beta2, rest2, corrected_rate, v_correction, decay;
    const T mu, rest_mu, m_share, g_share, rectified_rate;
    const bool rectified;
    const T still;

    // What `moved` multiplies by.
    T step_size() const { return R == Rule::radam ? rectified_rate : R == Rule::adam || R == Rule::adamw || R == Rule::amsgrad ? corrected_rate : rate; }

private:
    // A weight stays what it is when less than a quarter of its last digit is taken away: half of what lies between it and the next
    // number, and below a power of two that is half as far. Since a root is epsilon at least, that is so for all
    // |a| < still * |theta|. An eighth, since a subnormal rate * a may be rounded to twice as much; a rate of at most 1 keeps it
    // finite. 0 where nothing is known.
    T resting(const Update& u) const {
        const T root = u.epsilon_inside ? T(__builtin_sqrt(u.epsilon)) : epsilon, size = step_size() < 0 ? -step_size() : step_size();
        const T fading = R == Rule::rmsprop ? rho : R == Rule::adagrad ? T(1) : beta2;  // 0 would make NaN of an infinite moment
        const bool sound = u.sound && fading > 0 && fading <= 1 && v_correction > 0 && v_correction <= LARGEST_POWER<T>;
        if (!(sound && size <= 1 && root >= LEAST_ROOT<T>)) return 0;
        const T below = root * power_of_2<T>(-Bits<T>::MANTISSA - 4) / size;
        return below < LARGEST_POWER<T> ? below : LARGEST_POWER<T>;
    }
};

// theta - rate * a / root(s), where rate is n.step_size(). The mean a of a gradient that has become 0, as that of a pixel that is
// seldom black, fades, and soon moves nothing: root and division, which take the most time, are left out where that holds for a
// whole vector. Later it is subnormal, and would take a processor twice as long to divide: in such lanes 0 is divided.
template <class T, bool INSIDE, Rule R> GN_INLINE Vec<T> moved(const Numbers<T, R>& n, Vec<T> theta, Vec<T> a, Vec<T> s) {
    const Mask<T> moves = not_below<T>(magnitude<T>(a), magnitude<T>(theta) * n.still);
    if (nowhere<T>(moves)) return theta;
    return theta - where<T>(moves, n.step_size() * a) / root<T, INSIDE>(s, n.epsilon);
}

// One vector of weights; a, b and c are the rule's moments.
template <class T, Rule R, bool INSIDE>
GN_INLINE Vec<T> rule(const Numbers<T, R> n, Vec<T> theta, Vec<T> g, Vec<T>& a, Vec<T>& b, [[maybe_unused]] Vec<T>& c) {
    if constexpr (R == Rule::gradient_descent) return theta - n.rate * g;
    else if constexpr (R == Rule::momentum) {
        a = n.eta * a + n.rate * g;
        return theta - a;
    } else if constexpr (R == Rule::nesterov) {
        a = n.eta * a + n.rate * g;
        return theta - (n.eta * a + n.rate * g);
    } else if constexpr (R == Rule::adagrad) {
        a = a + g * g;
        return moved<T, INSIDE>(n, theta, g, a);
    } else if constexpr (R == Rule::rmsprop) {
        a = n.rho * a + n.rest * (g * g);
        return moved<T, INSIDE>(n, theta, g, a);
    } else if constexpr (R == Rule::adadelta) {
        a = n.rho * a + n.rest * (g * g);
        const Vec<T> d = root<T, INSIDE>(b, n.epsilon) / root<T, INSIDE>(a, n.epsilon) * g;
        b = n.rho * b + n.rest * (d * d);
        return theta - n.rate * d;
    } else if constexpr (R == Rule::lion) {
        const Vec<T> direction = sign<T>(n.beta1 * a + n.rest1 * g);
        a = n.beta2 * a + n.rest2 * g;
        return theta - n.decay * theta - n.rate * direction;
    } else if constexpr (R == Rule::adamax) {
        a = n.beta1 * a + n.rest1 * g;
        b = maximum<T>(n.beta2 * b, magnitude<T>(g));
        return theta - n.corrected_rate * a / (b + n.epsilon);
    } else if constexpr (R == Rule::nadam) {
        a = n.mu * a + n.rest_mu * g;
        b = n.beta2 * b + n.rest2 * (g * g);
        return moved<T, INSIDE>(n, theta, n.m_share * a + n.g_share * g, b * n.v_correction);
    } else if constexpr (R == Rule::radam) {
        a = n.beta1 * a + n.rest1 * g;
        b = n.beta2 * b + n.rest2 * (g * g);
        if (!n.rectified) return theta - n.corrected_rate * a;
        return moved<T, INSIDE>(n, theta, a, b * n.v_correction);
    } else if constexpr (R == Rule::amsgrad) {
        a = n.beta1 * a + n.rest1 * g;
        b = n.beta2 * b + n.rest2 * (g * g);
        c = maximum<T>(c, b);
        return moved<T, INSIDE>(n, theta, a, c * n.v_correction);
    } else {
        if constexpr (R == Rule::adamw) theta = theta - n.decay * theta;
        a = n.beta1 * a + n.rest1 * g;
        b = n.beta2 * b + n.rest2 * (g * g);
        return moved<T, INSIDE>(n, theta, a, b * n.v_correction);
    }
}

// For one of them every few turns of a loop: of many at once a processor forgets some.
class Asking {
public:
    Asking(const Ahead& ahead, std::size_t turns)
        : next_(ahead.lines), last_(ahead.lines + ahead.count), every_(ahead.count ? int(turns) / ahead.count : 0) {}
    GN_INLINE void turn() {
        if (--left_ > 0 || next_ == last_) return;
        __builtin_prefetch(*next_++);
        left_ = every_;
    }

private:
    const void* const *next_, *const *last_;
    const int every_;
    int left_ = 0;
};

template <class T, Rule R, int KEPT, bool INSIDE>
bool run(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count, const Ahead& ahead = {}) {
    const Numbers<T, R> numbers(u);
    Asking asking(ahead, count / LANES<T>);
    T *const first = moments[0], *const second = moments[1], *const third = moments[2];
    IntVec<T> largest = {};
    for (std::size_t i = 0; i < count; i += LANES<T>) {
        if constexpr (takes_roots(R)) asking.turn();
        Vec<T> a = {}, b = {}, c = {};
        if constexpr (KEPT > 0) a = load(first + i);
        if constexpr (KEPT > 1) b = load(second + i);
        if constexpr (KEPT > 2) c = load(third + i);
        const Vec<T> next = rule<T, R, INSIDE>(numbers, load(theta + i), load(g + i), a, b, c);
        store(theta + i, next);
        if constexpr (KEPT > 0) store(first + i, a);
        if constexpr (KEPT > 1) store(second + i, b);
        if constexpr (KEPT > 2) store(third + i, c);
        const IntVec<T> size = as_int<T>(magnitude<T>(next));
        largest = size > largest ? size : largest;
    }
    return below_infinity<T>(largest);
}

template <class T, Rule R, int KEPT>
bool where_epsilon(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count, const Ahead& ahead) {
    return u.epsilon_inside ? run<T, R, KEPT, true>(u, theta, g, moments, count, ahead)
                            : run<T, R, KEPT, false>(u, theta, g, moments, count, ahead);
}

// The gradient of an l2 penalty (maths/penalties.py) onto that of the loss: 2 strength W, then the sum, each rounded.
template <class T> void add_scaled(T factor, const T* values, T* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += LANES<T>) store(out + i, load(out + i) + factor * load(values + i));
}

// NumPy's clip: NaN stays NaN.
template <class T> void clip(T limit, T* g, std::size_t count) {
    for (std::size_t i = 0; i < count; i += LANES<T>) {
        const Vec<T> x = load(g + i);
        store(g + i, x > limit ? all<T>(limit) : (x < -limit ? all<T>(-limit) : x));
    }
}

template <class T> void times(T factor, T* g, std::size_t count) {
    for (std::size_t i = 0; i < count; i += LANES<T>) store(g + i, load(g + i) * factor);
}

// Sixteen sums side by side, then a tree over them: the compiler may take several at once, and changes nothing by it.
template <class T> double squares(const T* g, std::ptrdiff_t stride, int rows, int columns) {
    double lanes[SUM_LANES] = {};
    for (int m = 0; m < rows; m++, g += stride) {
        int c = 0;
        for (; c + SUM_LANES <= columns; c += SUM_LANES)
            for (int i = 0; i < SUM_LANES; i++) lanes[i] += double(g[c + i]) * double(g[c + i]);
        for (int i = 0; c + i < columns; i++) lanes[i] += double(g[c + i]) * double(g[c + i]);
    }
    for (int half = SUM_LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
}

template <class T> bool update(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count, const Ahead& ahead) {
    switch (u.rule) {
        case Rule::gradient_descent: return run<T, Rule::gradient_descent, 0, false>(u, theta, g, moments, count);
        case Rule::momentum: return run<T, Rule::momentum, 1, false>(u, theta, g, moments, count);
        case Rule::nesterov: return run<T, Rule::nesterov, 1, false>(u, theta, g, moments, count);
        case Rule::adagrad: return where_epsilon<T, Rule::adagrad, 1>(u, theta, g, moments, count, ahead);
        case Rule::adadelta: return where_epsilon<T, Rule::adadelta, 2>(u, theta, g, moments, count, ahead);
        case Rule::rmsprop: return where_epsilon<T, Rule::rmsprop, 1>(u, theta, g, moments, count, ahead);
        case Rule::adam: return where_epsilon<T, Rule::adam, 2>(u, theta, g, moments, count, ahead);
        case Rule::adamw: return where_epsilon<T, Rule::adamw, 2>(u, theta, g, moments, count, ahead);
        case Rule::amsgrad: return where_epsilon<T, Rule::amsgrad, 3>(u, theta, g, moments, count, ahead);
        case Rule::adamax: return run<T, Rule::adamax, 2, false>(u, theta, g, moments, count);
        case Rule::nadam: return where_epsilon<T, Rule::nadam, 2>(u, theta, g, moments, count, ahead);
        case Rule::radam: return where_epsilon<T, Rule::radam, 2>(u, theta, g, moments, count, ahead);
        case Rule::lion: return run<T, Rule::lion, 1, false>(u, theta, g, moments, count);
    }
    return false;
}

}  // namespace

void fill_updates(Kernels<float>& f, Kernels<double>& d) {
    f.update = update<float>;
    d.update = update<double>;
    f.add_scaled = add_scaled<float>;
    d.add_scaled = add_scaled<double>;
    f.clip = clip<float>, d.clip = clip<double>;
    f.times = times<float>, d.times = times<double>;
    f.squares = squares<float>, d.squares = squares<double>;
}

}  // namespace glassnet::GLASSNET_ISA
