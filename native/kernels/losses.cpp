// Losses and their gradients by the outputs: the names and formulas of maths/losses/.
//
// `loss` takes rows on their own; `whole_loss` the two losses (rmse, likelihood) in which each row's gradient depends on
// every other row. Row losses are numbers of the dtype; the executor adds them up in float64, row after row.
#include "isa.hpp"
#include "loss_rows.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

// t x, where 0 times an infinity is 0: 0 log 0 = 0.
template <class T> GN_INLINE Vec<T> times(Vec<T> t, Vec<T> x) {
    return t == T(0) ? (x != x ? x : Vec<T>{}) : t * x;
}

// t / p, where 0 / 0 is 0.
template <class T> GN_INLINE Vec<T> per(Vec<T> t, Vec<T> p) {
    return t == T(0) ? (p == T(0) ? Vec<T>{} : t / p) : t / p;
}

// The value and the derivative of one entry.
template <class T, LossName L> GN_INLINE void entry(Vec<T> t, Vec<T> p, T delta, Vec<T>& value, Vec<T>& slope) {
    const Vec<T> d = p - t;
    if constexpr (L == LossName::mse) value = d * d, slope = T(2) * d;
    else if constexpr (L == LossName::half_mse) value = d * d / T(2), slope = d;
    else if constexpr (L == LossName::mae) value = magnitude<T>(d), slope = sign<T>(d);
    else if constexpr (L == LossName::mbe) value = t - p, slope = all<T>(T(-1));
    else if constexpr (L == LossName::mape) {
        value = T(100) * magnitude<T>((t - p) / t);
        slope = T(100) * sign<T>(d) / magnitude<T>(t);
    } else if constexpr (L == LossName::huber) {
        const Vec<T> distance = magnitude<T>(d), bounded = distance > delta ? all<T>(delta) : distance;
        value = bounded * (distance - bounded / T(2));
        slope = d > delta ? all<T>(delta) : (d < -delta ? all<T>(-delta) : d);
    } else if constexpr (L == LossName::hinge || L == LossName::squared_hinge) {
        const Vec<T> s = sign<T>(T(2) * t - T(1));
        const Vec<T> missing = maximum<T>(T(1) - s * p, Vec<T>{});
        if constexpr (L == LossName::hinge) value = missing, slope = -s * sign<T>(missing);
        else value = missing * missing, slope = T(-2) * s * missing;
    } else if constexpr (L == LossName::binary_crossentropy) {
        value = -(times<T>(t, log<T>(p)) + times<T>(T(1) - t, log1p<T>(-p)));
        slope = per<T>(T(1) - t, T(1) - p) - per<T>(t, p);
    } else if constexpr (L == LossName::categorical_crossentropy) {
        value = -times<T>(t, log<T>(p));
        slope = -per<T>(t, p);
    } else {
        value = times<T>(t, log<T>(t)) - times<T>(t, log<T>(p));
        slope = -per<T>(t, p);
    }
}

template <class T> GN_INLINE bool outside_unit(Vec<T> p) {
    bool outside = false;
    const auto beyond = (p < T(0)) | (p > T(1));
    for (int i = 0; i < LANES<T>; i++) outside |= beyond[i] != 0;
    return outside;
}

// The same of a sigmoid's binary crossentropy, by the logit.
template <class T> GN_INLINE void entry_from_logit(Vec<T> t, Vec<T> z, Vec<T>& value, Vec<T>& slope) {
    const Vec<T> size = magnitude<T>(z), small = exp<T>(-size);
    value = times<T>(z > T(0) ? T(1) - t : t, size) + log1p<T>(small);
    slope = (z > T(0) ? all<T>(T(1)) : small) / (T(1) + small) - t;
}

// The sum, or MEAN, of what `of(t, p, value, slope)` says of each entry; with UNIT, whether all p are from 0 to 1.
template <class T, bool MEAN, bool UNIT, class Of> bool by_few_entries(const Call<T>& call, const Of& of) {
    bool usable = true;
    const T outputs = T(call.outputs);
    for (int m = 0; m < call.rows; m += LANES<T>) {
        const FewRows<T> few(call, m);
        const Columns<T> t = few.targets();
        Columns<T> values, slopes;
        for (int c = 0; c < call.outputs; c++) {
            if (UNIT && outside_unit<T>(few.p[c])) usable = false;
            Vec<T> value;
            of(t[c], few.p[c], value, slopes[c]);
            values[c] += value;
        }
        const Vec<T> total = values.sum();
        few.write([&](int c) { return MEAN ? slopes[c] / outputs : slopes[c]; }, MEAN ? total / outputs : total);
    }
    return usable;
}

