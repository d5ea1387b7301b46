// The way of a block's rows through a step: forward, the loss, and back. What lies between two barriers is a stage, and its
// units are shared out while it runs (shares.hpp): some rows, which go through all of it; or some rows of a panel of weights,
// where these would not fit a thread's cache.
#include <algorithm>
#include <utility>

#include "session.hpp"

namespace glassnet {

namespace {

constexpr double LITTLE_WORK = 4e6;  // multiply-adds of a block's rows with all weights: below it shares are fixed
constexpr int LEAST_ROWS = 48;       // that a thread takes at once, in whole tiles of 6 and of 8: fewer cost more than waiting does

}  // namespace

template <class T> void Session<T>::plan_stages() {
    using Cut = typename Stage::Cut;
    const auto add = [&](Cut cut, Act act, std::size_t g) {
        if (stages_.empty() || cut != Cut::rows || stages_.back().cut != Cut::rows) stages_.push_back({cut, {}});
        stages_.back().acts.push_back({act, g});
    };
    const std::size_t groups = graph_.groups.size();
    for (std::size_t g = 0; g < groups; g++) {
        if (g == 0 && first().sharing.own_columns) {
            add(Cut::rows, Act::relayed, g);
            continue;
        }
        if (g == 0) add(Cut::rows, Act::enter, g);
        add(choices_[g].by_columns ? Cut::panels : Cut::rows, Act::forward, g);
    }
    add(Cut::rows, Act::loss, groups - 1);
    if (whole_loss_) add(Cut::once, Act::whole_loss, groups - 1);
    add(Cut::rows, Act::after_loss, groups - 1);
    for (std::size_t g = groups - 1; g > 0 && graph_.groups[g].back; g--) {
        const bool by_columns = choices_[g].by_columns && !graph_.groups[g - 1].by_rows_only && graph_.groups[g].input_panels() >= threads_;
        add(by_columns ? Cut::panels : Cut::rows, Act::backward, g);
    }
    const bool little = double(graph_.block) * double(graph_.packed_size) < LITTLE_WORK && program_.least_units == 0;
    dealt_ = std::make_unique<Shares>(threads_, of_stage() + 1, little || threads_ == 1);
    cuts_.resize(groups);
}

// Of the weights that an act has to do with.
template <class T> int Session<T>::panels_of(Act act, std::size_t g) const {
    return act == Act::backward ? graph_.groups[g].input_panels() : graph_.groups[g].panels();
}

// Everything that is shared out in a block of so many rows, but the stages that follow the first.
template <class T> void Session<T>::deal(int count, int rows) {
    if (pair_) return deal_weights(count, rows);
    deal_stage(stages_.front(), count, rows);
    if (choices_.front().lists) dealt_->deal(columns_of_x(), graph_.nodes.front().words, count);
    deal_weights(count, rows);
}

template <class T> void Session<T>::deal_stage(const Stage& stage, int count, int rows) {
    const auto [act, g] = stage.acts.front();
    const int units = (rows + row_unit_ - 1) / row_unit_;
    switch (stage.cut) {
        case Stage::Cut::rows:
            if (act == Act::relayed) return deal_behind_relay(units, count);
            return dealt_->deal(of_stage(), units, count);
        case Stage::Cut::panels: return dealt_->deal(of_stage(), units * panels_of(act, g), count);
        case Stage::Cut::once: return dealt_->deal(of_stage(), 1, count);
    }
}

// A thread that has handed on its last row is ready earlier than the next one, about as long as it took to hand on the first: for
// that it has two units more.
template <class T> void Session<T>::deal_behind_relay(int units, int count) {
    const auto begin = [&](int thread) { return std::min(units, int(std::int64_t(units) * thread / count) + thread * (count - thread)); };
    for (int thread = 0; thread < threads_; thread++)
        dealt_->deal(of_stage(), thread, thread < count ? Range{begin(thread), begin(thread + 1)} : Range{0, 0});
}

// What a thread takes at once at least; everything, where it is alone.
template <class T> int Session<T>::at_least(int units, int count) const {
    return count == 1 ? ALL_UNITS : program_.least_units > 0 ? program_.least_units : units;
}

template <class T> void Session<T>::all_stages(int id, int count, Barrier& barrier, const Batch& batch) {
    if (first().sharing.own_columns) relay(id, batch);
    for (const Stage& each : stages_) {
        if (&each != &stages_.front()) barrier.wait([&] { deal_stage(each, count, batch.count); });
        stage(id, each, batch);
    }
}

template <class T> void Session<T>::stage(int id, const Stage& stage, const Batch& batch) {
    const bool by_panels = stage.cut == Stage::Cut::panels;
    const int of_panel = (batch.count + row_unit_ - 1) / row_unit_, least = at_least(by_panels ? of_panel : LEAST_ROWS / row_unit_, batch.threads);
    const auto rows = [&](int begin, int end) { return Range{begin * row_unit_, std::min(end * row_unit_, batch.count)}; };
    const auto acts_on_rows = [&](Range units) {
        for (const auto& [act, g] : stage.acts) perform(id, act, g, rows(units.begin, units.end), {0, panels_of(act, g)}, batch);
    };
    const auto act_on_panels = [&](Range units) {
        const auto [act, g] = stage.acts.front();
        for (int at = units.begin, end; at < units.end; at = end) {
            const int p = at / of_panel, before = p * of_panel;
            end = std::min(units.end, before + of_panel);
            perform(id, act, g, rows(at - before, end - before), {p, p + 1}, batch);
        }
    };
    const auto work = [&](Range units) { by_panels ? act_on_panels(units) : acts_on_rows(units); };
    dealt_->own(of_stage(), id, least, work);
    dealt_->others(of_stage(), id, least, work);
}

template <class T> void Session<T>::perform(int id, Act act, std::size_t g, Range rows, Range panels, const Batch& batch) {
    switch (act) {
        case Act::relayed: return relayed(rows, batch);
        case Act::enter: return enter(id, rows, batch);
        case Act::forward: return forward(id, g, rows, panels, batch);
        case Act::loss: return loss(id, rows, batch);
        case Act::whole_loss: return whole_loss(id, batch);
        case Act::after_loss: return after_loss(id, rows);
        case Act::backward: return backward(id, g, rows, panels);
    }
}

// Of a block in a call to train().
template <class T> std::int64_t Session<T>::round_of(const Batch& batch) const {
    const int blocks = (program_.batch_size + graph_.block - 1) / graph_.block;
    return 1 + done_ * blocks + batch.begin / graph_.block;
}

// All rows of a block pass through the first layer: this thread's columns of it.
template <class T> void Session<T>::relay(int id, const Batch& batch) {
    const std::int64_t round = round_of(batch);
    const int asked = std::exchange(own_[std::size_t(id)].asked, 0);
    const Task task{batch, id, program_.skip_zeros && weights_finite_, own_columns(id), asked};
    const Moment moment{program_.seed, std::uint32_t(state_->step), batch.begin};
    const int together = batch.threads == 1 ? batch.count : ROW_UNIT;  // alone, there is nobody to hand on to
    const auto from = [&](int begin) { return Range{begin, std::min(begin + together, batch.count)}; };
    int entered = 0;
    const auto enter = [&] {
        if (!task.columns.empty()) first().enter(task, from(entered));
        entered += together;
    };
    for (int begin = 0; begin < batch.count; begin += together) {
        const Range rows = from(begin);
        if (entered == begin) enter();
        while (entered < batch.count && !relay_.has_passed(begin / ROW_UNIT, round, id)) enter();  // in place of waiting
        relay_.wait_for(begin / ROW_UNIT, round, id);
        if (!task.columns.empty()) first().forward(task, packed_, moment, rows, {0, graph_.groups.front().panels()});
        relay_.pass_on(begin / ROW_UNIT, round, id);
    }
}

template <class T> void Session<T>::relayed(Range rows, const Batch& batch) {
    prefetch_targets(rows, batch);
    if (batch.threads > 1 && !rows.empty()) relay_.wait_for((rows.end - 1) / ROW_UNIT, round_of(batch), batch.threads);
}

// They lie anywhere, too, and will be wanted after the products.
template <class T> void Session<T>::prefetch_targets(Range rows, const Batch& batch) const {
    for (int m = rows.begin; m < rows.end; m++)
        lines_of_target(batch.order[m], [](const void* line) __attribute__((always_inline)) { __builtin_prefetch(line); });
}

// Rows of X come in; and where they are not zero is listed.
template <class T> void Session<T>::enter(int id, Range rows, const Batch& batch) {
    prefetch_targets(rows, batch);
    first().enter({batch, id, program_.skip_zeros && weights_finite_}, rows);
    if (choices_.front().lists && weights_finite_) graph_.list_rows(rows, own_[id].listed.rows);
}

template <class T> void Session<T>::forward(int id, std::size_t g, Range rows, Range panels, const Batch& batch) {
    const Moment moment{program_.seed, std::uint32_t(state_->step), batch.begin};
    inputs_[g]->forward({batch, id, program_.skip_zeros && weights_finite_}, packed_, moment, rows, panels);
}

template <class T> void Session<T>::loss(int id, Range rows, const Batch& batch) {
    const Node<T>& P = graph_.nodes[graph_.groups.back().last];
    if (outputs_)
        for (int m = rows.begin; m < rows.end; m++) std::copy_n(P.A + m * P.stride, P.width, outputs_ + batch.order[m] * P.width);
    if (whole_loss_) return;
    const std::ptrdiff_t at = rows.begin * P.stride;
    own_[id].usable &= kernels_.loss(program_.loss, P.A + at, P.stride, P.G + at, P.stride, rows.end - rows.begin, P.width,
                                     targets_.numbers, targets_.classes, batch.order + rows.begin,
                                     sample_weight_ ? shares_ + batch.begin + rows.begin : nullptr, share_,
                                     row_losses_ + batch.begin + rows.begin);
}

template <class T> void Session<T>::whole_loss(int id, const Batch& batch) {
    const Node<T>& P = graph_.nodes[graph_.groups.back().last];
    row_losses_[0] = kernels_.whole_loss(program_.loss, P.A, P.stride, P.G, P.stride, batch.count, P.width, targets_.numbers, batch.order,
                                         sample_weight_ ? shares_ : nullptr, share_, whole_scratch_, own_[id].usable);
}

template <class T> void Session<T>::after_loss(int id, Range rows) {
    const Group<T>& group = graph_.groups.back();
    graph_.posts_backward(group, rows, {0, group.out});
    note_finite(own_[id], graph_.groups.size() - 1, rows, {0, group.out});
}

// dX of a dense layer in a panel of Wᵀ, from row 0 on; and through a ReLU below it.
template <class T> Product<T> Session<T>::back(std::size_t g, int p) const {
    const Group<T>&above = graph_.groups[g], &below = graph_.groups[g - 1];
    const Node<T>&dZ = graph_.nodes[above.output], &dX = graph_.nodes[below.last];
    const Panel<T> panel = above.input_panel(packed_, p);
    Product<T> product{};
    product.A = dZ.G, product.a_stride = dZ.stride;
    product.B = panel.data, product.b_stride = panel.stride;
    product.C = dX.G + dX.at(0, panel.first), product.c_stride = dX.stride;
    product.depth = above.out, product.lines = panel.lines, product.columns = panel.columns;
    if (below.rectifies() && below.posts.empty()) product.gate = dX.A + dX.at(0, panel.first);
    return product;
}

// The same for some rows and panels, and through what stood before the layer to dZ.
template <class T> void Session<T>::backward(int id, std::size_t g, Range rows, Range panels) {
    const Group<T>& below = graph_.groups[g - 1];
    for (int p = panels.begin; p < panels.end; p++) {
        const Product<T> product = of_rows(back(g, p), rows, choices_[g].leave_out_gradient && weights_finite_);
        const Panel<T> panel = graph_.groups[g].input_panel(packed_, p);
        kernels_.multiply(product);
        const Range columns{panel.first, panel.first + panel.columns};
        if (below.by_rows_only) continue;
        if (!product.gate) graph_.posts_backward(below, rows, columns);
        note_finite(own_[id], g - 1, rows, columns);
    }
    if (!below.by_rows_only) return;
    graph_.posts_backward(below, rows, {0, below.out});
    note_finite(own_[id], g - 1, rows, {0, below.out});
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template void Session<T>::plan_stages(); \
    template int Session<T>::panels_of(Act, std::size_t) const; \
    template void Session<T>::deal(int, int); \
    template void Session<T>::deal_stage(const Stage&, int, int); \
    template void Session<T>::deal_behind_relay(int, int); \
    template int Session<T>::at_least(int, int) const; \
    template void Session<T>::all_stages(int, int, Barrier&, const Batch&); \
    template void Session<T>::stage(int, const Stage&, const Batch&); \
    template void Session<T>::perform(int, Act, std::size_t, Range, Range, const Batch&); \
    template std::int64_t Session<T>::round_of(const Batch&) const; \
    template void Session<T>::relay(int, const Batch&); \
    template void Session<T>::relayed(Range, const Batch&); \
    template void Session<T>::prefetch_targets(Range, const Batch&) const; \
    template void Session<T>::enter(int, Range, const Batch&); \
    template void Session<T>::forward(int, std::size_t, Range, Range, const Batch&); \
    template void Session<T>::loss(int, Range, const Batch&); \
    template void Session<T>::whole_loss(int, const Batch&); \
    template void Session<T>::after_loss(int, Range); \
    template Product<T> Session<T>::back(std::size_t, int) const; \
    template void Session<T>::backward(int, std::size_t, Range, Range)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
