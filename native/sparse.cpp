#include "sparse.hpp"

#include <algorithm>
#include <functional>

namespace glassnet {

namespace {

constexpr std::int64_t SPARSE = 4;  // one entry in so many numbers, or fewer

std::int64_t length(const Source& source, std::int64_t row) { return source.pointers[row + 1] - source.pointers[row]; }

// The entries of the fullest `block` rows: more than those only an order needs that names a row twice.
std::size_t most_entries(const Source& source, int block) {
    std::vector<std::int64_t> lengths(std::size_t(source.rows));
    for (std::int64_t row = 0; row < source.rows; row++) lengths[std::size_t(row)] = length(source, row);
    const auto end = lengths.begin() + std::min<std::int64_t>(block, source.rows);
    if (end != lengths.end()) std::nth_element(lengths.begin(), end, lengths.end(), std::greater<>());
    std::size_t most = 0;
    for (auto each = lengths.begin(); each != end; ++each) most += std::size_t(*each);
    return most;
}

template <class T, class V> void copy_numbers(const V* from, std::int64_t count, T* to) {
    for (std::int64_t i = 0; i < count; i++) to[i] = T(from[i]);
}

}  // namespace

bool pays_sparse(const Source& source) {
    return source.pointers && source.scale == 0 && source.rows > 0 &&
           source.pointers[source.rows] * SPARSE <= source.rows * source.width;
}

template <class T>
SparseBlock<T>::SparseBlock(const Source& source, int block, const Kernels<T>& kernels)
    : source_(source), kernels_(kernels), row_starts_(std::size_t(block) + 1), column_starts_(std::size_t(source.width) + 2) {
    const std::size_t most = most_entries(source, block);
    columns_.resize(most), values_.resize(most), rows_.resize(most), turned_.resize(most);
}

template <class T> void SparseBlock<T>::expect(const std::int64_t* order, int rows) {
    for (int m = 0; m < rows; m++)
        row_starts_[std::size_t(m) + 1] = row_starts_[std::size_t(m)] + std::int32_t(length(source_, order[m]));
    const std::size_t count = std::size_t(row_starts_[std::size_t(rows)]);
    if (count > values_.size()) columns_.resize(count), values_.resize(count);
}

template <class T> void SparseBlock<T>::gather(const std::int64_t* order, Range rows) {
    for (int m = rows.begin; m < rows.end; m++) {
        const std::int64_t first = source_.pointers[order[m]], count = length(source_, order[m]);
        const std::size_t at = std::size_t(row_starts_[std::size_t(m)]);
        std::copy_n(source_.columns + first, count, columns_.data() + at);
        if (source_.kind == Source::Kind::sparse_floats)
            copy_numbers(static_cast<const float*>(source_.values) + first, count, values_.data() + at);
        else copy_numbers(static_cast<const double*>(source_.values) + first, count, values_.data() + at);
    }
}

// A counting sort, which keeps the rows of a column in their order. Start c is first counted, then moved, one place ahead.
template <class T> void SparseBlock<T>::turn(int rows) {
    const int count = row_starts_[std::size_t(rows)];
    if (std::size_t(count) > turned_.size()) rows_.resize(std::size_t(count)), turned_.resize(std::size_t(count));
    std::fill(column_starts_.begin(), column_starts_.end(), 0);
    for (int i = 0; i < count; i++) column_starts_[std::size_t(columns_[std::size_t(i)]) + 2]++;
    for (std::size_t c = 2; c < column_starts_.size(); c++) column_starts_[c] += column_starts_[c - 1];
    for (int m = 0, i = 0; m < rows; m++)
        for (; i < row_starts_[std::size_t(m) + 1]; i++) {
            const std::size_t place = std::size_t(column_starts_[std::size_t(columns_[std::size_t(i)]) + 1]++);
            rows_[place] = m, turned_[place] = values_[std::size_t(i)];
        }
}

template <class T>
void SparseBlock<T>::multiply(const Product<T>& product, const Entries<T>& entries, bool finite, T* line) const {
    if (finite) return kernels_.multiply_entries(product, entries);
    Product<T> one = product;
    one.A = line, one.a_stride = 0, one.transposed = false, one.rows = 1;
    for (int r = 0; r < product.rows; r++, one.C += product.c_stride) {
        std::fill_n(line, product.depth, T(0));
        for (int i = entries.starts[r]; i < entries.starts[r + 1]; i++) line[entries.places[i]] = entries.values[i];
        kernels_.multiply(one);
    }
}

template <class T>
void SparseBlock<T>::forward(const Graph<T>& graph, const T* packed, const Moment& moment, int first, Range rows, Range panels,
                             bool finite, T* line) const {
    if (rows.empty() || panels.empty()) return;
    const Group<T>& group = graph.groups.front();
    for (int p = panels.begin; p < panels.end; p++)
        multiply(graph.product(group, packed, rows, p), this->rows(first), finite, line);
    const Panel<T> begin = group.panel(packed, panels.begin), last = group.panel(packed, panels.end - 1);
    graph.posts(group, moment, rows, {begin.first, last.first + last.columns});
}

template <class T>
EntriesInput<T>::EntriesInput(const Source& source, const Graph<T>& graph, int threads)
    : Input<T>(Sharing{.turned = true}), graph_(graph), X_(source, graph.block, graph.kernels) {
    for (int thread = 0; thread < threads; thread++) lines_.push_back(memory_.take<T>(std::size_t(std::max(source.width, graph.block))));
}

template <class T> void EntriesInput<T>::forward(const Task& task, const T* packed, const Moment& moment, Range rows, Range panels) {
    X_.forward(graph_, packed, moment, rows.begin, rows, panels, task.skip, lines_[std::size_t(task.thread)]);
}

template <class T> void EntriesInput<T>::gradient(const Task& task, Product<T>& product) {
    X_.multiply(product, X_.columns(product.first_row), task.skip, lines_[std::size_t(task.thread)]);
}

template class SparseBlock<float>;
template class SparseBlock<double>;
template class EntriesInput<float>;
template class EntriesInput<double>;

}  // namespace glassnet