template <class T, bool MEAN, bool UNIT, class Of> bool by_entry(const Call<T>& call, const Of& of) {
    if (call.few()) return by_few_entries<T, MEAN, UNIT>(call, of);
    bool usable = true;
    for (int m = 0; m < call.rows; m++) {
        const T share = call.share_of(m), outputs = T(call.outputs);
        RowSum<T> sum;
        for (int c = 0; c < call.outputs; c += LANES<T>) {
            const Vec<T> p = within_row<T>(load(call.p(m) + c), c, call.outputs, T(0.5)), t = target<T>(call.t(m), c, call.outputs, T(0.5));
            if (UNIT && outside_unit<T>(p)) usable = false;
            Vec<T> value, slope;
            of(t, p, value, slope);
            sum.add(within_row<T>(value, c, call.outputs, T(0)), c);
            write<T>(call.g(m), c, call.outputs, MEAN ? slope / outputs : slope, share);
        }
        call.row_losses[m] = double(MEAN ? sum.total() / outputs : sum.total());
    }
    return usable;
}

template <class T, LossName L, bool MEAN, bool UNIT> bool by_entry(const Call<T>& call) {
    const T delta = T(call.loss.delta);
    return by_entry<T, MEAN, UNIT>(call, [=](Vec<T> t, Vec<T> p, Vec<T>& value, Vec<T>& slope) __attribute__((always_inline)) {
        entry<T, L>(t, p, delta, value, slope);
    });
}

template <class T> bool binary_from_logits(const Call<T>& call) {
    return by_entry<T, false, false>(call, [](Vec<T> t, Vec<T> z, Vec<T>& value, Vec<T>& slope) __attribute__((always_inline)) {
        entry_from_logit<T>(t, z, value, slope);
    });
}

// -sum T log softmax(Z), with `entropy` + sum T log T; gradient softmax(Z) sum T - T
template <class T, bool ENTROPY> bool categorical_from_logits(const Call<T>& call) {
    for (int m = 0; m < call.rows; m++) {
        const int outputs = call.outputs;
        const T *z = call.p(m), *t = call.t(m);
        T* g = call.g(m);
        const T largest = row_maximum<T>(z, outputs);
        RowSum<T> value, targets;
        T total = 0;
        {
            RowSum<T> sum;
            for (int c = 0; c < outputs; c += LANES<T>)
                sum.add(within_row<T>(exp<T>(shifted<T>(load(z + c), largest)), c, outputs, T(0)), c);
            total = sum.total();
        }
        const T log_total = log<T>(all<T>(total))[0];
        for (int c = 0; c < outputs; c += LANES<T>) {
            const Vec<T> tc = target<T>(t, c, outputs, T(0)), s = shifted<T>(load(z + c), largest) - log_total;
            Vec<T> v = -times<T>(tc, s);
            if constexpr (ENTROPY) v += times<T>(tc, log<T>(tc));
            value.add(within_row<T>(v, c, outputs, T(0)), c);
            targets.add(tc, c);
        }
        const T factor = targets.total() / total, share = call.share_of(m);
        for (int c = 0; c < outputs; c += LANES<T>) {
            const Vec<T> e = exp<T>(shifted<T>(load(z + c), largest));
            write<T>(g, c, outputs, e * factor - target<T>(t, c, outputs, T(0)), share);
        }
        call.row_losses[m] = double(value.total());
    }
    return true;
}

// log sum e^Z - Z_t; gradient softmax(Z), less 1 in the column of t
template <class T> bool sparse_from_logits(const Call<T>& call) {
    T totals[LANES<T>] = {}, chosens[LANES<T>] = {};  // of the last rows: their logarithms are taken together
    for (int m = 0; m < call.rows; m++) {
        const int outputs = call.outputs, label = int(call.classes[call.order[m]]);
        const T* z = call.p(m);
        T* g = call.g(m);
        const T largest = row_maximum<T>(z, outputs), share = call.share_of(m);
        const T chosen = shifted<T>(all<T>(z[label]), largest)[0];
        const T total = shifted_exponentials<T>(z, g, outputs, largest);
        for (int c = 0; c < outputs; c += LANES<T>) {
            const Vec<T> hit = lane_numbers<T>() == IntVec<T>{} + (label - c) ? all<T>(T(1)) : Vec<T>{};
            write<T>(g, c, outputs, load(g + c) / total - hit, share);
        }
        totals[m % LANES<T>] = total;
        chosens[m % LANES<T>] = chosen;
        if (m % LANES<T> < LANES<T> - 1 && m + 1 < call.rows) continue;
        const Vec<T> losses = log<T>(load(totals)) - load(chosens);
        for (int i = 0; i <= m % LANES<T>; i++) call.row_losses[m - m % LANES<T> + i] = double(losses[i]);
    }
    return true;
}

