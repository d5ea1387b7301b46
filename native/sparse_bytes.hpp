// Bytes of which many are zero, on their way through the first dense layer: they are read where they stand, at the places where
// they are not zero (kernels/sparse_bytes.cpp).
#pragma once

#include <algorithm>

#include "inputs.hpp"

namespace glassnet {

template <class T> class SparseBytes {
public:
    SparseBytes(const Source&, int block, int threads, const Kernels<T>&, int tile);  // rows that share a list

    // Some rows of a block come in, for this thread, in some columns: they are listed. `next` are places in `order`, too, of as
    // many rows that will come in next: they are asked for on the way.
    void gather(const std::int64_t* order, Range rows, Range columns, Range next, bool skip, int thread);
    void multiply_rows(const Product<T>&, int thread) const;  // X W of them; B and depth are those of the columns
    // Xᵀ dZ in two parts: where some columns are not zero; and the product from that.
    void mask(const std::int64_t* order, int rows, Range columns, bool skip, int thread);
    void multiply_columns(const Product<T>&, int thread) const;
    const std::uint8_t* row(std::int64_t number) const { return X_.place(number); }

private:
    // Every thread has its own: what one writes and another reads passes from one processor's cache to the other's and back.
    struct Own {
        const std::uint8_t** rows;
        std::uint16_t* places;
        std::int32_t* counts;
        std::uint64_t* masks;
    };
    SparseRows<T> rows_of(const Own&) const;

    const Kernels<T>& kernels_;
    Memory memory_;
    ByteRows X_;
    const int width_, tile_;
    T* numbers_;
    std::vector<Own> own_;
};

constexpr int AT_ONCE = CHUNK * PANEL;  // lines of its gradient that are finished and applied at a time

// A training's first layer on them. Where some columns are not zero is found out once for all panels. Each thread reads the
// columns whose weights it has: lists and bytes of others never come to it, and no weight leaves its cache.
template <class T> class SparseBytesInput final : public Input<T> {
public:
    SparseBytesInput(const Source&, const Graph<T>&, int threads);

    void enter(const Task&, Range rows) override;
    void forward(const Task&, const T* packed, const Moment&, Range rows, Range panels) override;
    Stripes stripes(int) const override { return {false, ALL_ROWS, std::max(CHUNK, AT_ONCE / group_.widest_panel() / STRIPE_UNIT * STRIPE_UNIT)}; }
    void begin_stripe(const Task&, Range columns) override;
    void gradient(const Task&, Product<T>&) override;
    int lines_of_row(const Task&) const override;
    void find_lines(const Task&, std::int64_t row, const void** lines) const override;

private:
    const Graph<T>& graph_;
    const Group<T>& group_;
    SparseBytes<T> X_;
};

// Whether enough of the bytes are zero, in a sample of the rows, and the first layer, a dense one, is at most two wide panels and
// not narrow: more panels do better with lists that hold numbers, since all of them read these.
template <class T> bool pays_sparse_bytes(const Source&, const Network&);

extern template class SparseBytes<float>;
extern template class SparseBytes<double>;
extern template class SparseBytesInput<float>;
extern template class SparseBytesInput<double>;

}  // namespace glassnet
