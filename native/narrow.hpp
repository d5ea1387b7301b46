// Bytes on their way through a first dense layer of few outputs: they are read where they stand (kernels/narrow.cpp).
#pragma once

#include "graph.hpp"
#include "listed.hpp"

namespace glassnet {

// X as kernels/narrow.cpp takes it.
ByteRows byte_rows(const std::uint8_t* X, std::int64_t rows, int width, Memory&);

template <class T> class NarrowBlock {
public:
    NarrowBlock(const Source&, const Group<T>&, int block, int threads, const Kernels<T>&);

    // Before steps that all take the whole of X as it stands, or do not. The second time that they do X is listed.
    void expect(bool all_as_it_stands);
    bool listed() const { return listed_; }

    // A = g(X W + b) and the posts, as Graph::forward, for rows that come in as these rows of the block. `next` are places in
    // `order`, too: the first rows there are asked for, to be there when the next call comes.
    void forward(const Graph<T>&, const T* packed, const Moment&, const std::int64_t* order, Range rows, Range next, bool skip, int thread);

    // Xᵀ dZ of some columns, in two parts: all rows of a block but those of its last band; and, of fewer columns at a time,
    // that band. Only the last block of a step has the second part. `first` is the block's first row in the batch.
    void add(const Node<T>& dZ, int first, int rows, Range columns, bool last_block, bool skip, int thread) const;
    void finish(const Product<T>&, int first, bool skip, int thread) const;

private:
    struct Own {  // of a thread
        std::uint8_t* room;
        T *spread, *sums;
    };
    void multiply(Product<T>&, int first, int band, bool skip, const Own&) const;

    const Kernels<T>& kernels_;
    const Source source_;
    const int outputs_;
    Memory memory_;
    ByteRows X_;
    ByteBlock block_;
    std::vector<Own> own_;
    std::unique_ptr<ListedRows<T>> lists_;
    bool lists_pay_, stood_ = false, listed_ = false;
};

// Whether the first layer is better computed from bytes: they are bytes, and it is a layer of few outputs.
bool pays_narrow(const Source&, const Network&);

constexpr int NARROW_ROWS = 256;  // of a block whose bytes are still in the caches when the gradient comes

extern template class NarrowBlock<float>;
extern template class NarrowBlock<double>;

}  // namespace glassnet
