// The first two layers of a small network, shared out by what lies between them.
//
// Each thread has some columns of A, the first layer's results: the panels of the first W that lead to them, and the rows of the second W
// that start from them. It computes its columns for all rows of a batch; then its own link of each chain of the second X W, which passes
// from thread to thread (relay.hpp); and on the way back its columns of dX. So no thread ever reads another one's part of these W, or of A.
// What passes between processors are the sums of the second layer and their gradients, where it would be all weights and all
// activations. Later layers are shared out by rows, as elsewhere, and so is the loss.
//
// What a thread multiplies is always the same, but for the rows: it is written down once.
#include <algorithm>

#include "session.hpp"

namespace glassnet {

// Memory for what is planned, however many threads will run: taken once, and not in the middle of a training.
template <class T> void Session<T>::hold_columns() {
    const Group<T>&first = graph_.groups[0], &second = graph_.groups[1];
    const std::size_t panels = std::size_t(first.panels()), of_second = std::size_t(second.panels());
    for (Columns& own : columns_) {
        own.X = &own == &columns_.front() ? graph_.nodes.front().A : memory_.take_pages<T>(std::size_t(graph_.block) * graph_.nodes.front().stride);
        own.of.reserve(panels), own.first.reserve(panels), own.back.reserve(panels), own.links.reserve(panels * of_second);
        own.gradients.reserve(panels * (of_second + std::size_t(first.in + CHUNK - 1) / CHUNK));
    }
}

// For `count` threads.
template <class T> void Session<T>::deal_pair(int count) {
    const Group<T>&first = graph_.groups[0], &second = graph_.groups[1];
    for (int id = 0; id < threads_; id++) {
        Columns& own = columns_[std::size_t(id)];
        own.of.clear(), own.first.clear(), own.links.clear(), own.back.clear(), own.gradients.clear();
        const Range panels = id < count ? part(first.panels(), 1, id, count) : Range{0, 0};
        for (int p = panels.begin; p < panels.end; p++) {
            const Panel<T> panel = first.panel(packed_, p);
            own.of.push_back({panel.first, panel.first + panel.columns});
            plan_rows(own, p);
            for (int q = 0; q < second.panels(); q++) plan_gradient(id, second, second.lies ? p : q, own.of.back());
            for (int end = first.in, begin; end > 0; end = begin) {  // the first rows last: the next step begins with them
                begin = std::max(0, end - CHUNK);
                plan_gradient(id, first, p, {begin, end});
            }
        }
    }
}

// What is done with the rows of a batch, for panel p of the first W.
template <class T> void Session<T>::plan_rows(Columns& own, int p) {
    const Group<T>&first = graph_.groups[0], &second = graph_.groups[1];
    const Node<T>&X = graph_.nodes.front(), &A = graph_.nodes[std::size_t(first.output)];
    const Range k = own.of.back();
    Product<T> forward = graph_.product(first, packed_, {0, 0}, p);
    forward.A = own.X, forward.a_stride = X.stride, forward.rectify = first.rectifies();
    own.first.push_back(forward);

    for (int q = 0; q < second.panels(); q++) {
        Product<T> link = graph_.product(second, packed_, {0, 0}, q);
        link.A = A.A + A.at(0, k.begin), link.depth = k.end - k.begin;
        link.resume = k.begin > 0, link.finish = k.end == second.in, link.rectify = link.finish && second.rectifies();
        if (second.lies) {
            const Panel<T> panel = second.input_panel(packed_, p);
            link.lying = true, link.B = panel.data, link.b_stride = panel.stride;
        } else link.B += k.begin * link.b_stride;
        own.links.push_back(link);
    }

    own.back.push_back(back(1, p));
}

// The gradient of some rows of a panel of W; or, where W lies, of a panel of Wᵀ.
template <class T> void Session<T>::plan_gradient(int id, const Group<T>& group, int p, Range rows) {
    Columns& own = columns_[std::size_t(id)];
    const Node<T>& X = graph_.nodes[std::size_t(group.input)];
    Gradient<T> gradient = gradient_of(own_[std::size_t(id)], group, group.lies ? group.input_panel(packed_, p) : group.panel(packed_, p), rows);
    gradient.product.A = group.input == 0 ? own.X + rows.begin : X.A + X.at(0, rows.begin), gradient.product.a_stride = X.stride;
    own.gradients.push_back(gradient);
}

// Returns false where the step's update was not made.
template <class T> bool Session<T>::pair_step(int id, Barrier& barrier, const Batch& batch) {
    Columns& own = columns_[std::size_t(id)];
    const Range rows = part(batch.count, ROW_UNIT, id, batch.threads);
    const std::int64_t round = round_of(batch);
    const int leg = batch.threads == 1 ? batch.count : ROW_UNIT;  // alone, there is nobody to hand on to
    const auto pass_on = [&](int begin) {
        relay_.wait_for(begin / ROW_UNIT, round, id);
        link(own, {begin, std::min(begin + leg, batch.count)});
        relay_.pass_on(begin / ROW_UNIT, round, id);
    };
    prefetch_targets(rows, batch);
    if (!own.of.empty()) graph_.gather(source_, batch.order, {0, batch.count}, false, batch.behind({0, batch.count}), own.X);
    int passed = 0;
    if (id == 0) {  // others wait for its first rows, and it will have to wait for theirs
        columns(own, {0, std::min(leg, batch.count)});
        pass_on(0);
        passed = leg;
    }
    columns(own, {passed, batch.count});
    if (id > 0) turn_columns(id, batch);
    for (; passed < batch.count; passed += leg) pass_on(passed);
    if (id == 0) turn_columns(id, batch);

    if (!rows.empty()) {
        if (batch.threads > 1) relay_.wait_for((rows.end - 1) / ROW_UNIT, round, batch.threads);
        for (std::size_t g = 2; g < graph_.groups.size(); g++) forward(id, g, rows, {0, graph_.groups[g].panels()}, batch);
        loss(id, rows, batch);
        after_loss(id, rows);
        for (std::size_t g = graph_.groups.size() - 1; g > 1; g--) backward(id, g, rows, {0, graph_.groups[g].input_panels()});
    }
    const unsigned round_of_loss = barrier.arrive([&] { take_loss(batch.count); });
    columns_back(id, rows);  // others may still be about theirs
    barrier.wait_for_end_of(round_of_loss);
    if (lost_) return false;
    columns_back(id, {0, rows.begin});
    columns_back(id, {rows.end, batch.count});
    for (const Gradient<T>& each : own.gradients) update_pair(id, each, batch);
    for (std::size_t g = 2; g < graph_.groups.size(); g++)
        dealt_->own(weights_of(g), id, cuts_[g].least, [&](Range units) { gradient(id, g, units, batch); });
    if (id == 0) next_powers();
    return true;
}

// The products with some rows of A, of those that are planned for all.
template <class T> void Session<T>::multiply(const std::vector<Product<T>>& planned, Range rows, bool leave_out) const {
    for (const Product<T>& product : planned) kernels_.multiply(of_rows(product, rows, leave_out));
}

// The thread's columns of A.
template <class T> void Session<T>::columns(const Columns& own, Range rows) {
    const Group<T>& first = graph_.groups.front();
    if (rows.empty()) return;
    multiply(own.first, rows, choices_[0].leave_out && program_.skip_zeros && weights_finite_);
    for (const Range& of : own.of)
        if (!first.rectifies()) graph_.posts(first, {}, rows, of);
}

// What they add to the sums of the second layer; whoever has the last columns finishes these.
template <class T> void Session<T>::link(const Columns& own, Range rows) {
    const Group<T>& second = graph_.groups[1];
    if (own.of.empty()) return;
    multiply(own.links, rows, choices_[1].leave_out && program_.skip_zeros && weights_finite_);
    if (own.of.back().end == second.in && !second.rectifies()) graph_.posts(second, {}, rows, {0, second.out});
}

// The thread's columns of dZ of the first layer.
template <class T> void Session<T>::columns_back(int id, Range rows) {
    const Columns& own = columns_[std::size_t(id)];
    const Group<T>& first = graph_.groups.front();
    if (rows.empty()) return;
    multiply(own.back, rows, choices_[1].leave_out_gradient && weights_finite_);
    for (const Range& of : own.of) {
        if (!first.rectifies()) graph_.posts_backward(first, rows, of);
        note_finite(own_[std::size_t(id)], 0, rows, of);
    }
}

// As rows, where zeros are left out of the second layer's Xᵀ dZ: while others are not ready yet, if there is room for all of them.
template <class T> void Session<T>::turn_columns(int id, const Batch& batch) {
    Columns& own = columns_[std::size_t(id)];
    const Node<T>& A = graph_.nodes[std::size_t(graph_.groups.front().output)];
    own.turned = choices_[1].leave_out && program_.skip_zeros && own.of.size() == 1;
    if (own.turned) turn(id, A.A + A.at(0, own.of.front().begin), A.stride, batch.count, own.of.front());
}

template <class T> void Session<T>::turn(int id, const T* X, std::ptrdiff_t stride, int rows, Range columns) {
    kernels_.transpose(X, stride, rows, columns.end - columns.begin, slivers_->of(id), slivers_->row_stride);
}

template <class T> void Session<T>::update_pair(int id, const Gradient<T>& gradient, const Batch& batch) {
    Own& own = own_[std::size_t(id)];
    const bool of_data = gradient.group->input == 0;
    Product<T> product = gradient.product;
    product.depth = batch.count;
    const bool leaves_out = program_.skip_zeros && (of_data ? choices_[0].leave_out && own.finite[0] : choices_[1].leave_out && finite_everywhere(1));
    if (leaves_out) {
        if (of_data || !columns_[std::size_t(id)].turned) turn(id, product.A, product.a_stride, batch.count, gradient.rows);
        product.A = slivers_->of(id), product.a_stride = slivers_->row_stride;
        product.transposed = false, product.leave_out = true;
    }
    kernels_.multiply(product);
    act(own, gradient, batch);
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template void Session<T>::hold_columns(); \
    template void Session<T>::deal_pair(int); \
    template void Session<T>::plan_rows(Columns&, int); \
    template void Session<T>::plan_gradient(int, const Group<T>&, int, Range); \
    template bool Session<T>::pair_step(int, Barrier&, const Batch&); \
    template void Session<T>::multiply(const std::vector<Product<T>>&, Range, bool) const; \
    template void Session<T>::columns(const Columns&, Range); \
    template void Session<T>::link(const Columns&, Range); \
    template void Session<T>::columns_back(int, Range); \
    template void Session<T>::turn_columns(int, const Batch&); \
    template void Session<T>::turn(int, const T*, std::ptrdiff_t, int, Range); \
    template void Session<T>::update_pair(int, const Gradient<T>&, const Batch&)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
