#include "narrow.hpp"

#include <algorithm>

namespace glassnet {

namespace {

int bands(int rows) { return std::max(1, (rows + BAND - 1) / BAND); }

}  // namespace

ByteRows byte_rows(const std::uint8_t* X, std::int64_t rows, int width, Memory& memory) {
    const std::int64_t last = std::min<std::int64_t>(rows, 1 + WORD / width);  // rows whose vectors may reach beyond X
    const std::ptrdiff_t stride = row_stride<std::uint8_t>(width);
    std::uint8_t* copy = memory.take<std::uint8_t>(std::size_t(last * stride));
    for (std::int64_t row = 0; row < last; row++) std::copy_n(X + (rows - last + row) * width, width, copy + row * stride);
    return {X, copy, rows - last, width, stride};
}

// Where a byte is moved to the middle, zeros are not left out, and vectors of outputs do as well.
bool pays_narrow(const Source& source, const Network& network) {
    if (network.layers.empty()) return false;
    const Layer& first = network.layers.front();
    return source.kind == Source::Kind::bytes && source.scale != 2 && first.kind == LayerKind::dense && first.width <= FEW_OUTPUTS;
}

template <class T>
NarrowBlock<T>::NarrowBlock(const Source& source, const Group<T>& group, int block, int threads, const Kernels<T>& kernels)
    : kernels_(kernels), source_(source), outputs_(group.out),
      X_(byte_rows(static_cast<const std::uint8_t*>(source.values), source.rows, source.width, memory_)) {
    block_.width = source.width, block_.by_255 = source.scale == 1;
    block_.stride = row_stride<std::uint8_t>(source.width), block_.filled_stride = block_.stride / OCTET;
    block_.rows = memory_.take<const std::uint8_t*>(std::size_t(block));
    block_.filled = memory_.take<std::uint8_t>(std::size_t(bands(block)) * (BAND / OCTET) * block_.filled_stride);
    for (int thread = 0; thread < threads; thread++)
        own_.push_back({memory_.take<std::uint8_t>(room_of_rows(block_.stride)), memory_.take<T>(std::size_t(BAND) * outputs_ * MOST_LANES),
                        memory_.take<T>(std::size_t(block_.stride) * outputs_)});
    lists_pay_ = ListedRows<T>::pays(source);
}

template <class T> void NarrowBlock<T>::expect(bool all_as_it_stands) {
    const bool again = all_as_it_stands && stood_;
    stood_ = all_as_it_stands;
    if (again && lists_pay_ && !lists_) lists_ = std::make_unique<ListedRows<T>>(X_, source_, int(own_.size()), kernels_);
    listed_ = lists_ && all_as_it_stands;
}

template <class T>
void NarrowBlock<T>::forward(const Graph<T>& graph, const T* packed, const Moment& moment, const std::int64_t* order, Range rows,
                             Range next, bool skip, int thread) {
    if (rows.empty()) return;
    const Group<T>& group = graph.groups.front();
    ByteRows coming = X_;
    coming.order = order + rows.begin, coming.count = rows.end - rows.begin;
    coming.next = order + next.begin, coming.next_count = std::max(0, next.end - next.begin);
    const Product<T> product = graph.product(group, packed, rows, 0);
    if (listed_ && skip) kernels_.multiply_listed_rows(product, outputs_, lists_->rows(moment.first_row + rows.begin), block_.by_255);
    else kernels_.multiply_rows(product, outputs_, coming, block_, rows.begin, skip, own_[std::size_t(thread)].room);
    graph.posts(group, moment, rows, {0, group.out});
}

template <class T>
void NarrowBlock<T>::add(const Node<T>& dZ, int first, int rows, Range columns, bool last_block, bool skip, int thread) const {
    const Own& own = own_[std::size_t(thread)];
    for (int band = 0; band < bands(rows); band++) {
        const int begin = band * BAND, count = std::min(BAND, rows - begin);
        kernels_.spread(dZ.G + begin * dZ.stride, dZ.stride, count, outputs_, own.spread);
        if (last_block && band + 1 == bands(rows)) break;
        Product<T> product{};
        product.first_row = columns.begin, product.rows = columns.end - columns.begin, product.depth = count;
        product.finish = false;
        multiply(product, first, begin, skip, own);
    }
}

template <class T> void NarrowBlock<T>::finish(const Product<T>& given, int first, bool skip, int thread) const {
    const int begin = (bands(given.depth) - 1) * BAND;
    Product<T> product = given;
    product.depth = given.depth - begin, product.finish = true;
    multiply(product, first, begin, skip, own_[std::size_t(thread)]);
}

// A band, which begins so many rows after the block's first.
template <class T> void NarrowBlock<T>::multiply(Product<T>& product, int first, int begin, bool skip, const Own& own) const {
    product.B = own.spread, product.resume = first + begin > 0;
    if (!listed_) return kernels_.multiply_columns(product, outputs_, block_, begin, skip, own.sums);
    if (skip) return kernels_.multiply_listed_columns(product, outputs_, lists_->columns(first + begin), block_.by_255, own.sums);
    const std::uint8_t* rows[BAND];  // all of which count: then the lists are of no use
    for (int m = 0; m < product.depth; m++) rows[m] = X_.place(first + begin + m);
    ByteBlock band = block_;
    band.rows = rows;
    kernels_.multiply_columns(product, outputs_, band, 0, skip, own.sums);
}

template class NarrowBlock<float>;
template class NarrowBlock<double>;

}  // namespace glassnet
