#include "narrow.hpp"

#include <algorithm>

#include "byte_rows.hpp"

namespace glassnet {

namespace {

constexpr int WORK_ABOVE = 8;  // most of X is left out

int bands(int rows) { return std::max(1, (rows + BAND - 1) / BAND); }

}  // namespace

// Where a byte is moved to the middle, zeros are not left out, and vectors of outputs do as well.
bool pays_narrow(const Source& source, const Network& network) {
    if (network.layers.empty()) return false;
    const Layer& first = network.layers.front();
    return source.kind == Source::Kind::bytes && source.scale != 2 && first.kind == LayerKind::dense && first.width <= FEW_OUTPUTS;
}

template <class T>
NarrowInput<T>::NarrowInput(const Source& source, const Graph<T>& graph, int threads, bool skip_zeros)
    : Input<T>(Sharing{.unit = graph.kernels.byte_tile, .own_sums = true, .work_above = WORK_ABOVE}), source_(source), graph_(graph), group_(graph.groups.front()), kernels_(graph.kernels),
      X_(byte_rows(static_cast<const std::uint8_t*>(source.values), source.rows, source.width, memory_)),
      lists_pay_(skip_zeros && ListedRows<T>::pays(source)) {
    block_.width = source.width, block_.by_255 = source.scale == 1;
    block_.stride = row_stride<std::uint8_t>(source.width), block_.filled_stride = block_.stride / OCTET;
    block_.rows = memory_.take<const std::uint8_t*>(std::size_t(graph.block));
    block_.filled = memory_.take<std::uint8_t>(std::size_t(bands(graph.block)) * (BAND / OCTET) * block_.filled_stride);
    for (int thread = 0; thread < threads; thread++)
        own_.push_back({memory_.take<std::uint8_t>(room_of_rows(block_.stride)), memory_.take<T>(std::size_t(BAND) * group_.out * MOST_LANES),
                        memory_.take<T>(std::size_t(block_.stride) * group_.out)});
}

template <class T> void NarrowInput<T>::begin(const Orders& orders, int batch_size) {
    const bool stands = lists_pay_ && takes_all_as_it_stands(orders, batch_size);
    if (stands && stood_ && !lists_) lists_ = std::make_unique<ListedRows<T>>(X_, source_, int(own_.size()), kernels_);
    stood_ = stands, listed_ = lists_ && stands;
}

// Whether each step takes all rows of X, as they stand, in blocks of whole bands.
template <class T> bool NarrowInput<T>::takes_all_as_it_stands(const Orders& orders, int batch_size) const {
    if (orders.rows != source_.rows || batch_size < source_.rows) return false;
    if (graph_.block % BAND != 0 && graph_.block < source_.rows) return false;
    for (std::int64_t m = 0; m < orders.all(); m++)
        if (orders.numbers[m] != m % orders.rows) return false;
    return true;
}

template <class T> void NarrowInput<T>::forward(const Task& task, const T* packed, const Moment& moment, Range rows, Range) {
    if (rows.empty()) return;
    const Batch& batch = task.batch;
    const Product<T> product = graph_.product(group_, packed, rows, 0);
    if (listed_ && task.skip) {
        kernels_.multiply_listed_rows(product, group_.out, lists_->rows(batch.begin + rows.begin), block_.by_255);
    } else {
        const Range next = batch.after(rows, task.thread);
        ByteRows coming = X_;
        coming.order = batch.order + rows.begin, coming.count = rows.end - rows.begin;
        coming.next = batch.order + next.begin, coming.next_count = std::max(0, next.end - next.begin);
        kernels_.multiply_rows(product, group_.out, coming, block_, rows.begin, task.skip, own_[std::size_t(task.thread)].room);
    }
    graph_.posts(group_, moment, rows, {0, group_.out});
}

// All rows of a block but those of a step's last band.
template <class T> void NarrowInput<T>::begin_stripe(const Task& task, Range columns) {
    const Node<T>& dZ = graph_.nodes[std::size_t(group_.output)];
    const int all = bands(task.batch.count);
    for (int band = 0; band < all; band++) {
        Product<T> product{};
        product.first_row = columns.begin, product.rows = columns.end - columns.begin;
        product.depth = std::min(BAND, task.batch.count - band * BAND), product.finish = false;
        kernels_.spread(dZ.G + band * BAND * dZ.stride, dZ.stride, product.depth, group_.out, own_[std::size_t(task.thread)].spread);
        if (!task.batch.last || band + 1 < all) multiply(task, product, band);
    }
}

template <class T> void NarrowInput<T>::gradient(const Task& task, Product<T>& product) {
    if (!task.batch.last) return;
    const int last = bands(product.depth) - 1;
    product.depth -= last * BAND;
    multiply(task, product, last);
}

template <class T> void NarrowInput<T>::multiply(const Task& task, Product<T>& product, int band) const {
    const Own& own = own_[std::size_t(task.thread)];
    const int begin = band * BAND, first = task.batch.begin + begin;  // in the block, and in the batch
    product.B = own.spread, product.resume = first > 0;
    if (!listed_) return kernels_.multiply_columns(product, group_.out, block_, begin, task.skip, own.sums);
    if (task.skip) return kernels_.multiply_listed_columns(product, group_.out, lists_->columns(first), block_.by_255, own.sums);
    const std::uint8_t* rows[BAND];  // all of which count: then the lists are of no use
    for (int m = 0; m < product.depth; m++) rows[m] = X_.place(first + m);
    ByteBlock places = block_;
    places.rows = rows;
    kernels_.multiply_columns(product, group_.out, places, 0, task.skip, own.sums);
}

template class NarrowInput<float>;
template class NarrowInput<double>;

}  // namespace glassnet
