// The update rules of maths/updates.py: the same operations in the same order, none of them fused, so the same bits.
#include "isa.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// sqrt(s + epsilon) or sqrt(s) + epsilon
template <class T, bool INSIDE> GN_INLINE Vec<T> root(Vec<T> s, T epsilon) {
    if constexpr (INSIDE) return square_root<T>(s + epsilon);
    else return square_root<T>(s) + epsilon;
}

// One vector of weights; a and b are the rule's moments.
template <class T, Rule R, bool INSIDE> GN_INLINE Vec<T> rule(const Update& u, Vec<T> theta, Vec<T> g, Vec<T>& a, Vec<T>& b) {
    const T rate = T(u.learning_rate), eta = T(u.eta), epsilon = T(u.epsilon), rho = T(u.rho), rest = T(1 - u.rho);
    if constexpr (R == Rule::gradient_descent) return theta - rate * g;
    else if constexpr (R == Rule::momentum) {
        a = eta * a + rate * g;
        return theta - a;
    } else if constexpr (R == Rule::nesterov) {
        a = eta * a + rate * g;
        return theta - (eta * a + rate * g);
    } else if constexpr (R == Rule::adagrad) {
        a = a + g * g;
        return theta - rate * g / root<T, INSIDE>(a, epsilon);
    } else if constexpr (R == Rule::rmsprop) {
        a = rho * a + rest * (g * g);
        return theta - rate * g / root<T, INSIDE>(a, epsilon);
    } else if constexpr (R == Rule::adadelta) {
        a = rho * a + rest * (g * g);
        const Vec<T> d = root<T, INSIDE>(b, epsilon) / root<T, INSIDE>(a, epsilon) * g;
        b = rho * b + rest * (d * d);
        return theta - rate * d;
    } else {
        a = T(u.beta1) * a + T(1 - u.beta1) * g;
        b = T(u.beta2) * b + T(1 - u.beta2) * (g * g);
        return theta - T(u.learning_rate * u.m_correction) * a / root<T, INSIDE>(b * T(u.v_correction), epsilon);
    }
}

template <class T, Rule R, int MOMENTS, bool INSIDE>
bool run(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count) {
    IntVec<T> largest = {};
    for (std::size_t i = 0; i < count; i += LANES<T>) {
        Vec<T> a = {}, b = {};
        if constexpr (MOMENTS > 0) a = load(moments[0] + i);
        if constexpr (MOMENTS > 1) b = load(moments[1] + i);
        const Vec<T> next = rule<T, R, INSIDE>(u, load(theta + i), load(g + i), a, b);
        store(theta + i, next);
        if constexpr (MOMENTS > 0) store(moments[0] + i, a);
        if constexpr (MOMENTS > 1) store(moments[1] + i, b);
        const IntVec<T> size = as_int<T>(magnitude<T>(next));
        largest = size > largest ? size : largest;
    }
    return below_infinity<T>(largest);
}

template <class T, Rule R, int MOMENTS>
bool where_epsilon(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count) {
    return u.epsilon_inside ? run<T, R, MOMENTS, true>(u, theta, g, moments, count)
                            : run<T, R, MOMENTS, false>(u, theta, g, moments, count);
}

template <class T> bool update(const Update& u, T* theta, const T* g, T* const* moments, std::size_t count) {
    switch (u.rule) {
        case Rule::gradient_descent: return run<T, Rule::gradient_descent, 0, false>(u, theta, g, moments, count);
        case Rule::momentum: return run<T, Rule::momentum, 1, false>(u, theta, g, moments, count);
        case Rule::nesterov: return run<T, Rule::nesterov, 1, false>(u, theta, g, moments, count);
        case Rule::adagrad: return where_epsilon<T, Rule::adagrad, 1>(u, theta, g, moments, count);
        case Rule::adadelta: return where_epsilon<T, Rule::adadelta, 2>(u, theta, g, moments, count);
        case Rule::rmsprop: return where_epsilon<T, Rule::rmsprop, 1>(u, theta, g, moments, count);
        case Rule::adam: return where_epsilon<T, Rule::adam, 2>(u, theta, g, moments, count);
    }
    return false;
}

}  // namespace

void fill_updates(Kernels<float>& f, Kernels<double>& d) {
    f.update = update<float>;
    d.update = update<double>;
}

}  // namespace glassnet::GLASSNET_ISA
