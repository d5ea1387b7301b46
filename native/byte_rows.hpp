// Rows of bytes, of which vectors are read: these may reach beyond the last ones.
#pragma once

#include "memory.hpp"

namespace glassnet {

inline ByteRows byte_rows(const std::uint8_t* X, std::int64_t rows, int width, Memory& memory) {
    const std::int64_t last = std::min<std::int64_t>(rows, 1 + WORD / width);
    const std::ptrdiff_t stride = row_stride<std::uint8_t>(width);
    std::uint8_t* copy = memory.take<std::uint8_t>(std::size_t(last * stride));
    for (std::int64_t row = 0; row < last; row++) std::copy_n(X + (rows - last + row) * width, width, copy + row * stride);
    return {X, copy, rows - last, width, stride};
}

}  // namespace glassnet
