// Activations and the way back through them: the names and formulas of maths/activations.py.
//
// The derivative is taken from A alone, so A may stand where Z stood; but for the gated functions, whose Z is kept.
#include "isa.hpp"
#include "rows.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

constexpr double SELU_ALPHA = 1.6732632423543772, SELU_SCALE = 1.0507009873554805;  // as in maths/activations/exponentials.py
constexpr double FAR = 1000;  // where a gate is 0 z is cut off, so that -inf times 0 is the limit 0

template <class T> GN_INLINE Vec<T> elu(Vec<T> z, T alpha) { return z > T(0) ? z : alpha * expm1_below_0<T>(z > T(0) ? Vec<T>{} : z); }

template <class T> GN_INLINE Vec<T> cut(Vec<T> z, T low, T high) { return z > high ? all<T>(high) : (z < low ? all<T>(low) : z); }
template <class T> GN_INLINE Vec<T> bounded(Vec<T> z) { return cut<T>(z, T(-FAR), T(FAR)); }

constexpr double SQUEEZE = 1.5957691216057308, CUBIC = 0.044715;  // as in maths/activations/gated.py

// What gelu's form with a tanh takes the sigmoid of, and the slope of that; z is cut off where both ends are reached.
template <class T> GN_INLINE Vec<T> squeezed(Vec<T> z) { return T(SQUEEZE) * (z + T(CUBIC) * (z * z * z)); }
template <class T> GN_INLINE Vec<T> within_40(Vec<T> z) { return cut<T>(z, T(-40), T(40)); }

template <class T, Function F> GN_INLINE Vec<T> value(Vec<T> z, [[maybe_unused]] T setting) {
    if constexpr (F == Function::step) return z > T(0) ? all<T>(T(1)) : (z == T(0) ? all<T>(setting) : (z != z ? z : Vec<T>{}));
    else if constexpr (F == Function::sigmoid) return sigmoid<T>(z);
    else if constexpr (F == Function::tanh) return tanh<T>(z);
    else if constexpr (F == Function::relu) return rectified<T>(z);
    else if constexpr (F == Function::leaky_relu) return maximum<T>(setting * z, z);
    else if constexpr (F == Function::relu6) return z > T(0) ? (z < T(6) ? z : all<T>(T(6))) : (z != z ? z : Vec<T>{});
    else if constexpr (F == Function::hard_tanh) return cut<T>(z, T(-1), T(1));
    else if constexpr (F == Function::hard_sigmoid) return cut<T>(setting * z + T(0.5), T(0), T(1));
    else if constexpr (F == Function::softsign) {
        const Vec<T> finite = cut<T>(z, -Constants<T>::MOST, Constants<T>::MOST);
        return finite / (T(1) + magnitude<T>(finite));
    }
    else if constexpr (F == Function::elu) return elu<T>(z, setting);
    else if constexpr (F == Function::celu) return z > T(0) ? z : setting * expm1_below_0<T>((z > T(0) ? Vec<T>{} : z) / setting);
    else if constexpr (F == Function::exponential) return exp<T>(z);
    else if constexpr (F == Function::gelu) return maximum<T>(z, all<T>(T(-FAR))) * normal_cdf<T>(z);
    else if constexpr (F == Function::gelu_by_tanh) return maximum<T>(z, all<T>(T(-FAR))) * sigmoid<T>(squeezed<T>(within_40<T>(z)));
    else if constexpr (F == Function::selu) return elu<T>(z, T(SELU_ALPHA)) * T(SELU_SCALE);
    else if constexpr (F == Function::softplus) return softplus<T>(z);
    else if constexpr (F == Function::silu) return maximum<T>(z, all<T>(T(-FAR))) * sigmoid<T>(z);
    else if constexpr (F == Function::mish) return maximum<T>(z, all<T>(T(-FAR))) * tanh<T>(softplus<T>(z));
    else return z;
}

