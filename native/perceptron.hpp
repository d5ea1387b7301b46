// Rosenblatt's rule on one line, row by row: what estimators/rosenblatt.py says in formulas.
#pragma once

#include <cstdint>

namespace glassnet {

// Numbers (n, width), or, where there are pointers, the entries of sparse rows; the side (-1 or 1) and weight of each row.
template <class T> struct LineRows {
    const T* values = nullptr;
    const std::int64_t* pointers = nullptr;
    const std::int32_t* columns = nullptr;
    std::int64_t width = 0;
    const double *sides = nullptr, *weights = nullptr;
};

struct LineRule {
    double eta, alpha;
    double l1;         // share of the penalty; below 0 there is none
    double shrink, cut;  // of every weight at each row
    double bias;       // what the step of the bias is multiplied with; 0 where there is none
};

// z = scale x.v + b. `owed`, `paid`, `squares` and `sizes` are those of rosenblatt.py.
template <class T> struct Line {
    T *v, *paid;
    double b, scale, owed, squares, sizes;
};

struct LineLosses {
    double lost = 0, penalties = 0;
};

// Every row of `order` once.
template <class T>
LineLosses pass_rows(Line<T>&, const LineRows<T>&, const LineRule&, const std::int64_t* order, std::int64_t count);

// Fisher and Yates's shuffle of 0 .. count - 1 by Marsaglia's generator of 32 bits.
void permutation(std::uint32_t seed, std::int64_t count, std::int64_t* order);

}  // namespace glassnet
