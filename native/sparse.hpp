// Sparse rows on their way through the first dense layer: a block of them as what is not zero in it, never as a matrix.
#pragma once

#include "inputs.hpp"

namespace glassnet {

// The entries of a block by its rows and, turned over, by its columns: X W and X^T dZ are then one kernel on either.
template <class T> class SparseBlock {
public:
    SparseBlock(const Source&, int block, const Kernels<T>&);

    // A block in three parts: which rows it has, and where their entries will stand; the entries of some of them; and, once
    // all are there, the same entries turned over. The first and the last are one thread's work.
    void expect(const std::int64_t* order, int rows);
    void gather(const std::int64_t* order, Range rows);
    void turn(int rows);

    Entries<T> rows(int first) const { return {values_.data(), columns_.data(), row_starts_.data() + first}; }
    Entries<T> columns(int first) const { return {turned_.data(), rows_.data(), column_starts_.data() + first}; }

    // C[r, :] = sum over k of X[r, k] B[k, :], the rows of X as entries. Where a factor is not finite, every k takes part,
    // since 0 times it is NaN; `line` has room for a row of X.
    void multiply(const Product<T>&, const Entries<T>&, bool finite, T* line) const;

    // A = g(X W + b) and the posts, as Graph::forward, for rows of the graph of which the first is the block's row `first`.
    void forward(const Graph<T>&, const T* packed, const Moment&, int first, Range rows, Range panels, bool finite, T* line) const;

private:
    const Source source_;
    const Kernels<T>& kernels_;
    std::vector<std::int32_t> row_starts_, columns_, column_starts_, rows_;
    std::vector<T> values_, turned_;
};

// A training's first layer on them.
template <class T> class EntriesInput final : public Input<T> {
public:
    EntriesInput(const Source&, const Graph<T>&, int threads);

    void expect(const std::int64_t* order, int rows) override { X_.expect(order, rows); }
    void enter(const Task& task, Range rows) override { X_.gather(task.batch.order, rows); }
    void forward(const Task&, const T* packed, const Moment&, Range rows, Range panels) override;
    void turn(int rows) override { X_.turn(rows); }
    Stripes stripes(int) const override { return {true, ALL_ROWS, CHUNK}; }
    void gradient(const Task&, Product<T>&) override;

private:
    const Graph<T>& graph_;
    SparseBlock<T> X_;
    Memory memory_;
    std::vector<T*> lines_;  // of each thread: a row of X, or a column of the block
};

// Whether rows are better taken as entries: few of their numbers are not zero. For networks that begin with weights.
bool pays_sparse(const Source&);

extern template class SparseBlock<float>;
extern template class SparseBlock<double>;
extern template class EntriesInput<float>;
extern template class EntriesInput<double>;

}  // namespace glassnet
