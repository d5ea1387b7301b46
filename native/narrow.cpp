#include "narrow.hpp"

#include <algorithm>

namespace glassnet {

namespace {

int bands(int rows) { return std::max(1, (rows + BAND - 1) / BAND); }

}  // namespace

ByteRows byte_rows(const std::uint8_t* X, std::int64_t rows, int width, Memory& memory) {
    const std::int64_t last = std::min<std::int64_t>(rows, 1 + MOST_LANES / width);  // rows whose vectors may reach beyond X
    const std::ptrdiff_t stride = row_stride<std::uint8_t>(width);
    std::uint8_t* copy = memory.take<std::uint8_t>(std::size_t(last * stride));
    for (std::int64_t row = 0; row < last; row++) std::copy_n(X + (rows - last + row) * width, width, copy + row * stride);
    return {X, copy, rows - last};
}

// Where a byte is moved to the middle, zeros are not left out, and vectors of outputs do as well.
bool pays_narrow(const Source& source, const Network& network) {
    if (network.layers.empty()) return false;
    const Layer& first = network.layers.front();
    return source.kind == Source::Kind::bytes && source.scale != 2 && first.kind == LayerKind::dense && first.width <= FEW_OUTPUTS;
}

template <class T>
NarrowBlock<T>::NarrowBlock(const Source& source, const Group<T>& group, int block, int threads, const Kernels<T>& kernels)
    : kernels_(kernels), outputs_(group.out),
      X_(byte_rows(static_cast<const std::uint8_t*>(source.values), source.rows, source.width, memory_)) {
    block_.width = source.width, block_.by_255 = source.scale == 1;
    block_.stride = row_stride<std::uint8_t>(source.width), block_.filled_stride = block_.stride / OCTET;
    block_.rows = memory_.take<const std::uint8_t*>(std::size_t(block));
    block_.filled = memory_.take<std::uint8_t>(std::size_t(bands(block)) * (BAND / OCTET) * block_.filled_stride);
    for (int thread = 0; thread < threads; thread++)
        own_.push_back({memory_.take<std::uint8_t>(room_of_rows(block_.stride)), memory_.take<T>(std::size_t(BAND) * outputs_ * MOST_LANES),
                        memory_.take<T>(std::size_t(block_.stride) * outputs_)});
}

template <class T>
void NarrowBlock<T>::forward(const Graph<T>& graph, const T* packed, const Moment& moment, const std::int64_t* order, Range rows,
                             Range next, bool skip, int thread) {
    if (rows.empty()) return;
    const Group<T>& group = graph.groups.front();
    ByteRows coming = X_;
    coming.order = order + rows.begin, coming.count = rows.end - rows.begin;
    coming.next = order + next.begin, coming.next_count = std::max(0, next.end - next.begin);
    kernels_.multiply_rows(graph.product(group, packed, rows, 0), outputs_, coming, block_, rows.begin, skip, own_[std::size_t(thread)].room);
    graph.posts(group, moment, rows, {0, group.out});
}

template <class T>
void NarrowBlock<T>::add(const Node<T>& dZ, int rows, Range columns, bool first_block, bool last_block, bool skip, int thread) {
    const Own& own = own_[std::size_t(thread)];
    for (int band = 0; band < bands(rows); band++) {
        const int begin = band * BAND, count = std::min(BAND, rows - begin);
        kernels_.spread(dZ.G + begin * dZ.stride, dZ.stride, count, outputs_, own.spread);
        if (last_block && band + 1 == bands(rows)) break;
        Product<T> product{};
        product.B = own.spread, product.first_row = columns.begin, product.rows = columns.end - columns.begin, product.depth = count;
        product.resume = band > 0 || !first_block, product.finish = false;
        kernels_.multiply_columns(product, outputs_, block_, begin, skip, own.sums);
    }
}

template <class T> void NarrowBlock<T>::finish(const Product<T>& given, bool first_block, bool skip, int thread) const {
    const int begin = (bands(given.depth) - 1) * BAND;
    const Own& own = own_[std::size_t(thread)];
    Product<T> product = given;
    product.B = own.spread, product.depth = given.depth - begin;
    product.resume = begin > 0 || !first_block, product.finish = true;
    kernels_.multiply_columns(product, outputs_, block_, begin, skip, own.sums);
}

template class NarrowBlock<float>;
template class NarrowBlock<double>;

}  // namespace glassnet