// Few logits, rows side by side: Z less each row's largest (see `shifted`), and e to that.
template <class T> struct FewLogits : FewRows<T> {
    using FewRows<T>::p;
    Columns<T> e;
    Vec<T> less[SUM_LANES], total;

    GN_INLINE FewLogits(const Call<T>& call, int m) : FewRows<T>(call, m) {
        const T infinity = __builtin_inf();
        Vec<T> largest = all<T>(-infinity);
        for (int c = 0; c < call.outputs; c++) largest = maximum<T>(largest, p[c]);
        const auto endless = (largest == infinity) | (largest == -infinity);
        for (int c = 0; c < call.outputs; c++) {
            const Vec<T> limit = p[c] == largest ? Vec<T>{} : (p[c] != p[c] ? p[c] : all<T>(-infinity));
            less[c] = endless ? limit : p[c] - largest;
            e[c] = exp<T>(less[c]);
        }
        total = e.sum();
    }
};

template <class T> bool sparse_from_few_logits(const Call<T>& call) {
    for (int m = 0; m < call.rows; m += LANES<T>) {
        const FewLogits<T> few(call, m);
        typename Bits<T>::Int labels[LANES<T>];
        for (int i = 0; i < LANES<T>; i++) labels[i] = typename Bits<T>::Int(call.classes[call.order[few.row(i)]]);
        IntVec<T> label;
        __builtin_memcpy(&label, labels, sizeof(label));
        Vec<T> chosen = {};
        for (int c = 0; c < call.outputs; c++) chosen = label == IntVec<T>{} + c ? few.less[c] : chosen;
        const auto slope = [&](int c) { return few.e[c] / few.total - (label == IntVec<T>{} + c ? all<T>(T(1)) : Vec<T>{}); };
        few.write(slope, log<T>(few.total) - chosen);
    }
    return true;
}

template <class T, bool ENTROPY> bool categorical_from_few_logits(const Call<T>& call) {
    for (int m = 0; m < call.rows; m += LANES<T>) {
        const FewLogits<T> few(call, m);
        const Vec<T> log_total = log<T>(few.total);
        const Columns<T> t = few.targets();
        Columns<T> values;
        for (int c = 0; c < call.outputs; c++) {
            values[c] -= times<T>(t[c], few.less[c] - log_total);
            if constexpr (ENTROPY) values[c] += times<T>(t[c], log<T>(t[c]));
        }
        const Vec<T> factor = t.sum() / few.total;
        few.write([&](int c) { return few.e[c] * factor - t[c]; }, values.sum());
    }
    return true;
}

template <class T> bool sparse(const Call<T>& call) {
    bool usable = true;
    for (int m = 0; m < call.rows; m++) {
        const int label = int(call.classes[call.order[m]]);
        const T p = call.p(m)[label], share = call.share_of(m);
        for (int c = 0; c < call.outputs; c += LANES<T>) {
            if (outside_unit<T>(within_row<T>(load(call.p(m) + c), c, call.outputs, T(0.5)))) usable = false;
            store(call.g(m) + c, Vec<T>{});
        }
        call.g(m)[label] = share == T(0) ? T(0) : T(-1) / p * share;
        call.row_losses[m] = double(-log<T>(all<T>(p))[0]);
    }
    return usable;
}

template <class T>
bool loss(const Loss& l, const T* P, std::ptrdiff_t ps, T* G, std::ptrdiff_t gs, int rows, int outputs, const T* targets,
          const std::int64_t* classes, const std::int64_t* order, const double* shares, double share, double* row_losses) {
    const Call<T> call{l, P, ps, G, gs, rows, outputs, targets, classes, order, shares, share, row_losses};
    switch (l.name) {
        case LossName::mse: return by_entry<T, LossName::mse, true, false>(call);
        case LossName::half_mse: return by_entry<T, LossName::half_mse, true, false>(call);
        case LossName::mae: return by_entry<T, LossName::mae, true, false>(call);
        case LossName::mbe: return by_entry<T, LossName::mbe, true, false>(call);
        case LossName::mape: return by_entry<T, LossName::mape, true, false>(call);
        case LossName::huber: return by_entry<T, LossName::huber, true, false>(call);
        case LossName::hinge: return by_entry<T, LossName::hinge, true, false>(call);
        case LossName::squared_hinge: return by_entry<T, LossName::squared_hinge, true, false>(call);
        case LossName::binary_crossentropy:
            return l.from_logits ? binary_from_logits(call) : by_entry<T, LossName::binary_crossentropy, false, true>(call);
        case LossName::categorical_crossentropy:
            if (l.from_logits && call.few()) return categorical_from_few_logits<T, false>(call);
            return l.from_logits ? categorical_from_logits<T, false>(call)
                                 : by_entry<T, LossName::categorical_crossentropy, false, true>(call);
        case LossName::kl_divergence:
            if (l.from_logits && call.few()) return categorical_from_few_logits<T, true>(call);
            return l.from_logits ? categorical_from_logits<T, true>(call)
                                 : by_entry<T, LossName::kl_divergence, false, true>(call);
        case LossName::sparse_categorical_crossentropy:
            if (!l.from_logits) return sparse(call);
            return call.few() ? sparse_from_few_logits(call) : sparse_from_logits(call);
        case LossName::rmse:
        case LossName::likelihood: break;
    }
    return false;
}

