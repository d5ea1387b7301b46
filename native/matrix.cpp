#include "matrix.hpp"

#include <algorithm>

namespace glassnet {

namespace {

constexpr std::size_t SLIVER_BYTES = std::size_t(192) << 10;
constexpr int FEW_ROWS = 96;    // of X that stay in the first-level cache, some columns wide: slivers bring nothing there, nor for a single line

template <class T> int most_rows(int block) {
    return int(std::clamp<std::size_t>(SLIVER_BYTES / (sizeof(T) * std::size_t(block)), MOST_ROWS / 4, MOST_ROWS));
}

}  // namespace

template <class T>
Slivers<T>::Slivers(int threads, int block) : most_rows(glassnet::most_rows<T>(block)), row_stride(glassnet::row_stride<T>(block) + PER_LINE<T>) {
    for (int thread = 0; thread < threads; thread++)
        of_threads_.push_back(memory_.take<T>(std::size_t(most_rows + STRIPE_UNIT) * std::size_t(row_stride)));
}

template <class T>
MatrixInput<T>::MatrixInput(const Graph<T>& graph, std::size_t group, const Source* source, const Choice& choice, const Slivers<T>& slivers)
    : graph_(graph), group_(graph.groups[group]), X_(graph.nodes[std::size_t(group_.input)]), source_(source), choice_(choice), slivers_(slivers) {}

template <class T> void MatrixInput<T>::enter(const Task& task, Range rows) {
    graph_.gather(*source_, task.batch.order, rows, choice_.lists, task.batch.after(rows, task.thread));
}

template <class T> void MatrixInput<T>::forward(const Task& task, const T* packed, const Moment& moment, Range rows, Range panels) {
    const Zeros left_out = choice_.lists ? Zeros::listed : choice_.leave_out ? Zeros::met : Zeros::take_part;
    graph_.forward(group_, packed, moment, rows, panels, task.skip ? left_out : Zeros::take_part);
}

// Where every row of X counts, and there are many, all panels read the same slivers; where zeros are left out, the same rows of Xᵀ.
template <class T> Stripes MatrixInput<T>::stripes(int rows) const {
    if (choice_.leave_out) return {false, slivers_.most_rows, ALL_ROWS};
    if (choice_.lists || rows <= FEW_ROWS || group_.lines() == 1) return {true, ALL_ROWS, CHUNK};
    return {false, slivers_.most_rows, ALL_ROWS};
}

template <class T> void MatrixInput<T>::begin_stripe(const Task& task, Range columns) {
    if (stripes(task.batch.count).by_panels) return;
    const T* X = X_.A + columns.begin;
    T* out = slivers_.of(task.thread);
    const int rows = task.batch.count, count = columns.end - columns.begin;
    if (choice_.leave_out && task.skip) graph_.kernels.transpose(X, X_.stride, rows, count, out, slivers_.row_stride);
    else graph_.kernels.cut_slivers(X, X_.stride, rows, count, graph_.kernels.sliver[group_.widest_panel()], out);
}

template <class T> void MatrixInput<T>::gradient(const Task& task, Product<T>& product) {
    product.A = X_.A + product.first_row, product.a_stride = X_.stride;
    if (choice_.lists && task.skip) product.lists = &X_.columns;
    if (!stripes(task.batch.count).by_panels) {  // a chunk is a stripe
        product.A = slivers_.of(task.thread);
        product.leave_out = choice_.leave_out && task.skip;
        if (product.leave_out) product.transposed = false, product.a_stride = slivers_.row_stride;
        else product.sliver = graph_.kernels.sliver[group_.widest_panel()];
    }
    graph_.kernels.multiply(product);
}

template class Slivers<float>;
template class Slivers<double>;
template class MatrixInput<float>;
template class MatrixInput<double>;

}  // namespace glassnet
