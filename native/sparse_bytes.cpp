#include "sparse_bytes.hpp"

#include <algorithm>
#include <numeric>

#include "byte_rows.hpp"
#include "zeros.hpp"

namespace glassnet {

namespace {

constexpr double MOST = 0.5;    // of the bytes that are not zero
constexpr int BYTES = 256;
constexpr int MOST_LINES = 2 * WIDE_PANEL;  // of the first layer

std::ptrdiff_t room_of(int width) { return (width + WORD - 1) / WORD * WORD + WORD; }  // for the places of a row, or masks of its columns

}  // namespace

template <class T> bool pays_sparse_bytes(const Source& source, const Network& network) {
    if (source.kind != Source::Kind::bytes || source.scale == 2 || source.rows == 0 || source.width > 65535 - WORD) return false;
    const int width = network.layers.front().width;
    return width > FEW_OUTPUTS && width <= MOST_LINES * PER_LINE<T> && share_of_numbers(source) <= MOST;
}

template <class T>
SparseBytes<T>::SparseBytes(const Source& source, int block, int threads, const Kernels<T>& kernels, int tile)
    : kernels_(kernels), X_(byte_rows(static_cast<const std::uint8_t*>(source.values), source.rows, source.width, memory_)),
      width_(source.width), tile_(tile), numbers_(memory_.take<T>(BYTES)) {
    std::uint8_t bytes[BYTES];
    std::iota(bytes, bytes + BYTES, std::uint8_t(0));
    kernels.scale_bytes(bytes, numbers_, BYTES, source.scale, nullptr);
    const std::size_t rows = std::size_t(block), bands = (rows + BAND - 1) / BAND, room = std::size_t(room_of(width_));
    for (int thread = 0; thread < threads; thread++)
        own_.push_back({memory_.take<const std::uint8_t*>(rows), memory_.take<std::uint16_t>(rows * room),
                        memory_.take<std::int32_t>(rows), memory_.take<std::uint64_t>(bands * room)});
}

template <class T> SparseRows<T> SparseBytes<T>::rows_of(const Own& own) const {
    return {own.rows, numbers_, own.places, own.counts, room_of(width_), tile_};
}

template <class T> void SparseBytes<T>::gather(const std::int64_t* order, Range rows, Range columns, Range next, bool skip, int thread) {
    const Own& own = own_[std::size_t(thread)];
    const int width = columns.end - columns.begin;
    for (int m = rows.begin; m < rows.end; m++) own.rows[m] = X_.place(order[m]) + columns.begin;
    for (int m = rows.begin; m < rows.end; m += tile_) {
        for (int later = next.begin + (m - rows.begin), i = 0; i < tile_ && later < next.end; i++, later++)
            for (int byte = 0; byte < width; byte += LINE) __builtin_prefetch(X_.place(order[later]) + columns.begin + byte);
        own.counts[m] = kernels_.list_bytes(own.rows[m], own.rows[std::min(m + tile_, rows.end) - 1], width, skip, own.places + m * room_of(width_));
    }
}

template <class T> void SparseBytes<T>::multiply_rows(const Product<T>& product, int thread) const {
    kernels_.multiply_sparse_rows(product, rows_of(own_[std::size_t(thread)]));
}

template <class T> void SparseBytes<T>::mask(const std::int64_t* order, int rows, Range columns, bool skip, int thread) {
    const Own& own = own_[std::size_t(thread)];
    for (int m = 0; m < rows; m++) own.rows[m] = X_.place(order[m]);
    for (int first = 0; first < rows || first == 0; first += BAND)
        kernels_.mask_columns(own.rows + first, std::min(BAND, rows - first), columns.begin, columns.end, skip, own.masks + first / BAND * room_of(width_));
}

template <class T> void SparseBytes<T>::multiply_columns(const Product<T>& given, int thread) const {
    const Own& own = own_[std::size_t(thread)];
    Product<T> product = given;
    SparseRows<T> band = rows_of(own);
    for (int first = 0; first < given.depth || first == 0; first += BAND) {
        product.B = given.B + first * given.b_stride, product.depth = std::min(BAND, given.depth - first);
        product.resume = given.resume || first > 0, product.finish = given.finish && first + BAND >= given.depth;
        band.rows = own.rows + first;
        kernels_.multiply_sparse_columns(product, band, own.masks + first / BAND * room_of(width_));
    }
}

template <class T>
SparseBytesInput<T>::SparseBytesInput(const Source& source, const Graph<T>& graph, int threads)
    : Input<T>(Sharing{.own_columns = true}), graph_(graph), group_(graph.groups.front()),
      X_(source, graph.block, threads, graph.kernels, graph.kernels.sparse_row_tile[group_.widest_panel()]) {}

template <class T> void SparseBytesInput<T>::enter(const Task& task, Range rows) {
    Range next = task.batch.behind(rows);
    next.begin = std::max(next.begin, task.asked + (next.begin < task.batch.count ? 0 : task.batch.count));
    X_.gather(task.batch.order, rows, task.columns, next, task.skip, task.thread);
}

template <class T> void SparseBytesInput<T>::forward(const Task& task, const T* packed, const Moment& moment, Range rows, Range panels) {
    if (rows.empty()) return;
    const Range columns = task.columns;
    for (int p = panels.begin; p < panels.end; p++) {
        Product<T> product = graph_.product(group_, packed, rows, p);
        product.B += columns.begin * product.b_stride, product.depth = columns.end - columns.begin;
        product.resume = columns.begin > 0, product.finish = columns.end == group_.in;
        X_.multiply_rows(product, task.thread);
    }
    if (columns.end == group_.in) graph_.posts(group_, moment, rows, {0, group_.out});
}

template <class T> void SparseBytesInput<T>::begin_stripe(const Task& task, Range columns) {
    X_.mask(task.batch.order, task.batch.count, columns, task.skip, task.thread);
}

template <class T> void SparseBytesInput<T>::gradient(const Task& task, Product<T>& product) { X_.multiply_columns(product, task.thread); }

template <class T> int SparseBytesInput<T>::lines_of_row(const Task& task) const { return (task.columns.end - task.columns.begin + LINE - 1) / LINE; }

template <class T> void SparseBytesInput<T>::find_lines(const Task& task, std::int64_t row, const void** lines) const {
    const std::uint8_t* at = X_.row(row) + task.columns.begin;
    for (int i = 0; i < lines_of_row(task); i++) lines[i] = at + i * LINE;
}

template bool pays_sparse_bytes<float>(const Source&, const Network&);
template bool pays_sparse_bytes<double>(const Source&, const Network&);
template class SparseBytes<float>;
template class SparseBytes<double>;
template class SparseBytesInput<float>;
template class SparseBytesInput<double>;

}  // namespace glassnet
