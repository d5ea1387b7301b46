// Bytes of which many are zero, on their way through the first dense layer: they are read where they stand, at the places where
// they are not zero (kernels/sparse_bytes.cpp).
#pragma once

#include "graph.hpp"

namespace glassnet {

template <class T> class SparseBytes {
public:
    SparseBytes(const Source&, int lines, int block, int threads, const Kernels<T>&);  // of a panel of so many lines

    // Some rows of a block come in, for this thread: they are listed. `next` are places in `order`, too, of as many rows that
    // will come in next: they are asked for on the way.
    void gather(const std::int64_t* order, Range rows, Range next, bool skip, int thread);
    // X W of rows that have come in for this thread; then A = g(X W + b) and the posts, as Graph::forward.
    void multiply_rows(const Product<T>&, int thread) const;
    void forward(const Graph<T>&, const T* packed, const Moment&, Range rows, int thread) const;
    // Xᵀ dZ in two parts: where some columns are not zero; and the product from that.
    void mask(const std::int64_t* order, int rows, Range columns, bool skip, int thread);
    void multiply_columns(const Product<T>&, int thread) const;

private:
    // Every thread has its own: what one writes and another reads passes from one processor's cache to the other's and back.
    struct Own {
        const std::uint8_t **rows, **next;
        std::uint16_t* places;
        std::int32_t* starts;
        std::uint64_t* masks;
    };
    SparseRows<T> rows_of(const Own&) const;

    const Kernels<T>& kernels_;
    Memory memory_;
    ByteRows X_;
    const int width_;
    int blocks_, columns_of_block_;
    T* numbers_;
    std::vector<Own> own_;
};

// Whether enough of the bytes are zero, in a sample of the rows, and the first layer is at most two wide panels and not narrow: more
// panels do better with lists that hold numbers, since all of them read these.
template <class T> bool pays_sparse_bytes(const Source&, const Network&);

extern template class SparseBytes<float>;
extern template class SparseBytes<double>;

}  // namespace glassnet
