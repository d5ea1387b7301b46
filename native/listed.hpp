// X without its zeros, for trainings of a narrow first layer whose every step takes all rows as they stand.
#pragma once

#include <vector>

#include "memory.hpp"
#include "plan.hpp"

namespace glassnet {

// The bytes of X turned over and listed once, as kernels/narrow.cpp reads them at every step: from front to back. They take
// about as much memory as X itself where a fifth of it is not zero.
template <class T> class ListedRows {
public:
    // Whether X is of a size to be listed, and some rows together have columns of zeros enough.
    static bool pays(const Source&);

    ListedRows(const ByteRows& X, const Source&, int threads, const Kernels<T>&);

    // The lists of rows and of columns from a row on: a multiple of the kernels' tile, and of BAND.
    const ByteList* rows(std::int64_t first) const { return rows_.data() + first / tile_; }
    const ByteList* columns(std::int64_t first) const { return columns_.data() + first / BAND * column_tiles_; }

private:
    struct Part;
    void list(Part&, const ByteRows& X, const Kernels<T>&);

    const std::int64_t count_;
    const int width_, tile_, column_tiles_;
    std::vector<ByteList> rows_, columns_;  // for each tile of rows; for each band and, in it, each tile of columns
    Memory memory_;
};

extern template class ListedRows<float>;
extern template class ListedRows<double>;

}  // namespace glassnet
