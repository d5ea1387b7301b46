#include "predictor.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "zeros.hpp"

namespace glassnet {

template <class T>
Predictor<T>::Predictor(const Network& network, Activation head, int threads, const Kernels<T>& kernels)
    : kernels_(kernels), network_(network), threads_(threads), head_(head) {
    make_room(1);
    int deepest = 1, widest = 1;
    for (const Group<T>& group : graph_->groups) {
        deepest = std::max(deepest, group.in);
        widest = std::max(widest, group.out);
    }
    tail_ = memory_.take<T>(std::size_t(deepest) * PER_LINE<T>);
    wide_ = memory_.take<T>(std::size_t(row_stride<T>(widest)));
    order_.resize(std::size_t(BLOCK) * threads);
}

// Buffers for as many rows as were ever asked for at once: few, for those who only ever have few.
template <class T> void Predictor<T>::make_room(std::int64_t rows) {
    if (rows <= room_) return;
    room_ = rows <= FEW ? FEW : int(std::min<std::int64_t>(BLOCK * threads_, (rows + BLOCK / 4 - 1) / (BLOCK / 4) * (BLOCK / 4)));
    graph_ = std::make_unique<Graph<T>>(network_, kernels_, room_);
}

template <class T> void Predictor<T>::run(const T* parameters, const Source& source, T* out, bool finite) {
    const std::lock_guard lock(busy_);
    make_room(std::min<std::int64_t>(source.rows, BLOCK * threads_));
    if (source.rows <= FEW) few(parameters, source, out, finite);
    else many(parameters, source, out);
}

template <class T> bool Predictor<T>::finite(const T* parameters) const {
    return std::all_of(parameters, parameters + network_.parameters, [](T w) { return std::isfinite(w); });
}

// What becomes of zeros of the group's input in these rows; of data by lists, which are made for that, where these leave out enough.
template <class T> Zeros Predictor<T>::zeros(const Group<T>& group, Range rows) const {
    const Node<T>& X = graph_->nodes[group.input];
    const int count = rows.end - rows.begin;
    if (!group.dense) return Zeros::take_part;
    if (X.masks) {
        std::int64_t entries = 0;
        graph_->list_rows(rows, entries);
        if (double(entries) < LISTS_PAY * count * group.in) return Zeros::listed;
    }
    if (!group.zeros_in && !(X.often_zero && count == 1)) return Zeros::take_part;  // one row alone waits for its sums: the fewer, the better
    const double share = share_of_numbers(X.A + rows.begin * X.stride, count, X.width, X.stride, SAMPLE_OF_BLOCK);
    return share < LEAVING_OUT_PAYS ? Zeros::met : Zeros::take_part;
}

// Straight from the flat vector: each weight is read once, so packing would double the work.
template <class T> void Predictor<T>::few(const T* parameters, const Source& source, T* out, bool finite) {
    const int rows = int(source.rows);
    if (rows == 0) return;
    graph_->hold_input();
    std::iota(order_.begin(), order_.begin() + rows, 0);
    graph_->gather(source, order_.data(), {0, rows}, finite, {0, 0});
    for (const Group<T>& group : graph_->groups) {
        if (group.dense) multiply_flat(parameters, group, rows, finite ? zeros(group, {0, rows}) : Zeros::take_part);
        graph_->posts(group, {}, {0, rows}, {0, group.out});
    }
    finish({0, rows}, out);
}

template <class T> void Predictor<T>::multiply_flat(const T* parameters, const Group<T>& group, int rows, Zeros zeros) {
    const Node<T>&X = graph_->nodes[group.input], &A = graph_->nodes[group.output];
    const T* W = parameters + group.weight;
    if (group.bias >= 0) std::copy_n(parameters + group.bias, group.out, wide_);
    const T* bias = group.bias >= 0 ? wide_ : nullptr;
    for (int first = 0; first < group.out;) {
        const int left = group.out - first, columns = left >= PER_LINE<T> ? left / PER_LINE<T> * PER_LINE<T> : left;
        Product<T> product{};
        product.A = X.A, product.a_stride = X.stride, product.transposed = false;
        product.B = W + first, product.b_stride = group.out;
        // The last columns: a whole line is read, whose end belongs to the next row, or to whatever follows the weights
        // in the flat vector. Where that is too little they are copied.
        const std::int64_t beyond = group.weight + std::int64_t(group.in) * group.out + PER_LINE<T> - columns;
        if (columns < PER_LINE<T> && beyond > network_.parameters) {
            for (int k = 0; k < group.in; k++) std::copy_n(W + std::ptrdiff_t(k) * group.out + first, columns, tail_ + k * PER_LINE<T>);
            product.B = tail_, product.b_stride = PER_LINE<T>;
        }
        product.C = A.A + first, product.c_stride = A.stride;
        product.rows = rows, product.depth = group.in;
        product.lines = (columns + PER_LINE<T> - 1) / PER_LINE<T>;
        product.bias = bias ? bias + first : nullptr;
        product.lists = zeros == Zeros::listed ? &X.rows : nullptr;
        product.leave_out = zeros == Zeros::met;
        kernels_.multiply(product);
        first += columns;
    }
}

template <class T> void Predictor<T>::many(const T* parameters, const Source& source, T* out) {
    if (!packed_) packed_ = memory_.take<T>(graph_->packed_size);
    graph_->pack(parameters, packed_);
    const bool finite = kernels_.all_finite(packed_, graph_->packed_size);
    const int outputs = graph_->nodes.back().width;
    const int useful = int(std::min<std::int64_t>(threads_, source.rows / FEW));
    const bool entries = graph_->groups.front().dense && pays_sparse(source);
    if (!entries) graph_->hold_input();
    run_together(useful, [&](int id, int count, Barrier&) {
        const std::unique_ptr<SparseBlock<T>> sparse(entries ? new SparseBlock<T>(source, BLOCK, kernels_) : nullptr);
        std::vector<T> line(entries ? std::size_t(source.width) : 0);
        // Every thread takes blocks of rows through all layers, in its own part of the buffers: nobody waits for anybody.
        for (std::int64_t first = std::int64_t(id) * BLOCK; first < source.rows; first += std::int64_t(count) * BLOCK) {
            const Range rows{id * BLOCK, id * BLOCK + int(std::min<std::int64_t>(BLOCK, source.rows - first))};
            for (int m = rows.begin; m < rows.end; m++) order_[m] = first + (m - rows.begin);
            if (sparse) {
                const int taken = rows.end - rows.begin;
                sparse->expect(order_.data() + rows.begin, taken);
                sparse->gather(order_.data() + rows.begin, {0, taken});
                sparse->forward(*graph_, packed_, {}, 0, rows, {0, graph_->groups.front().panels()}, finite, line.data());
            } else {
                graph_->gather(source, order_.data(), rows, finite, {0, 0});
            }
            for (const Group<T>& group : graph_->groups) {
                if (sparse && &group == &graph_->groups.front()) continue;
                graph_->forward(group, packed_, {}, rows, {0, group.panels()}, finite ? zeros(group, rows) : Zeros::take_part);
            }
            finish(rows, out + first * outputs);
        }
    });
}

template <class T> void Predictor<T>::finish(Range rows, T* out) {
    const Node<T>& last = graph_->nodes.back();
    T* A = last.A + rows.begin * last.stride;
    if (head_.function != Function::identity) kernels_.activate(head_, A, last.stride, A, last.stride, rows.end - rows.begin, last.width);
    for (int m = rows.begin; m < rows.end; m++, A += last.stride, out += last.width) std::copy_n(A, last.width, out);
}

template class Predictor<float>;
template class Predictor<double>;

}  // namespace glassnet
