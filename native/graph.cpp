#include "graph.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <type_traits>

namespace glassnet {

namespace {
int words_of(int width) { return (width + WORD - 1) / WORD; }
bool can_be_listed(int count) { return count < 65536 - WORD; }  // by entries of 16 bits
// So many numbers, at least, that they end with a page; and rows of a panel that do.
template <class T> std::size_t whole_pages(std::size_t numbers) {
    constexpr std::size_t OF_PAGE = PAGE / sizeof(T);
    return (numbers + OF_PAGE - 1) / OF_PAGE * OF_PAGE;
}
int rows_of_pages(int rows, int lines) {
    const int unit = PAGE / LINE / std::gcd(PAGE / LINE, lines);
    return (rows + unit - 1) / unit * unit;
}
constexpr int FEWEST_TO_LOOK_AT = 32;  // numbers of a row: finding out which of fewer are zero takes as long as they do
}  // namespace

template <class T>
Graph<T>::Graph(const Network& network, const Kernels<T>& kernels_, int block_, const Layout& layout_)
    : kernels(kernels_), layout(layout_), block(block_) {
    Node<T> input;
    input.width = network.inputs, input.stride = row_stride<T>(network.inputs), input.words = words_of(network.inputs);
    nodes.push_back(input);
    int width = network.inputs;
    for (const Layer& layer : network.layers) {
        if (layer.kind == LayerKind::dense) add_group(&layer, width, groups.empty() ? layout.first_panel_lines : PANEL);
        else {
            if (groups.empty()) add_group(nullptr, width, PANEL);
            add_post(layer);
        }
        width = layer.kind == LayerKind::dense ? layer.width : width;
    }
    for (Group<T>& group : groups) look_for_zeros(group);
}

template <class T> void Graph<T>::hold_input() {
    Node<T>& node = nodes.front();
    if (node.A) return;
    node.A = memory_.take<T>(std::size_t(block) * node.stride);
    reserve_lists();
}

template <class T> int Graph<T>::add_node(int width, bool own_gradient, bool often_zero, const Panels<T>& parts) {
    Node<T> node;
    node.width = width;
    node.parts = parts;
    node.stride = row_stride<T>(parts.count() ? parts.widest() * PER_LINE<T> : width);
    node.next_part = std::ptrdiff_t(whole_pages<T>(std::size_t(block) * node.stride));
    const auto take = [&] { return parts.count() ? memory_.take_pages<T>(std::size_t(node.next_part) * parts.count()) : memory_.take<T>(std::size_t(block) * node.stride); };
    node.A = take();
    if (layout.training) node.G = own_gradient ? take() : nodes.back().G;
    node.often_zero = often_zero;
    nodes.push_back(node);
    return int(nodes.size()) - 1;
}

template <class T> void Graph<T>::add_group(const Layer* layer, int in, int panel_lines) {
    Group<T> group;
    const bool first = groups.empty(), second = groups.size() == 1;
    group.in = in;
    group.out = layer ? layer->width : in;
    group.input = group.output = group.last = int(nodes.size()) - 1;
    group.cut = Panels<T>(in, group.out, panel_lines), group.input_cut = Panels<T>(group.out, in);
    if (layer) {
        group.dense = true;
        group.activation = layer->activation;
        group.weight = layer->weight;
        group.bias = layer->bias;
        group.l2 = layer->l2, group.l2_shared = layer->l2_shared;
        if (layout.pair && first) group.cut = Panels<T>(rows_of_pages(in, group.widest_panel()), group.out, panel_lines);
        if (layout.pair && second) group.input_cut = Panels<T>(rows_of_pages(group.out, groups.front().widest_panel()), in, groups.front().widest_panel());
        group.output = group.last = add_node(group.out, true, layer->activation.function == Function::relu, layout.pair && first ? group.cut : Panels<T>{});
        group.panels_at = std::ptrdiff_t(packed_size);
        group.back = layout.training && std::any_of(groups.begin(), groups.end(), [](const Group<T>& g) { return g.dense; });
        group.lies = group.back && layout.lying && group.out <= kernels.lying_columns;
        packed_size += group.size();
        group.bias_at = std::ptrdiff_t(packed_size);
        packed_size += std::size_t(row_stride<T>(group.out));
        if (group.back && !group.lies) group.transposed = layout.pair ? memory_.take_pages<T>(group.input_cut.size()) : memory_.take<T>(group.input_cut.size());
        if (layout.pair) packed_size = whole_pages<T>(packed_size);
    }
    group.by_rows_only = group.activation.by_rows();
    groups.push_back(group);
}

template <class T> void Graph<T>::add_post(const Layer& layer) {
    Group<T>& group = groups.back();
    if (layer.kind == LayerKind::dropout && (!layout.training || layer.rate == 0)) return;
    Post<T> post;
    post.kind = layer.kind;
    post.activation = layer.activation;
    post.index = layer.index;
    post.from = group.last;
    const bool zeros = layer.kind == LayerKind::dropout || layer.activation.function == Function::relu;
    post.to = group.last = add_node(group.out, false, zeros);
    if (layer.kind == LayerKind::dropout) {
        post.threshold = std::uint64_t(std::nearbyint((1.0 - layer.rate) * 4294967296.0));
        post.factor = T(1 / (1 - layer.rate));
        post.keep = memory_.take<std::uint8_t>(std::size_t(block) * group.out);
    }
    if (layer.kind == LayerKind::rescale) {
        post.factors = memory_.take<T>(std::size_t(group.out));
        post.offsets = memory_.take<T>(std::size_t(group.out));
        std::copy(layer.factor.begin(), layer.factor.end(), post.factors);
        std::copy(layer.offset.begin(), layer.offset.end(), post.offsets);
    }
    group.by_rows_only |= layer.activation.by_rows();
    group.posts.push_back(post);
}

// Where data, or what a ReLU or a dropout has left, meets weights; and what comes back through these.
template <class T> void Graph<T>::look_for_zeros(Group<T>& group) const {
    bool zeros = nodes[group.output].often_zero;
    for (const Post<T>& post : group.posts) zeros |= nodes[post.to].often_zero;
    const bool often_zero = group.input == 0 || nodes[group.input].often_zero;
    group.zeros_in = group.dense && often_zero && group.in >= FEWEST_TO_LOOK_AT && group.lines() > 1;
    group.zeros_back = group.back && zeros && group.out >= FEWEST_TO_LOOK_AT && group.input_lines() > 1;
}

namespace {
// Lines of outputs from which it pays to write down the numbers beside their places: so many panels read them.
constexpr int LINES_FOR_ROW_VALUES = 3 * PANEL + 1, LINES_FOR_COLUMN_VALUES = PANEL + 1;
}  // namespace

template <class T>
void reserve_room(Memory& memory, Lists<T>& lists, int tile, int items, int depth, int blocks, bool with_values) {
    lists.tile = tile, lists.blocks = blocks;
    lists.tiles = (items + WORD - 1) / WORD * WORD / tile + 1;
    lists.stride = depth + 2 * WORD, lists.values_stride = row_stride<T>(depth * tile);
    const std::size_t count = std::size_t(lists.tiles) * std::size_t(blocks);
    lists.entries = memory.take<std::uint16_t>(count * std::size_t(lists.stride));
    if (with_values) lists.values = memory.take<T>(count * std::size_t(lists.values_stride));
    lists.counts = memory.take<std::int32_t>(count);
}

template void reserve_room<float>(Memory&, Lists<float>&, int, int, int, int, bool);
template void reserve_room<double>(Memory&, Lists<double>&, int, int, int, int, bool);

// Masks and lists for data that is often zero, as long as a list's entries can number it.
template <class T> void Graph<T>::reserve_lists() {
    const Group<T>& group = groups.front();
    Node<T>& node = nodes.front();
    if (!group.dense || !can_be_listed(node.width) || !can_be_listed(block) || group.out <= kernels.few_columns) return;
    node.masks = memory_.take<std::uint32_t>(std::size_t(block) * node.words + LINE);  // whole vectors of words are read
    const int lines = group.widest_panel();
    const bool row_values = group.lines() >= LINES_FOR_ROW_VALUES, column_values = group.lines() >= LINES_FOR_COLUMN_VALUES;
    reserve_room(memory_, node.rows, kernels.row_tile[lines], block, std::min(LIST_WORDS, node.words) * WORD, list_blocks(node.words), row_values);
    if (layout.training) reserve_room(memory_, node.columns, kernels.column_tile[lines], node.width, block, 1, column_values);
}

// Calls copy(from, step, to, count) for weights that stand side by side in the packed vector: where their first one is in the flat one,
// how far apart they are there, where it is in the packed one, and how many they are.
template <class T> template <class Copy> void Graph<T>::each_row(const T* packed, const Group<T>& group, const Copy& copy) const {
    for (int p = 0; p < (group.lies ? group.input_panels() : group.panels()); p++) {
        const Panel<T> panel = group.lies ? group.input_panel(packed, p) : group.panel(packed, p);
        for (int row = 0; row < (group.lies ? group.out : group.in); row++) {
            const std::int64_t from = group.lies ? std::int64_t(panel.first) * group.out + row : std::int64_t(row) * group.out + panel.first;
            copy(group.weight + from, group.lies ? group.out : 1, panel.data - packed + row * panel.stride, panel.columns);
        }
    }
}

template <class T> void Graph<T>::pack(const T* flat, T* packed) const {
    for (const Group<T>& group : groups) {
        if (!group.dense) continue;
        each_row(packed, group, [&](std::int64_t from, int step, std::ptrdiff_t to, int count) {
            if (step == 1) std::copy_n(flat + from, count, packed + to);
            else for (int i = 0; i < count; i++) packed[to + i] = flat[from + std::int64_t(i) * step];
        });
        if (group.bias >= 0) std::copy_n(flat + group.bias, group.out, packed + group.bias_at);
    }
}

template <class T> void Graph<T>::unpack(const T* packed, T* flat) const {
    for (const Group<T>& group : groups) {
        if (!group.dense) continue;
        each_row(packed, group, [&](std::int64_t to, int step, std::ptrdiff_t from, int count) {
            if (step == 1) std::copy_n(packed + from, count, flat + to);
            else for (int i = 0; i < count; i++) flat[to + std::int64_t(i) * step] = packed[from + i];
        });
        if (group.bias >= 0) std::copy_n(packed + group.bias_at, group.out, flat + group.bias);
    }
}

template <class T> void Graph<T>::transpose(const T* packed, const Group<T>& group, const Panel<T>& panel, Range rows) const {
    for (int q = 0; q < group.input_panels(); q++) {
        const Panel<T> to = group.input_panel(packed, q);
        const int begin = std::max(rows.begin, to.first), stop = std::min(rows.end, to.first + to.columns);
        if (begin >= stop) continue;
        T* out = const_cast<T*>(to.data) + panel.first * to.stride + (begin - to.first);
        kernels.transpose(panel.data + begin * panel.stride, panel.stride, stop - begin, panel.columns, out, to.stride);
    }
}

namespace {

// For few numbers a call would take longer than they do. (std::copy_n becomes a loop whose speed depends on where it is.)
constexpr std::size_t PIECE = 16, FEW_BYTES = 256;
inline void copy_bytes(const void* from, void* out, std::size_t count) {
    if (count < PIECE || count > FEW_BYTES) {
        std::memcpy(out, from, count);
        return;
    }
    const char* read = static_cast<const char*>(from);
    char* written = static_cast<char*>(out);
    for (std::size_t at = 0; at + PIECE < count; at += PIECE) std::memcpy(written + at, read + at, PIECE);
    std::memcpy(written + count - PIECE, read + count - PIECE, PIECE);
}

template <class T, class V> void copy_row(const V* from, T* out, int width) {
    if constexpr (std::is_same_v<T, V>) copy_bytes(from, out, std::size_t(width) * sizeof(T));
    else
        for (int i = 0; i < width; i++) out[i] = T(from[i]);
}

// Sparse entries over zeros; then the scale, which zeros take part in.
template <class T, class V>
void scatter_row(const Source& source, std::int64_t row, T* out, const Kernels<T>& kernels) {
    std::fill_n(out, source.width, T(0));
    const V* values = static_cast<const V*>(source.values);
    for (std::int64_t i = source.pointers[row]; i < source.pointers[row + 1]; i++) out[source.columns[i]] = T(values[i]);
    if (source.scale) kernels.scale(out, source.width, source.scale);
}

// The row as numbers and, where it is asked for, the mask of what is not zero in it.
template <class T>
void copy_source_row(const Source& source, std::int64_t row, T* out, std::uint32_t* mask, const Kernels<T>& kernels) {
    const std::int64_t at = row * source.width;
    switch (source.kind) {
        case Source::Kind::bytes:
            return kernels.scale_bytes(static_cast<const std::uint8_t*>(source.values) + at, out, source.width, source.scale, mask);
        case Source::Kind::floats: copy_row(static_cast<const float*>(source.values) + at, out, source.width); break;
        case Source::Kind::doubles: copy_row(static_cast<const double*>(source.values) + at, out, source.width); break;
        case Source::Kind::sparse_floats: scatter_row<T, float>(source, row, out, kernels); break;
        case Source::Kind::sparse_doubles: scatter_row<T, double>(source, row, out, kernels); break;
    }
    if (mask) kernels.mask_row(out, source.width, mask);
}

// Rows lie anywhere in the data: their lines are asked for some rows ahead. Inlined always: a call of a function that does
// nothing but prefetch is taken for a call without effect, and removed, by GCC.
inline __attribute__((always_inline)) void prefetch_row(const Source& source, std::int64_t row) {
    const int size = source.kind == Source::Kind::bytes ? 1 : source.kind == Source::Kind::floats ? 4 : 8;
    if (source.pointers) return;
    const char* first = static_cast<const char*>(source.values) + row * source.width * size;
    for (std::int64_t byte = 0; byte < std::int64_t(source.width) * size && byte < 4096; byte += LINE) __builtin_prefetch(first + byte);
}

constexpr int ROWS_AHEAD = 12;

}  // namespace

template <class T>
void Graph<T>::gather(const Source& source, const std::int64_t* order, Range rows, bool look_for_zeros, Range following, T* X) const {
    const Node<T>& node = nodes[0];
    if (!X) X = node.A;
    for (int m = rows.begin; m < rows.end; m++) {
        const int ahead = m + ROWS_AHEAD, beyond = following.begin + ahead - rows.end;
        if (ahead < rows.end) prefetch_row(source, order[ahead]);
        else if (beyond < following.end) prefetch_row(source, order[beyond]);
        std::uint32_t* mask = look_for_zeros && node.masks ? node.masks + std::ptrdiff_t(m) * node.words : nullptr;
        copy_source_row(source, order[m], X + m * node.stride, mask, kernels);
    }
}

template <class T> void Graph<T>::list_rows(Range rows, std::int64_t& entries) const {
    Node<T> node = nodes.front();
    const int made = kernels.list_rows(node.masks, node.words, node.A, node.stride, rows.begin, rows.end, node.rows);
    entries += std::int64_t(made) * node.rows.tile;
}

template <class T> Product<T> Graph<T>::product(const Group<T>& group, const T* packed, Range rows, int p) const {
    const Node<T>&X = nodes[group.input], &A = nodes[group.output];
    const Panel<T> panel = group.panel(packed, p);
    Product<T> product{};
    product.A = X.A ? X.A + X.at(rows.begin, 0) : nullptr, product.a_stride = X.stride, product.transposed = false;
    product.B = panel.data, product.b_stride = panel.stride;
    product.C = A.A + A.at(rows.begin, panel.first), product.c_stride = A.stride;
    product.rows = rows.end - rows.begin, product.depth = group.in, product.lines = panel.lines, product.columns = panel.columns;
    product.bias = group.bias >= 0 ? packed + group.bias_at + panel.first : nullptr;
    product.first_row = rows.begin, product.resume = false, product.finish = true;
    return product;
}

template <class T>
void Graph<T>::forward(const Group<T>& group, const T* packed, const Moment& moment, Range rows, Range panels,
                       Zeros zeros) const {
    if (rows.empty()) return;
    if (group.lies) return forward_lying(group, packed, moment, rows);
    for (int p = panels.begin; group.dense && p < panels.end; p++) {
        const Panel<T> panel = group.panel(packed, p);
        Product<T> product = this->product(group, packed, rows, p);
        product.lists = zeros == Zeros::listed ? &nodes.front().rows : nullptr;
        product.leave_out = zeros == Zeros::met;
        product.rectify = group.rectifies();
        kernels.multiply(product);
        if (!group.by_rows_only) posts(group, moment, rows, {panel.first, panel.first + panel.columns}, product.rectify);
    }
    if (group.by_rows_only || !group.dense) posts(group, moment, rows, {0, group.out}, group.rectifies());
}

// Cut across k, in panels of W^T.
template <class T> void Graph<T>::forward_lying(const Group<T>& group, const T* packed, const Moment& moment, Range rows) const {
    Product<T> product = this->product(group, packed, rows, 0);
    product.lying = true;
    for (int q = 0; q < group.input_panels(); q++) {
        const Panel<T> panel = group.input_panel(packed, q);
        product.B = panel.data, product.b_stride = panel.stride;
        product.depth = panel.columns, product.finish = q + 1 == group.input_panels();
        product.rectify = product.finish && group.rectifies();
        kernels.multiply(product);
        product.A += panel.columns, product.resume = true;
    }
    posts(group, moment, rows, {0, group.out}, group.rectifies());
}

// On some columns, or all of them where a softmax is among them.
template <class T> void Graph<T>::posts(const Group<T>& group, const Moment& moment, Range rows, Range columns, bool activated) const {
    const int count = rows.end - rows.begin, width = columns.end - columns.begin;
    const auto at = [&](const Node<T>& node) { return node.A + node.at(rows.begin, columns.begin); };
    if (group.dense && !activated) {
        const Node<T>& A = nodes[group.output];
        kernels.activate(group.activation, at(A), A.stride, at(A), A.stride, count, width);
    }
    for (const Post<T>& post : group.posts) {
        const Node<T>&from = nodes[post.from], &to = nodes[post.to];
        if (post.kind == LayerKind::activation) {
            kernels.activate(post.activation, at(from), from.stride, at(to), to.stride, count, width);
            continue;
        }
        for (int m = rows.begin; m < rows.end && post.factors; m++)
            kernels.rescale(from.A + from.at(m, columns.begin), post.factors + columns.begin, post.offsets + columns.begin,
                            to.A + to.at(m, columns.begin), width);
        for (int m = rows.begin; m < rows.end && post.keep; m++) {
            std::uint8_t* keep = post.keep + std::ptrdiff_t(m) * group.out + columns.begin;
            const std::uint64_t first = std::uint64_t(moment.first_row + m) * std::uint64_t(group.out) + std::uint64_t(columns.begin);
            kernels.keep_mask(moment.seed, moment.step, post.index, first, width, post.threshold, keep);
            const T* X = from.A + from.at(m, columns.begin);
            kernels.drop(X, keep, post.factor, to.A + to.at(m, columns.begin), width);
        }
    }
}

// From dA of the group's last node to dZ, in place.
template <class T> void Graph<T>::posts_backward(const Group<T>& group, Range rows, Range columns) const {
    const int count = rows.end - rows.begin, width = columns.end - columns.begin;
    const Node<T>& output = nodes[group.output];
    T* G = output.G + output.at(rows.begin, columns.begin);
    for (auto post = group.posts.rbegin(); post != group.posts.rend(); ++post) {
        if (post->kind == LayerKind::activation) {
            const Node<T>& kept = nodes[post->activation.by_inputs() ? post->from : post->to];
            kernels.activate_backward(post->activation, G, output.stride, kept.A + kept.at(rows.begin, columns.begin), kept.stride, count, width);
            continue;
        }
        for (int m = rows.begin; m < rows.end; m++) {
            T* g = output.G + output.at(m, columns.begin);
            if (post->factors) kernels.rescale(g, post->factors + columns.begin, nullptr, g, width);
            else kernels.drop(g, post->keep + std::ptrdiff_t(m) * group.out + columns.begin, post->factor, g, width);
        }
    }
    const T* A = output.A + output.at(rows.begin, columns.begin);
    kernels.activate_backward(group.activation, G, output.stride, A, output.stride, count, width);
}

template class Graph<float>;
template class Graph<double>;

}  // namespace glassnet
