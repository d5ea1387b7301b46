// The network in memory: what goes into panels comes out of them, and rows are shared out whole.
#include "../graph.hpp"
#include "../instruction_sets.hpp"
#include "check.hpp"
#include "draw.hpp"

using namespace glassnet;
using glassnet::tests::Draw;

namespace {

Network dense_network(int inputs, const std::vector<int>& widths) {
    Network network;
    network.inputs = inputs;
    int in = inputs;
    for (int width : widths) {
        Layer layer{LayerKind::dense, width, {Function::relu, 0}, network.parameters, network.parameters + std::int64_t(in) * width, 0, {}, {}, 0};
        network.parameters += std::int64_t(in + 1) * width;
        network.layers.push_back(layer);
        in = width;
    }
    return network;
}

template <class T> void round_trip() {
    Draw draw(1);
    for (int inputs : {1, 5, 48, 97})
        for (int width : {1, 15, 16, 17, 63, 64, 65, 129, 300}) {
            const Network network = dense_network(inputs, {width, 3});
            const Graph<T> graph(network, kernels_of<T>("portable"), 8, true);
            const std::vector<T> flat = draw.reals<T>(std::size_t(network.parameters));
            std::vector<T> packed(graph.packed_size), back(flat.size());
            graph.pack(flat.data(), packed.data());
            graph.unpack(packed.data(), back.data());
            CHECK(flat == back);
        }
}

// W^T in the panels that dX = dZ W^T reads: entry (i, j) of W stands at (j, i).
template <class T> void turned() {
    Draw draw(2);
    for (int in : {1, 17, 65, 130})
        for (int out : {1, 16, 33, 130}) {
            const Network network = dense_network(2, {in, out});
            const Graph<T> graph(network, kernels_of<T>(usable_instruction_sets().front()), 8, true);
            const std::vector<T> flat = draw.reals<T>(std::size_t(network.parameters));
            std::vector<T> packed(graph.packed_size);
            graph.pack(flat.data(), packed.data());
            const Group<T>& group = graph.groups[1];
            for (int p = 0; p < group.panels(); p++) graph.transpose(packed.data(), group, p, {0, group.in});
            for (int q = 0; q < group.input_panels(); q++) {
                const Panel<T> panel = panel_of<T>(group.transposed, out, in, q);
                for (int i = 0; i < panel.columns; i++)
                    for (int j = 0; j < out; j++)
                        CHECK(panel.data[j * panel.stride + i] == flat[std::size_t(group.weight + std::int64_t(panel.first + i) * out + j)]);
            }
        }
}

TEST(weights_come_out_of_their_panels_as_they_went_in) { round_trip<float>(), round_trip<double>(); }
TEST(transposed_panels_hold_the_transpose) { turned<float>(), turned<double>(); }

TEST(parts_cover_everything_once) {
    for (int total : {0, 1, 7, 8, 9, 100})
        for (int count = 1; count <= 5; count++) {
            int next = 0;
            for (int id = 0; id < count; id++) {
                const Range range = part(total, ROW_UNIT, id, count);
                CHECK(range.begin == next);
                CHECK(range.end >= range.begin);
                CHECK(range.end == total || range.end % ROW_UNIT == 0);
                next = range.end;
            }
            CHECK(next == total);
        }
}

}  // namespace