template <class T, Function F> GN_INLINE Vec<T> back(Vec<T> d, [[maybe_unused]] Vec<T> a, [[maybe_unused]] T setting) {
    if constexpr (F == Function::step) return Vec<T>{};
    else if constexpr (F == Function::sigmoid) return d * (a * (T(1) - a));
    else if constexpr (F == Function::tanh) return d * (T(1) - a * a);
    else if constexpr (F == Function::relu) return rectified_back<T>(d, a);
    else if constexpr (F == Function::leaky_relu) return d * (a > T(0) ? all<T>(T(1)) : (a != a ? a : all<T>(setting)));
    else if constexpr (F == Function::relu6) return d * (a > T(0) ? (a < T(6) ? all<T>(T(1)) : Vec<T>{}) : a);
    else if constexpr (F == Function::hard_tanh) return d * (a != a ? a : (magnitude<T>(a) < T(1) ? all<T>(T(1)) : Vec<T>{}));
    else if constexpr (F == Function::hard_sigmoid) return d * (a != a ? a : (a > T(0) ? (a < T(1) ? all<T>(setting) : Vec<T>{}) : Vec<T>{}));
    else if constexpr (F == Function::elu) return d * (a > T(0) ? all<T>(T(1)) : a + setting);
    else if constexpr (F == Function::celu) return d * ((a > T(0) ? Vec<T>{} : a) / setting + T(1));
    else if constexpr (F == Function::exponential) return d * a;
    else if constexpr (F == Function::selu) return d * (a > T(0) ? all<T>(T(SELU_SCALE)) : a + T(SELU_SCALE * SELU_ALPHA));
    else if constexpr (F == Function::softplus) return d * sigmoid<T>(a);  // a is Z from here on
    else if constexpr (F == Function::silu) {
        const Vec<T> z = bounded<T>(a), gate = sigmoid<T>(z);
        return d * (gate * (T(1) + z * (T(1) - gate)));
    } else if constexpr (F == Function::mish) {
        const Vec<T> z = bounded<T>(a), gate = tanh<T>(softplus<T>(z));
        return d * (gate + z * (T(1) - gate * gate) * sigmoid<T>(z));
    } else if constexpr (F == Function::gelu) return d * (normal_cdf<T>(a) + bounded<T>(a) * normal_density<T>(a));
    else if constexpr (F == Function::gelu_by_tanh) {
        const Vec<T> z = within_40<T>(a), u = squeezed<T>(z), small = exp<T>(-magnitude<T>(u)), whole = T(1) + small;
        const Vec<T> slope = small / (whole * whole) * (T(SQUEEZE) * (T(1) + T(3 * CUBIC) * (z * z)));
        return d * (sigmoid<T>(u) + bounded<T>(a) * slope);
    } else if constexpr (F == Function::softsign) {
        const Vec<T> share = T(1) / (T(1) + magnitude<T>(a));
        return d * (share * share);
    }
    else return d;
}

template <class T, Function F> void forward(T setting, T* Z, std::ptrdiff_t z_stride, T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++)
        for (int c = 0; c < columns; c += LANES<T>)
            store(A + m * a_stride + c, value<T, F>(load(Z + m * z_stride + c), setting));
}

template <class T, Function F> void backward(T setting, T* dA, std::ptrdiff_t d_stride, const T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++)
        for (int c = 0; c < columns; c += LANES<T>) {
            T* d = dA + m * d_stride + c;
            store(d, back<T, F>(load(d), load(A + m * a_stride + c), setting));
        }
}

template <class T> void softmax(T* Z, std::ptrdiff_t z_stride, T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++) {
        const T* z = Z + m * z_stride;
        T* a = A + m * a_stride;
        const T total = shifted_exponentials<T>(z, a, columns, row_maximum<T>(z, columns));
        for (int c = 0; c < columns; c += LANES<T>) store(a + c, load(a + c) / total);
    }
}

template <class T> void log_softmax(T* Z, std::ptrdiff_t z_stride, T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++) {
        const T* z = Z + m * z_stride;
        T* a = A + m * a_stride;
        const T largest = row_maximum<T>(z, columns);
        RowSum<T> sum;
        for (int c = 0; c < columns; c += LANES<T>)
            sum.add(within_row<T>(exp<T>(shifted<T>(load(z + c), largest)), c, columns, T(0)), c);
        const T log_total = log<T>(all<T>(sum.total()))[0];
        for (int c = 0; c < columns; c += LANES<T>)
            store(a + c, within_row<T>(shifted<T>(load(z + c), largest) - log_total, c, columns, T(0)));
    }
}

// dZ = A (dA - sum dA A)
template <class T> void softmax_backward(T* dA, std::ptrdiff_t d_stride, const T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++) {
        T* d = dA + m * d_stride;
        const T* a = A + m * a_stride;
        RowSum<T> sum;
        for (int c = 0; c < columns; c += LANES<T>) sum.add(within_row<T>(load(d + c) * load(a + c), c, columns, T(0)), c);
        const T total = sum.total();
        for (int c = 0; c < columns; c += LANES<T>)
            store(d + c, within_row<T>(load(a + c) * (load(d + c) - total), c, columns, T(0)));
    }
}

// dZ = dA - e^A sum dA
template <class T> void log_softmax_backward(T* dA, std::ptrdiff_t d_stride, const T* A, std::ptrdiff_t a_stride, int rows, int columns) {
    for (int m = 0; m < rows; m++) {
        T* d = dA + m * d_stride;
        const T* a = A + m * a_stride;
        RowSum<T> sum;
        for (int c = 0; c < columns; c += LANES<T>) sum.add(within_row<T>(load(d + c), c, columns, T(0)), c);
        const T total = sum.total();
        for (int c = 0; c < columns; c += LANES<T>)
            store(d + c, within_row<T>(load(d + c) - exp<T>(load(a + c)) * total, c, columns, T(0)));
    }
}

