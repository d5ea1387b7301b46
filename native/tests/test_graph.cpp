// The network in memory: what goes into panels comes out of them, and rows are shared out whole.
#include <algorithm>
#include <map>
#include <set>

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

// With weights of few outputs that stand and that lie, and with a part of the first layer for each of two threads.
const Layout LAYOUTS[] = {{.training = true}, {.training = true, .lying = true}, {.training = true, .first_panel_lines = 1, .lying = true, .pair = true},
                          {.training = true, .first_panel_lines = 3, .pair = true}};

// Weights of few outputs lie where a vector is a line: with AVX-512, and in its shapes in plain code, where these were built.
template <class T> const Kernels<T>& kernels() {
    const std::vector<std::string> sets = usable_instruction_sets();
    return kernels_of<T>(std::find(sets.begin(), sets.end(), "wide") != sets.end() ? "wide" : sets.front());
}

template <class T> void round_trip(const Layout& layout) {
    Draw draw(1);
    for (int inputs : {1, 5, 48, 97})
        for (int width : {1, 15, 16, 17, 63, 64, 65, 129, 300}) {
            const Network network = dense_network(inputs, {width, 3});
            const Graph<T> graph(network, kernels<T>(), 8, layout);
            const std::vector<T> flat = draw.reals<T>(std::size_t(network.parameters));
            std::vector<T> packed(graph.packed_size), back(flat.size());
            graph.pack(flat.data(), packed.data());
            graph.unpack(packed.data(), back.data());
            CHECK(flat == back);
        }
}

// W^T in the panels that dX = dZ W^T reads: entry (i, j) of W stands at (j, i).
template <class T> void turned(const Layout& layout) {
    Draw draw(2);
    for (int in : {1, 17, 65, 130})
        for (int out : {1, 16, 33, 130}) {
            const Network network = dense_network(2, {in, out});
            const Graph<T> graph(network, kernels<T>(), 8, layout);
            const std::vector<T> flat = draw.reals<T>(std::size_t(network.parameters));
            std::vector<T> packed(graph.packed_size);
            graph.pack(flat.data(), packed.data());
            const Group<T>& group = graph.groups[1];
            CHECK(group.lies == (layout.lying && out <= kernels<T>().lying_columns));
            for (int p = 0; !group.lies && p < group.panels(); p++) graph.transpose(packed.data(), group, group.panel(packed.data(), p), {0, group.in});
            for (int q = 0; q < group.input_panels(); q++) {
                const Panel<T> panel = group.input_panel(packed.data(), q);
                for (int i = 0; i < panel.columns; i++)
                    for (int j = 0; j < out; j++)
                        CHECK(panel.data[j * panel.stride + i] == flat[std::size_t(group.weight + std::int64_t(panel.first + i) * out + j)]);
            }
        }
}

// Of a layer that threads share out: numbers of different threads in different pages, of all rows.
template <class T> void parts() {
    constexpr int BLOCK = 40;
    for (int width : {17, 64, 100, 112}) {
        const Graph<T> graph(dense_network(20, {width, 3}), kernels<T>(), BLOCK, {.training = true, .first_panel_lines = 2, .pair = true});
        const Node<T>& node = graph.nodes[1];
        std::map<std::ptrdiff_t, int> owners;  // of pages
        std::set<std::ptrdiff_t> places;
        for (int row = 0; row < BLOCK; row++)
            for (int column = 0; column < width; column++) {
                const std::ptrdiff_t at = node.at(row, column);
                CHECK(places.insert(at).second);
                CHECK(owners.emplace(at * std::ptrdiff_t(sizeof(T)) / PAGE, node.parts.at(column)).first->second == node.parts.at(column));
            }
        const Group<T>&first = graph.groups[0], &second = graph.groups[1];
        int column = 0;
        for (int p = 0; p < first.panels(); p++) {
            const Panel<T> panel = first.panel(nullptr, p);
            CHECK(panel.first == column && second.input_panel(nullptr, p).first == column && node.parts.at(column) == p);
            column = node.part_end(column);
            CHECK(column == panel.first + panel.columns);
        }
        CHECK(column == width && second.input_panels() == first.panels());
    }
}

template <class T> void in_all_layouts() {
    for (const Layout& layout : LAYOUTS) round_trip<T>(layout), turned<T>(layout);
}

TEST(weights_come_out_of_their_panels_as_they_went_in_and_their_transpose_stands_beside_them) { in_all_layouts<float>(), in_all_layouts<double>(); }
TEST(parts_of_a_layer_lie_in_pages_of_their_own) { parts<float>(), parts<double>(); }

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