// R = sqrt(sum of shares times each row's mean square); gradient D / (K R), each row times its share. In units of the
// largest error, so that no square overflows; where errors are infinite they alone count, as +-1: the limit.
template <class T> double rmse(const Call<T>& call) {
    const int K = call.outputs;
    T unit = 0;
    for (int m = 0; m < call.rows; m++)
        for (int c = 0; c < K; c++) {
            const T d = call.share_of(m) == T(0) ? T(0) : call.p(m)[c] - call.t(m)[c];
            call.g(m)[c] = d;
            const T size = d < 0 ? -d : d;
            unit = unit != unit || unit >= size ? unit : size;
        }
    if (unit == T(0)) unit = 1;
    const T infinity = __builtin_inf();
    double square = 0;
    for (int m = 0; m < call.rows; m++) {
        T sum = 0;
        for (int c = 0; c < K; c++) {
            const T error = call.g(m)[c], d = unit == infinity ? T(error == infinity) - T(error == -infinity) : error / unit;
            call.g(m)[c] = d;
            sum += d * d;
        }
        square += double(sum / T(K)) * (call.shares ? call.shares[m] : call.share);
    }
    const double root = __builtin_sqrt(square);
    for (int m = 0; m < call.rows; m++)
        for (int c = 0; c < K; c++)
            call.g(m)[c] = root == 0 || call.share_of(m) == T(0) ? T(0) : T(double(call.g(m)[c]) / (K * root)) * call.share_of(m);
    return double(unit) * root;
}

// -prod q; by each row's prediction minus the product of the other rows' q, times dq.
template <class T> double likelihood(const Call<T>& call, T* q, bool& usable) {
    const int K = call.outputs;
    for (int m = 0; m < call.rows; m++) {
        const T *p = call.p(m), *t = call.t(m);
        T* g = call.g(m);
        for (int c = 0; c < K; c += LANES<T>) {  // the probabilities, first in G
            const Vec<T> z = within_row<T>(load(p + c), c, K, T(0.5));
            if (!call.loss.from_logits && outside_unit<T>(z)) usable = false;
            store(g + c, call.loss.from_logits && K == 1 ? sigmoid<T>(z) : z);
        }
        if (call.loss.from_logits && K > 1) {
            const T total = shifted_exponentials<T>(p, g, K, row_maximum<T>(p, K));
            for (int c = 0; c < K; c++) g[c] /= total;
        }
        q[m] = 0;
        if (K == 1) {
            q[m] = t[0] * g[0] + (T(1) - t[0]) * (T(1) - g[0]);
            const T dq = T(2) * t[0] - T(1);
            g[0] = call.loss.from_logits ? dq * (g[0] * (T(1) - g[0])) : dq;
        } else {
            for (int c = 0; c < K; c++) q[m] += t[c] * g[c];
            for (int c = 0; c < K; c++) g[c] = call.loss.from_logits ? g[c] * (t[c] - q[m]) : t[c];
        }
    }
    T* others = q + call.rows;  // first the product of the rows after, then times that of the rows before
    T product = 1;
    for (int m = call.rows - 1; m >= 0; m--) {
        others[m] = product;
        product *= q[m];
    }
    product = 1;
    for (int m = 0; m < call.rows; m++) {
        others[m] *= product;
        product *= q[m];
        for (int c = 0; c < K; c++) call.g(m)[c] *= -others[m];
    }
    return -double(product);
}

template <class T>
double whole_loss(const Loss& l, const T* P, std::ptrdiff_t ps, T* G, std::ptrdiff_t gs, int rows, int outputs,
                  const T* targets, const std::int64_t* order, const double* shares, double share, T* scratch, bool& usable) {
    const Call<T> call{l, P, ps, G, gs, rows, outputs, targets, nullptr, order, shares, share, nullptr};
    const double value = l.name == LossName::rmse ? rmse(call) : likelihood(call, scratch, usable);
    for (int m = 0; m < rows; m++)
        for (int c = outputs; c < (outputs + PER_LINE<T> - 1) / PER_LINE<T> * PER_LINE<T>; c++) G[m * gs + c] = 0;
    return value;
}

template <class T> void fill(Kernels<T>& table) {
    table.loss = loss<T>;
    table.whole_loss = whole_loss<T>;
}

}  // namespace

void fill_losses(Kernels<float>& f, Kernels<double>& d) {
    fill(f);
    fill(d);
}

}  // namespace glassnet::GLASSNET_ISA
