#include "first_layer.hpp"

#include <algorithm>

#include "narrow.hpp"
#include "sparse.hpp"
#include "sparse_bytes.hpp"

namespace glassnet {

namespace {

constexpr int LARGE_BATCH = 1024, BLOCK = 512;
constexpr std::size_t BLOCK_BYTES = std::size_t(16) << 20;  // of the widest matrix of a block

// A pair of layers (pair.cpp) pays where weights are few, in bytes, and rows of a batch, too, whose sums pass from thread to thread;
// and where inputs are, beside the first layer's outputs, since each thread brings all of them in.
constexpr std::int64_t FEW_WEIGHTS = std::int64_t(96) << 10;
constexpr int MOST_ROWS_OF_PAIR = 128, WIDEST_INPUT = 4;

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

template <class T> int lines_of_part(const Program& program, FirstLayer kind, int threads) {
    const std::vector<Layer>& layers = program.network.layers;
    const bool plain = std::all_of(layers.begin(), layers.end(), [](const Layer& layer) { return layer.kind == LayerKind::dense; });
    if (kind != FirstLayer::matrix || !plain || layers.size() < 2 || threads < 2 || program.limited() || program.has_whole_loss()) return 0;
    const Layer& first = layers.front();
    const int lines = (first.width + PER_LINE<T> - 1) / PER_LINE<T>, of_part = std::min(PANEL, (lines + threads - 1) / threads);
    if (first.activation.by_rows() || (lines + of_part - 1) / of_part < threads) return 0;
    if (program.block || program.batch_size > MOST_ROWS_OF_PAIR || program.network.inputs > WIDEST_INPUT * first.width) return 0;
    std::int64_t weights = 0, in = program.network.inputs;
    for (const Layer& layer : layers) weights += in * row_stride<T>(layer.width), in = layer.width;
    return weights * std::int64_t(sizeof(T)) <= FEW_WEIGHTS ? of_part : 0;
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
    template int lines_of_part<T>(const Program&, FirstLayer, int); \
    template int rows_of_block<T>(const Program&, const Source&, FirstLayer); \
    template std::unique_ptr<Input<T>> first_input(FirstLayer, const Source&, Graph<T>&, const Choice&, const Slivers<T>&, int, bool)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
