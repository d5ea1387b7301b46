// What becomes of the weights in a step: who has which, their gradients, and the rule.
#include <algorithm>
#include <numeric>

#include "session.hpp"

namespace glassnet {

namespace {

constexpr int LINES_OF_PAGE = PAGE / LINE;
constexpr int NEAR = 16;  // this part of a thread's share, at most
constexpr int LINES_FOR_A_LINE = 3;  // of weights that the rule acts on, before it asks for another one of a row
constexpr int MOST_TAKINGS = 16;  // of a thread's share of a group, about: weights that change hands are not in the cache

int units(int rows, int unit) { return (rows + unit - 1) / unit; }

// Makes a thread the only one whose cache has these lines, while it does other things. Where others have read them, a number can be
// written only after they have lost them, which takes some 7 ns a line in the rule's way; a prefetch for writing does nothing
// for a line that the thread's own cache has already.
template <class T> void claim(T* numbers, std::size_t count) {
    for (std::size_t i = 0; i < count; i += PER_LINE<T>) {
        volatile T& number = numbers[i];
        number = number;
    }
}

// Units are taken in the order in which weights are updated: from the last row to the first.
Range back_to_front(Range units, int all) { return {all - units.end, all - units.begin}; }

}  // namespace

// Of a row of so many lines, in lines.
template <class T> std::int64_t Session<T>::work(std::size_t g, int lines) const { return lines * (g > 0 ? first().sharing.work_above : 1); }

// Each thread has an equal part of the work with the weights: of all of them where they are few; else of each layer's, since
// a weight is more work in some layers than in others. A unit is some rows of a panel, panel after panel; or of all panels.
template <class T> void Session<T>::deal_weights(int count, int rows) {
    bool as_before = weights_dealt_to_ == count;
    for (std::size_t g = 0; g < cuts_.size(); g++) as_before &= cuts_[g].stripes.by_panels == inputs_[g]->stripes(rows).by_panels;
    if (as_before && dealt_->fixed()) return;
    if (!as_before) cut_weights(count, rows);
    if (!as_before && pair_) deal_pair(count);
    for (std::size_t g = 0; g < cuts_.size(); g++)
        for (int thread = 0; thread < threads_; thread++) dealt_->deal(weights_of(g), thread, own_[std::size_t(thread)].weights[g]);
}

// What a cut was moved by is made up for in the layers that follow.
template <class T> void Session<T>::cut_weights(int count, int rows) {
    const bool few = lines_of_weights_ * LINE <= std::int64_t(OWN_CACHE);
    const int chunk = CHUNK / row_unit_;
    std::int64_t before = 0;  // work with all layers so far
    for (Own& own : own_) own.work = 0;
    weights_dealt_to_ = count;
    for (std::size_t g = 0; g < graph_.groups.size(); g++) {
        const Group<T>& group = graph_.groups[g];
        Cut& cut = cuts_[g];
        cut.stripes = inputs_[g]->stripes(rows);
        if (!group.dense || (pair_ && g < 2)) continue;
        cut.units = group.lies ? group.input_panels() : units(group.in, row_unit_) * (cut.stripes.by_panels ? group.panels() : 1);
        cut.least = group.lies ? at_least(1, count) : inputs_[g]->sharing.own_sums ? ALL_UNITS : at_least(std::max(1, cut.units / count / MOST_TAKINGS / chunk) * chunk, count);
        const std::int64_t all = work_until(g, cut.units);
        int begin = 0;
        for (std::int64_t thread = 0, dealt = 0; thread < threads_; thread++) {
            Own& own = own_[std::size_t(thread)];
            dealt += own.work;  // to this thread and those before it, of earlier layers
            const std::int64_t due = few ? work_of_weights_ * (thread + 1) / count - before : (before + all) * (thread + 1) / count - dealt;
            int end = thread + 1 < count ? std::max(begin, units_until(g, due)) : cut.units;
            if (pair_ && thread + 1 < count) end = (cut.units * int(thread + 1) + count - 1) / count;  // its first threads are ready earlier
            own.weights[g] = back_to_front({begin, end}, cut.units);
            own.work += work_until(g, end) - work_until(g, begin);
            begin = end;
        }
        before += all;
    }
}

// Rows of W before a cut at about this one. It is moved to the end of a page, if that is near: beyond it lie another thread's
// weights, which would be fetched ahead for this one, and have to be taken back before they may be written.
template <class T> int Session<T>::cut_at(const Group<T>& group, int row) const {
    if (group.panels_at * std::int64_t(sizeof(T)) % PAGE != 0) return row;
    const int rows_of_pages = LINES_OF_PAGE / std::gcd(LINES_OF_PAGE, group.widest_panel());
    const int nearest = (row + rows_of_pages / 2) / rows_of_pages * rows_of_pages;
    return std::abs(nearest - row) * NEAR * threads_ <= group.in ? std::min(nearest, group.in) : row;
}

// The units of a group in which so much of its work is done.
template <class T> int Session<T>::units_until(std::size_t g, std::int64_t much) const {
    const Group<T>& group = graph_.groups[g];
    const auto rows_until = [&](std::int64_t before, int lines) {
        const std::int64_t rows = (much - before) / work(g, lines);
        return int(std::clamp<std::int64_t>((rows + row_unit_ / 2) / row_unit_ * row_unit_, 0, group.in));
    };
    if (group.lies) {
        int found = 0;
        while (found < cuts_[g].units && work_until(g, found) + work_until(g, found + 1) <= 2 * much) found++;  // the nearest
        return found;
    }
    if (!cuts_[g].stripes.by_panels) return units(cut_at(group, rows_until(0, group.lines())), row_unit_);
    int found = 0;
    for (int p = 0; p < group.panels(); p++) {
        const Panel<T> panel = group.panel(packed_, p);
        found += units(rows_until(group.in * work(g, panel.first / PER_LINE<T>), panel.lines), row_unit_);
    }
    return found;
}

// And the work that is done in so many units.
template <class T> std::int64_t Session<T>::work_until(std::size_t g, int counted) const {
    const Group<T>& group = graph_.groups[g];
    if (group.lies) {
        std::int64_t sum = 0;
        for (int q = 0; q < counted; q++) sum += group.out * work(g, group.input_panel(packed_, q).lines);
        return sum;
    }
    const auto rows = [&](int of_units) { return std::int64_t(std::clamp(of_units * row_unit_, 0, group.in)); };
    if (!cuts_[g].stripes.by_panels) return rows(counted) * work(g, group.lines());
    const int of_panel = units(group.in, row_unit_);
    std::int64_t sum = 0;
    for (int p = 0; p < group.panels(); p++) sum += rows(counted - p * of_panel) * work(g, group.panel(packed_, p).lines);
    return sum;
}

// Of X: those whose weights a thread was dealt.
template <class T> Range Session<T>::own_columns(int id) const {
    const Range units = back_to_front(own_[std::size_t(id)].weights.front(), cuts_.front().units);
    const int all = graph_.groups.front().in;
    return {std::min(units.begin * row_unit_, all), std::min(units.end * row_unit_, all)};
}

// A thread's own weights in all layers first, then what others have left.
template <class T> void Session<T>::gradients_and_update(int id, const Batch& batch) {
    for (std::size_t g = 0; g < cuts_.size(); g++)
        dealt_->own(weights_of(g), id, cuts_[g].least, [&](Range units) { gradient(id, g, units, batch); });
    for (std::size_t g = first().sharing.own_sums ? 1 : 0; g < cuts_.size(); g++)
        dealt_->others(weights_of(g), id, cuts_[g].least, [&](Range units) { gradient(id, g, units, batch); });
    if (id == 0 && batch.last) next_powers();
}

template <class T> void Session<T>::next_powers() {
    if (!program_.update.corrected()) return;
    state_->beta1_power *= update_.beta1;
    state_->beta2_power *= update_.beta2;
}

// Panel after panel, where they are taken one by one: what a thread reads of dZ stays in its cache, and so do its weights.
template <class T> void Session<T>::gradient(int id, std::size_t g, Range counted, const Batch& batch) {
    const Range taken = back_to_front(counted, cuts_[g].units);
    const Group<T>& group = graph_.groups[g];
    const Task task{batch, id, program_.skip_zeros && finite_everywhere(g), first().sharing.own_columns ? own_columns(id) : Range{0, 0}};
    for (int q = taken.end - 1; group.lies && q >= taken.begin; q--) {
        const Panel<T> panel = group.input_panel(packed_, q);
        chunk(task, g, panel, {panel.first, panel.first + panel.columns});
    }
    if (group.lies) return;
    const auto rows = [&](Range units) { return Range{units.begin * row_unit_, std::min(units.end * row_unit_, group.in)}; };
    if (!cuts_[g].stripes.by_panels) return stripes(task, g, rows(taken), {0, group.panels()});
    const int of_panel = units(group.in, row_unit_);
    for (int p = group.panels() - 1; p >= 0; p--) {
        const Range here{std::max(taken.begin - p * of_panel, 0), std::min(taken.end - p * of_panel, of_panel)};
        if (!here.empty()) stripes(task, g, rows(here), {p, p + 1});
    }
}

template <class T> void Session<T>::stripes(const Task& task, std::size_t g, Range rows, Range panels) {
    const Stripes& cut = cuts_[g].stripes;
    const int size = rows.end - rows.begin, count = units(size, cut.rows);
    for (int s = count - 1; s >= 0; s--) {
        const Range of_size = part(size, STRIPE_UNIT, s, count), stripe{rows.begin + of_size.begin, rows.begin + of_size.end};
        inputs_[g]->begin_stripe(task, stripe);
        for (int p = panels.end - 1; p >= panels.begin; p--)
            for (int c = units(stripe.end - stripe.begin, cut.chunk) - 1; c >= 0; c--) {
                const int begin = stripe.begin + c * cut.chunk;
                chunk(task, g, graph_.groups[g].panel(packed_, p), {begin, std::min(begin + cut.chunk, stripe.end)});
            }
    }
}

// Of the rows that come next, what is asked for while the rule acts on some rows of a panel. As late as it can be: what comes early
// has left the cache when it is wanted.
template <class T> Ahead Session<T>::ahead_of(const Task& task, std::size_t g, const Panel<T>& panel, Range rows, const void** lines) {
    const Range columns = task.columns;
    const int of_x = columns.empty() ? 0 : first().lines_of_row(task);
    if (g > 0 || of_x == 0 || limited_ || !takes_roots(update_.rule)) return {};
    const int now = (rows.end - rows.begin) * panel.lines;
    const int later = (rows.begin - columns.begin) * panel.lines + (columns.end - columns.begin) * panel.first / PER_LINE<T>;
    const int for_a_row = LINES_FOR_A_LINE * (of_x + LINES_OF_TARGET);
    int& asked = own_[std::size_t(task.thread)].asked;
    const int count = std::clamp(task.batch.following - asked - later / for_a_row, 0, now / for_a_row);
    const std::int64_t* order = task.batch.order + task.batch.count + asked;
    asked += count;
    const void** end = lines;
    for (int i = 0; i < count; i++) {
        first().find_lines(task, order[i], end);
        end += of_x;
        lines_of_target(order[i], [&](const void* line) { *end++ = line; });
    }
    return {lines, int(end - lines)};
}

// Weights that are in the caches of all threads when a step ends.
template <class T> bool Session<T>::read_by_all(std::size_t g) const {
    const Group<T>& group = graph_.groups[g];
    return (g > 0 || !first().sharing.own_columns) && group.size() * sizeof(T) <= OWN_CACHE;
}

// The rule, for some numbers of the packed vector; later, where the gradient is limited as a whole.
template <class T> void Session<T>::apply(Own& own, std::ptrdiff_t at, const T* gradient, std::size_t size, const Ahead& ahead) {
    if (limited_) return;
    T* moments[MOMENTS] = {moment(0, at), moment(1, at), moment(2, at)};
    own.weights_finite &= kernels_.update(update_, packed_ + at, gradient, moments, size, ahead);
}

// Of some rows of a panel of W; or, of weights that lie, of a whole panel of Wᵀ. X is to be filled in.
template <class T> Gradient<T> Session<T>::gradient_of(const Own& own, const Group<T>& group, const Panel<T>& panel, Range rows) const {
    const Node<T>& dZ = graph_.nodes[std::size_t(group.output)];
    const Range columns = group.lies ? Range{0, group.out} : Range{panel.first, panel.first + panel.columns};
    Gradient<T> gradient{.group = &group, .panel = panel, .rows = rows};
    gradient.at = panel.data - packed_ + (group.lies ? 0 : rows.begin * panel.stride);
    gradient.size = std::size_t(group.lies ? group.out : rows.end - rows.begin) * panel.stride;
    if (rows.begin == 0 && group.bias >= 0) gradient.bias = group.bias_at + columns.begin;
    Product<T>& product = gradient.product;
    product.transposed = true, product.lying = group.lies;
    product.B = dZ.G + dZ.at(0, columns.begin), product.b_stride = dZ.stride;
    product.C = gradient_ ? gradient_ + gradient.at : scratch(own, gradient.at), product.c_stride = panel.stride;
    product.rows = rows.end - rows.begin, product.first_row = rows.begin;
    product.lines = group.lies ? group.lines() : panel.lines, product.columns = columns.end - columns.begin;
    return gradient;
}

// It is finished first; then, in the last block, the rule acts on it.
template <class T> void Session<T>::chunk(const Task& task, std::size_t g, const Panel<T>& panel, Range rows) {
    const Batch& batch = task.batch;
    Own& own = own_[std::size_t(task.thread)];
    const Gradient<T> gradient = gradient_of(own, graph_.groups[g], panel, rows);
    Product<T> product = gradient.product;
    product.depth = batch.count, product.resume = !batch.first, product.finish = batch.last;
    if (batch.last && batch.threads > 1 && read_by_all(g)) claim(packed_ + gradient.at, gradient.size);
    inputs_[g]->gradient(task, product);
    const void* lines[MOST_ROWS * PANEL / LINES_FOR_A_LINE];
    act(own, gradient, batch, batch.last ? ahead_of(task, g, panel, rows, lines) : Ahead{});
}

// The rule on weights whose gradient is finished; and on the biases, whose gradient is added up here.
template <class T> void Session<T>::act(Own& own, const Gradient<T>& gradient, const Batch& batch, const Ahead& ahead) {
    const Group<T>& group = *gradient.group;
    T* found = gradient.product.C;
    if (batch.last) {
        const double strength = group.l2 + (weight_ > 0 ? group.l2_shared / weight_ : 0);
        if (strength != 0) kernels_.add_scaled(T(2 * strength), packed_ + gradient.at, found, gradient.size);
        apply(own, gradient.at, found, gradient.size, ahead);
        if (group.transposed && !limited_) graph_.transpose(packed_, group, gradient.panel, gradient.rows);
    }
    if (gradient.bias < 0) return;
    const Product<T>& of_dZ = gradient.product;
    T* sums = gradient_ ? gradient_ + gradient.bias : scratch(own, gradient.bias);
    kernels_.column_sums(of_dZ.B, of_dZ.b_stride, batch.count, of_dZ.lines, sums, !batch.first, batch.last);
    if (batch.last) apply(own, gradient.bias, sums, std::size_t(of_dZ.lines) * PER_LINE<T>);
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template std::int64_t Session<T>::work(std::size_t, int) const; \
    template void Session<T>::deal_weights(int, int); \
    template void Session<T>::cut_weights(int, int); \
    template int Session<T>::cut_at(const Group<T>&, int) const; \
    template int Session<T>::units_until(std::size_t, std::int64_t) const; \
    template std::int64_t Session<T>::work_until(std::size_t, int) const; \
    template Range Session<T>::own_columns(int) const; \
    template void Session<T>::gradients_and_update(int, const Batch&); \
    template void Session<T>::next_powers(); \
    template void Session<T>::gradient(int, std::size_t, Range, const Batch&); \
    template void Session<T>::stripes(const Task&, std::size_t, Range, Range); \
    template Ahead Session<T>::ahead_of(const Task&, std::size_t, const Panel<T>&, Range, const void**); \
    template void Session<T>::apply(Own&, std::ptrdiff_t, const T*, std::size_t, const Ahead&); \
    template bool Session<T>::read_by_all(std::size_t) const; \
    template void Session<T>::chunk(const Task&, std::size_t, const Panel<T>&, Range); \
    template Gradient<T> Session<T>::gradient_of(const Own&, const Group<T>&, const Panel<T>&, Range) const; \
    template void Session<T>::act(Own&, const Gradient<T>&, const Batch&, const Ahead&)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
