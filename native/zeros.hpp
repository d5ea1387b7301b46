// How many of a matrix's numbers are zero, going by a few of its rows.
#pragma once

#include <algorithm>

#include "plan.hpp"

namespace glassnet {

// Rows that are looked at, at least: of the data, once; of a block, again and again.
constexpr int SAMPLE_OF_DATA = 64, SAMPLE_OF_BLOCK = 16;

// The share of those that are not zero.
template <class V> double share_of_numbers(const V* X, std::int64_t rows, int width, std::ptrdiff_t stride, int sample) {
    std::int64_t zeros = 0, seen = 0;
    for (std::int64_t row = 0; row < rows; row += std::max<std::int64_t>(1, rows / sample), seen += width)
        zeros += std::count(X + row * stride, X + row * stride + width, V(0));
    return 1 - double(zeros) / double(std::max<std::int64_t>(1, seen));
}

// Of what becomes of the data.
inline double share_of_numbers(const Source& source) {
    if (source.scale == 2) return 1;  // 0 becomes -1
    const auto share = [&](const auto* X) { return share_of_numbers(X, source.rows, source.width, source.width, SAMPLE_OF_DATA); };
    switch (source.kind) {
        case Source::Kind::bytes: return share(static_cast<const std::uint8_t*>(source.values));
        case Source::Kind::floats: return share(static_cast<const float*>(source.values));
        case Source::Kind::doubles: return share(static_cast<const double*>(source.values));
        default: return double(source.pointers[source.rows] - source.pointers[0]) / double(std::max<std::int64_t>(1, source.rows * source.width));
    }
}

}  // namespace glassnet
