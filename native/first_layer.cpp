#include "first_layer.hpp"

#include <algorithm>

#include "narrow.hpp"
#include "sparse.hpp"
#include "sparse_bytes.hpp"

namespace glassnet {

namespace {

constexpr int LARGE_BATCH = 1024, BLOCK = 512;
constexpr std::size_t BLOCK_BYTES = std::size_t(16) << 20;  // of the widest matrix of a block

}  // namespace

template <class T> FirstLayer first_layer(const Program& program, const Source& source) {
    const Network& network = program.network;
    if (network.layers.empty() || network.layers.front().kind != LayerKind::dense) return FirstLayer::matrix;
    if (pays_narrow(source, network)) return FirstLayer::narrow;
    if (program.skip_zeros && pays_sparse(source)) return FirstLayer::entries;
    if (program.skip_zeros && pays_sparse_bytes<T>(source, network)) return FirstLayer::sparse_bytes;
    return FirstLayer::matrix;
}

template <class T> int rows_of_block(const Program& program, const Source& source, FirstLayer kind) {
    if (program.has_whole_loss()) return program.batch_size;
    if (program.block) return std::min(program.block, program.batch_size);
    int widest = kind == FirstLayer::entries ? 1 : program.network.inputs;  // sparse rows never become a matrix
    for (const Layer& layer : program.network.layers) widest = std::max(widest, layer.width);
    const std::size_t fitting = BLOCK_BYTES / (sizeof(T) * std::size_t(row_stride<T>(widest)));
    const int most = int(std::clamp<std::size_t>(fitting / ROW_UNIT * ROW_UNIT, ROW_UNIT, LARGE_BATCH));
    if (program.batch_size <= most) return program.batch_size;
    if (kind != FirstLayer::narrow) return std::min(most, BLOCK);
    const bool listed = program.batch_size >= source.rows && ListedRows<T>::pays(source);  // then no bytes need to stay in a cache
    return std::min(most, listed ? LARGE_BATCH : NARROW_ROWS);
}

template <class T>
std::unique_ptr<Input<T>> first_input(FirstLayer kind, const Source& source, Graph<T>& graph, const Choice& choice, const Slivers<T>& slivers,
                                      int threads, bool skip_zeros) {
    switch (kind) {
        case FirstLayer::entries: return std::make_unique<EntriesInput<T>>(source, graph, threads);
        case FirstLayer::narrow: return std::make_unique<NarrowInput<T>>(source, graph, threads, skip_zeros);
        case FirstLayer::sparse_bytes: return std::make_unique<SparseBytesInput<T>>(source, graph, threads);
        case FirstLayer::matrix: break;
    }
    graph.hold_input();
    return std::make_unique<MatrixInput<T>>(graph, 0, &source, choice, slivers);
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template FirstLayer first_layer<T>(const Program&, const Source&); \
    template int rows_of_block<T>(const Program&, const Source&, FirstLayer); \
    template std::unique_ptr<Input<T>> first_input(FirstLayer, const Source&, Graph<T>&, const Choice&, const Slivers<T>&, int, bool)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
