#include "perceptron.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace glassnet {

namespace {

constexpr double TINY = 1e-9;  // a scale below this goes into the weights
constexpr int LANES = 4;       // sums that run side by side, always the same

// A row: its numbers, and of which weights; all of them where it has no list of columns.
template <class T> struct Row {
    const T* x;
    const std::int32_t* columns;
    std::int64_t count;

    std::int64_t weight(std::int64_t i) const { return columns ? columns[i] : i; }
};

template <class T> Row<T> row_of(const LineRows<T>& rows, std::int64_t row) {
    if (!rows.pointers) return {rows.values + row * rows.width, nullptr, rows.width};
    const std::int64_t first = rows.pointers[row];
    return {rows.values + first, rows.columns + first, rows.pointers[row + 1] - first};
}

// The sum of what `term` gives for every number of the row.
template <class T, class Term> double total(const Row<T>& row, Term term) {
    double sums[LANES] = {};
    std::int64_t i = 0;
    for (; i + LANES <= row.count; i += LANES)
        for (int lane = 0; lane < LANES; lane++) sums[lane] += term(i + lane);
    for (; i < row.count; i++) sums[i % LANES] += term(i);
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

template <class T> double product(const Row<T>& row, const T* v) {
    if (!row.columns) return total(row, [&](std::int64_t i) { return double(row.x[i]) * double(v[i]); });
    return total(row, [&](std::int64_t i) { return double(row.x[i]) * double(v[row.columns[i]]); });
}

// scale v := scale v + step x; squares and sizes anew, of these columns.
template <class T> void move(Line<T>& line, const Row<T>& row, double step, bool penalised) {
    const T by = T(step / line.scale);
    for (std::int64_t i = 0; i < row.count; i++) line.v[row.weight(i)] += by * row.x[i];
    if (!penalised) return;
    const auto w = [&](std::int64_t i) { return double(line.v[row.weight(i)]); };
    line.squares = total(row, [&](std::int64_t i) { return w(i) * w(i); }) * line.scale * line.scale;
    line.sizes = total(row, [&](std::int64_t i) { return std::abs(w(i)); }) * line.scale;
}

template <class T> void shrink(Line<T>& line, const LineRule& rule, std::int64_t width) {
    line.scale *= rule.shrink;
    line.squares *= rule.shrink * rule.shrink;
    line.sizes *= rule.shrink;
    if (line.scale >= TINY) return;
    for (std::int64_t i = 0; i < width; i++) line.v[i] *= T(line.scale);
    line.scale = 1;
}

// The weights of the row's columns pay what they owe by now, and do not cross 0.
template <class T> void cut(Line<T>& line, const LineRule& rule, const Row<T>& row) {
    line.owed += rule.cut;
    const double inverse = 1 / line.scale;
    for (std::int64_t i = 0; i < row.count; i++) {
        T &v = line.v[row.weight(i)], &paid = line.paid[row.weight(i)];
        if (v == 0) continue;
        const T left = v > 0 ? std::max(T(0), T(v - (line.owed + paid) * inverse)) : std::min(T(0), T(v + (line.owed - paid) * inverse));
        paid = T(paid + line.scale * (left - v));
        v = left;
    }
}

}  // namespace

template <class T>
LineLosses pass_rows(Line<T>& line, const LineRows<T>& rows, const LineRule& rule, const std::int64_t* order, std::int64_t count) {
    const bool penalised = rule.l1 >= 0;
    LineLosses losses;
    for (const std::int64_t* at = order; at < order + count; at++) {
        const Row<T> row = row_of(rows, *at);
        const double margin = rows.sides[*at] * (line.scale * product(row, line.v) + line.b);
        if (penalised) {
            losses.penalties += rule.alpha * ((1 - rule.l1) / 2 * line.squares + rule.l1 * line.sizes);
            shrink(line, rule, rows.width);
        }
        if (margin <= 0) {
            const double step = rule.eta * rows.sides[*at] * rows.weights[*at];
            losses.lost -= margin;
            move(line, row, step, penalised);
            line.b += step * rule.bias;
        }
        if (rule.l1 > 0) cut(line, rule, row);
    }
    return losses;
}

template LineLosses pass_rows<float>(Line<float>&, const LineRows<float>&, const LineRule&, const std::int64_t*, std::int64_t);
template LineLosses pass_rows<double>(Line<double>&, const LineRows<double>&, const LineRule&, const std::int64_t*, std::int64_t);

// Source: Marsaglia (2003), J. Stat. Softw. 8 (14).
void permutation(std::uint32_t seed, std::int64_t count, std::int64_t* order) {
    std::iota(order, order + count, 0);
    std::uint32_t x = seed ? seed : 1;
    for (std::int64_t i = 0; i + 1 < count; i++) {
        x ^= x << 13, x ^= x >> 17, x ^= x << 5;
        std::swap(order[i], order[i + (x & 0x7FFFFFFF) % (count - i)]);
    }
}

}  // namespace glassnet