template <class T>
void activate(Activation g, T* Z, std::ptrdiff_t zs, T* A, std::ptrdiff_t as, int rows, int columns) {
    const T setting = T(g.setting);
    switch (g.function) {
        case Function::identity: return Z == A ? void() : forward<T, Function::identity>(setting, Z, zs, A, as, rows, columns);
        case Function::step: return forward<T, Function::step>(setting, Z, zs, A, as, rows, columns);
        case Function::sigmoid: return forward<T, Function::sigmoid>(setting, Z, zs, A, as, rows, columns);
        case Function::tanh: return forward<T, Function::tanh>(setting, Z, zs, A, as, rows, columns);
        case Function::relu: return forward<T, Function::relu>(setting, Z, zs, A, as, rows, columns);
        case Function::leaky_relu: return forward<T, Function::leaky_relu>(setting, Z, zs, A, as, rows, columns);
        case Function::elu: return forward<T, Function::elu>(setting, Z, zs, A, as, rows, columns);
        case Function::selu: return forward<T, Function::selu>(setting, Z, zs, A, as, rows, columns);
        case Function::softplus: return forward<T, Function::softplus>(setting, Z, zs, A, as, rows, columns);
        case Function::silu: return forward<T, Function::silu>(setting, Z, zs, A, as, rows, columns);
        case Function::mish: return forward<T, Function::mish>(setting, Z, zs, A, as, rows, columns);
        case Function::relu6: return forward<T, Function::relu6>(setting, Z, zs, A, as, rows, columns);
        case Function::hard_tanh: return forward<T, Function::hard_tanh>(setting, Z, zs, A, as, rows, columns);
        case Function::hard_sigmoid: return forward<T, Function::hard_sigmoid>(setting, Z, zs, A, as, rows, columns);
        case Function::softsign: return forward<T, Function::softsign>(setting, Z, zs, A, as, rows, columns);
        case Function::celu: return forward<T, Function::celu>(setting, Z, zs, A, as, rows, columns);
        case Function::exponential: return forward<T, Function::exponential>(setting, Z, zs, A, as, rows, columns);
        case Function::gelu: return forward<T, Function::gelu>(setting, Z, zs, A, as, rows, columns);
        case Function::gelu_by_tanh: return forward<T, Function::gelu_by_tanh>(setting, Z, zs, A, as, rows, columns);
        case Function::softmax: return softmax<T>(Z, zs, A, as, rows, columns);
        case Function::log_softmax: return log_softmax<T>(Z, zs, A, as, rows, columns);
    }
}

template <class T>
void activate_backward(Activation g, T* dA, std::ptrdiff_t ds, const T* A, std::ptrdiff_t as, int rows, int columns) {
    const T setting = T(g.setting);
    switch (g.function) {
        case Function::identity: return;
        case Function::step: return backward<T, Function::step>(setting, dA, ds, A, as, rows, columns);
        case Function::sigmoid: return backward<T, Function::sigmoid>(setting, dA, ds, A, as, rows, columns);
        case Function::tanh: return backward<T, Function::tanh>(setting, dA, ds, A, as, rows, columns);
        case Function::relu: return backward<T, Function::relu>(setting, dA, ds, A, as, rows, columns);
        case Function::leaky_relu: return backward<T, Function::leaky_relu>(setting, dA, ds, A, as, rows, columns);
        case Function::elu: return backward<T, Function::elu>(setting, dA, ds, A, as, rows, columns);
        case Function::selu: return backward<T, Function::selu>(setting, dA, ds, A, as, rows, columns);
        case Function::softplus: return backward<T, Function::softplus>(setting, dA, ds, A, as, rows, columns);
        case Function::silu: return backward<T, Function::silu>(setting, dA, ds, A, as, rows, columns);
        case Function::mish: return backward<T, Function::mish>(setting, dA, ds, A, as, rows, columns);
        case Function::relu6: return backward<T, Function::relu6>(setting, dA, ds, A, as, rows, columns);
        case Function::hard_tanh: return backward<T, Function::hard_tanh>(setting, dA, ds, A, as, rows, columns);
        case Function::hard_sigmoid: return backward<T, Function::hard_sigmoid>(setting, dA, ds, A, as, rows, columns);
        case Function::softsign: return backward<T, Function::softsign>(setting, dA, ds, A, as, rows, columns);
        case Function::celu: return backward<T, Function::celu>(setting, dA, ds, A, as, rows, columns);
        case Function::exponential: return backward<T, Function::exponential>(setting, dA, ds, A, as, rows, columns);
        case Function::gelu: return backward<T, Function::gelu>(setting, dA, ds, A, as, rows, columns);
        case Function::gelu_by_tanh: return backward<T, Function::gelu_by_tanh>(setting, dA, ds, A, as, rows, columns);
        case Function::softmax: return softmax_backward<T>(dA, ds, A, as, rows, columns);
        case Function::log_softmax: return log_softmax_backward<T>(dA, ds, A, as, rows, columns);
    }
}

template <class T> void rescale(const T* X, const T* factor, const T* offset, T* A, int columns) {
    for (int c = 0; c < columns; c += LANES<T>) {
        const Vec<T> scaled = load(X + c) * load(factor + c);
        store(A + c, offset ? scaled + load(offset + c) : scaled);
    }
}

template <class T> void fill(Kernels<T>& table) {
    table.rescale = rescale<T>;
    table.activate = activate<T>;
    table.activate_backward = activate_backward<T>;
}

}  // namespace

void fill_activations(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
