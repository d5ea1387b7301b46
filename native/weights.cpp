// What becomes of the weights in a step: their gradients, the limits of these, and the rule.
#include <algorithm>
#include <cmath>

#include "session.hpp"

namespace glassnet {

namespace {

// Rows of W whose gradient is finished and applied at a time. From lists: a whole number of every tile. Where every row of X
// counts: at most so many, and so many that the slivers cut from X (SLIVER_BYTES) stay in the second-level cache.
constexpr int CHUNK = 48, MOST_ROWS = 96;
static_assert(CHUNK * WIDE_PANEL <= MOST_ROWS * PANEL);  // a thread's room: of a wide panel, too, CHUNK rows are finished at a time
constexpr std::size_t SLIVER_BYTES = std::size_t(192) << 10;
constexpr int MOST_TAKINGS = 16;  // of a thread's share of a group, about: weights that change hands are not in the cache
constexpr int STRIPE_UNIT = 4;  // lower tiles would wait for their sums
constexpr int FEW_ROWS = 96;    // of X that stay in the first-level cache, some columns wide: slivers bring nothing there, nor for a single line
constexpr int WORK_AFTER_NARROW = 8;  // of a line of weights, beside one of a narrow first layer, where most of X is left out

template <class T> int most_rows(int block) {
    return int(std::clamp<std::size_t>(SLIVER_BYTES / (sizeof(T) * std::size_t(block)), MOST_ROWS / 4, MOST_ROWS));
}

int units(int rows, int unit) { return (rows + unit - 1) / unit; }

// Units are taken in the order in which weights are updated: from the last row to the first.
Range back_to_front(Range units, int all) { return {all - units.end, all - units.begin}; }

}  // namespace

// A thread's room for a piece of a gradient, and for slivers of X.
template <class T> void Session<T>::make_room(Own& own) {
    own.scratch = memory_.take<T>(MOST_ROWS * PANEL_WIDTH<T>);
    own.slivers = memory_.take<T>(std::size_t(most_rows<T>(graph_.block) + STRIPE_UNIT) * std::size_t(graph_.block));
}

// Where the gradient has limits, the weights as pieces whose order does not depend on threads.
template <class T> void Session<T>::cut_pieces() {
    for (std::size_t g = 0; g < graph_.groups.size(); g++) {
        const Group<T>& group = graph_.groups[g];
        for (int p = 0; group.dense && p < group.panels(); p++) {
            const Panel<T> panel = group.panel(packed_, p);
            for (int row = 0; row < group.in; row += CHUNK)
                pieces_.push_back({g, p, {row, std::min(row + CHUNK, group.in)}, panel.data - packed_ + row * panel.stride, panel.stride, panel.columns});
        }
        if (group.dense && group.bias >= 0) pieces_.push_back({g, -1, {0, 1}, group.bias_at, std::ptrdiff_t(group.lines()) * PER_LINE<T>, group.out});
    }
}

// Of a row of so many lines, in lines.
template <class T> std::int64_t Session<T>::work(std::size_t g, int lines) const { return lines * (narrow_ && g > 0 ? WORK_AFTER_NARROW : 1); }

template <class T> bool Session<T>::by_panels(std::size_t g, int rows) const {
    const Group<T>& group = graph_.groups[g];
    if (bytes_ && g == 0) return false;
    return choices_[g].list_columns || !graph_.nodes[group.input].A || rows <= FEW_ROWS || group.lines() == 1;
}

// Each thread has an equal part of the work with the weights: of all of them where they are few; else of each layer's, since
// a weight is more work in some layers than in others. A unit is some rows of a panel, panel after panel; or of all panels.
template <class T> void Session<T>::deal_weights(int count, int rows) {
    bool as_before = weights_dealt_to_ == count;
    for (std::size_t g = 0; g < cuts_.size(); g++) as_before &= cuts_[g].by_panels == by_panels(g, rows);
    if (as_before && dealt_->fixed()) return;
    if (!as_before) cut_weights(count, rows);
    for (std::size_t g = 0; g < cuts_.size(); g++)
        for (int thread = 0; thread < threads_; thread++) dealt_->deal(weights_of(g), thread, own_[std::size_t(thread)].weights[g]);
}

template <class T> void Session<T>::cut_weights(int count, int rows) {
    const bool few = lines_of_weights_ * LINE <= std::int64_t(OWN_CACHE);
    const int chunk = CHUNK / row_unit_;
    std::int64_t before = 0;
    weights_dealt_to_ = count;
    for (std::size_t g = 0; g < graph_.groups.size(); g++) {
        const Group<T>& group = graph_.groups[g];
        Cut& cut = cuts_[g];
        cut.by_panels = by_panels(g, rows);
        if (!group.dense) continue;
        cut.units = units(group.in, row_unit_) * (cut.by_panels ? group.panels() : 1);
        cut.least = narrow_ && g == 0 ? ALL_UNITS : at_least(std::max(1, cut.units / count / MOST_TAKINGS / chunk) * chunk, count);
        const std::int64_t own = group.in * work(g, group.lines()), all = few ? work_of_weights_ : own;
        int begin = 0;
        for (int thread = 0; thread < threads_; thread++) {
            const int end = thread + 1 < count ? units_until(g, all * (thread + 1) / count - before) : cut.units;
            own_[std::size_t(thread)].weights[g] = back_to_front({begin, std::max(begin, end)}, cut.units);
            begin = std::max(begin, end);
        }
        if (few) before += own;
    }
}

// The units of a group in which so much of its work is done.
template <class T> int Session<T>::units_until(std::size_t g, std::int64_t much) const {
    const Group<T>& group = graph_.groups[g];
    const auto rows_until = [&](std::int64_t before, int lines) {
        return int(std::clamp<std::int64_t>((much - before) / work(g, lines) / row_unit_ * row_unit_, 0, group.in));
    };
    if (!cuts_[g].by_panels) return units(rows_until(0, group.lines()), row_unit_);
    int found = 0;
    for (int p = 0; p < group.panels(); p++) {
        const Panel<T> panel = group.panel(packed_, p);
        found += units(rows_until(group.in * work(g, panel.first / PER_LINE<T>), panel.lines), row_unit_);
    }
    return found;
}

// A thread's own weights in all layers first, then what others have left. The first layer's of few outputs wait for their sums
// in the memory of the thread that has them.
template <class T> void Session<T>::gradients_and_update(int id, const Batch& batch) {
    for (std::size_t g = 0; g < cuts_.size(); g++)
        dealt_->own(weights_of(g), id, cuts_[g].least, [&](Range units) { gradient(id, g, units, batch); });
    for (std::size_t g = narrow_ ? 1 : 0; g < cuts_.size(); g++)
        dealt_->others(weights_of(g), id, cuts_[g].least, [&](Range units) { gradient(id, g, units, batch); });
    if (id == 0 && batch.last && program_.update.corrected()) {
        state_->beta1_power *= update_.beta1;
        state_->beta2_power *= update_.beta2;
    }
}

template <class T> void Session<T>::gradient(int id, std::size_t g, Range counted, const Batch& batch) {
    const Range units = back_to_front(counted, cuts_[g].units);
    if (bytes_ && g == 0) gradient_from_bytes(id, units, batch);
    else if (cuts_[g].by_panels) gradient_by_panels(id, g, units, batch);
    else gradient_by_stripes(id, g, units, batch);
}

// Panel after panel: what a thread reads of dZ stays in its cache, and so do its panels of weights.
template <class T> void Session<T>::gradient_by_panels(int id, std::size_t g, Range taken, const Batch& batch) {
    const Group<T>& group = graph_.groups[g];
    const int of_panel = units(group.in, row_unit_);
    for (int p = group.panels() - 1; p >= 0; p--) {
        const Range here{std::max(taken.begin - p * of_panel, 0), std::min(taken.end - p * of_panel, of_panel)};
        if (here.empty()) continue;
        const Range mine{here.begin * row_unit_, std::min(here.end * row_unit_, group.in)};
        if (narrow_ && g == 0)
            narrow_->add(graph_.nodes[group.output], batch.begin, batch.count, mine, batch.last, program_.skip_zeros && finite_everywhere(g), id);
        for (int chunk = (mine.end - mine.begin - 1) / CHUNK; chunk >= 0; chunk--)
            unit(id, g, p, {mine.begin + chunk * CHUNK, std::min(mine.begin + (chunk + 1) * CHUNK, mine.end)}, nullptr, batch);
    }
}

// Stripe after stripe of W's rows, with the slivers of X that all panels of a stripe are computed from.
template <class T> void Session<T>::gradient_by_stripes(int id, std::size_t g, Range taken, const Batch& batch) {
    const Group<T>& group = graph_.groups[g];
    const Node<T>& X = graph_.nodes[group.input];
    const Range mine{taken.begin * row_unit_, std::min(taken.end * row_unit_, group.in)};
    const int size = mine.end - mine.begin, most = most_rows<T>(graph_.block), stripes = (size + most - 1) / most;
    for (int s = 0; s < stripes; s++) {
        const Range part_of = part(size, STRIPE_UNIT, s, stripes), rows{mine.begin + part_of.begin, mine.begin + part_of.end};
        kernels_.cut_slivers(X.A + rows.begin, X.stride, batch.count, rows.end - rows.begin, kernels_.sliver[group.widest_panel()], own_[id].slivers);
        for (int p = 0; p < group.panels(); p++) unit(id, g, p, rows, own_[id].slivers, batch);
    }
}

// Where some columns of X are not zero is found out once for all panels.
template <class T> void Session<T>::gradient_from_bytes(int id, Range taken, const Batch& batch) {
    const Group<T>& group = graph_.groups.front();
    const Range mine{taken.begin * row_unit_, std::min(taken.end * row_unit_, group.in)};
    bytes_->mask(batch.order, batch.count, mine, finite_everywhere(0), id);
    for (int p = group.panels() - 1; p >= 0; p--)
        for (int chunk = (mine.end - mine.begin - 1) / CHUNK; chunk >= 0; chunk--)
            unit(id, 0, p, {mine.begin + chunk * CHUNK, std::min(mine.begin + (chunk + 1) * CHUNK, mine.end)}, nullptr, batch);
}

// The gradient of some rows of a panel, finished first; then, in the last block, the rule on them.
template <class T>
void Session<T>::unit(int id, std::size_t g, int p, Range rows, const T* slivers, const Batch& batch) {
    Own& own = own_[id];
    const Group<T>& group = graph_.groups[g];
    const Node<T>&X = graph_.nodes[group.input], &dZ = graph_.nodes[group.output];
    const Panel<T> panel = group.panel(packed_, p);
    const bool finite = finite_everywhere(g);

    const std::ptrdiff_t at = panel.data - packed_ + rows.begin * panel.stride;
    Product<T> product{};
    product.A = X.A ? X.A + rows.begin : nullptr, product.a_stride = X.stride, product.transposed = true;
    product.B = dZ.G + panel.first, product.b_stride = dZ.stride;
    product.C = gradient_ ? gradient_ + at : own.scratch, product.c_stride = panel.stride;
    product.rows = rows.end - rows.begin, product.depth = batch.count, product.lines = panel.lines, product.columns = panel.columns;
    product.lists = choices_[g].list_columns && finite ? &X.columns : nullptr;
    if (slivers) product.A = slivers, product.sliver = kernels_.sliver[group.widest_panel()];
    product.first_row = rows.begin, product.resume = !batch.first, product.finish = batch.last;
    if (sparse_ && g == 0) sparse_->multiply(product, sparse_->columns(rows.begin), finite, own.line);
    else if (bytes_ && g == 0) bytes_->multiply_columns(product, id);
    else if (!narrow_ || g > 0) kernels_.multiply(product);
    else if (batch.last) narrow_->finish(product, batch.begin, program_.skip_zeros && finite, id);

    const auto apply = [&](std::ptrdiff_t place, const T* gradient, std::size_t size) {
        if (limited_) return;
        T* moments[MOMENTS] = {moment(0, place), moment(1, place), moment(2, place)};
        own.weights_finite &= kernels_.update(update_, packed_ + place, gradient, moments, size);
    };
    if (batch.last) {
        const double strength = group.l2 + (weight_ > 0 ? group.l2_shared / weight_ : 0);
        if (strength != 0) kernels_.add_scaled(T(2 * strength), packed_ + at, product.C, std::size_t(product.rows) * panel.stride);
        apply(at, product.C, std::size_t(product.rows) * panel.stride);
        if (group.transposed && !limited_) graph_.transpose(packed_, group, p, rows);
    }
    if (rows.begin == 0 && group.bias >= 0) {
        const std::ptrdiff_t bias = group.bias_at + panel.first;
        T* sums = gradient_ ? gradient_ + bias : own.scratch;
        kernels_.column_sums(dZ.G + panel.first, dZ.stride, batch.count, panel.lines, sums, !batch.first, batch.last);
        if (batch.last) apply(bias, sums, std::size_t(panel.lines) * PER_LINE<T>);
    }
}

// The gradient's limits, that of its entries first and then that of its length, and the rule. The length is the root of a
// sum over the pieces, one after the other, whichever threads had them: the same for any number of them.
template <class T> void Session<T>::limited_update(int id, int count, Barrier& barrier) {
    const Range mine = part(int(pieces_.size()), 1, id, count);
    const auto size = [](const Piece& piece) { return std::size_t((piece.rows.end - piece.rows.begin) * piece.stride); };
    barrier.wait();
    for (int i = mine.begin; i < mine.end; i++) {
        Piece& piece = pieces_[std::size_t(i)];
        T* gradient = gradient_ + piece.at;
        if (program_.clip_value > 0) kernels_.clip(T(program_.clip_value), gradient, size(piece));
        piece.squares = kernels_.squares(gradient, piece.stride, piece.rows.end - piece.rows.begin, piece.columns);
    }
    barrier.wait();
    double sum = 0;
    for (const Piece& piece : pieces_) sum += piece.squares;
    const double length = std::sqrt(sum);
    const bool shorten = program_.clip_norm > 0 && length > program_.clip_norm;
    for (int i = mine.begin; i < mine.end; i++) {
        const Piece& piece = pieces_[std::size_t(i)];
        const Group<T>& group = graph_.groups[piece.group];
        if (shorten) kernels_.times(T(program_.clip_norm / length), gradient_ + piece.at, size(piece));
        T* moments[MOMENTS] = {moment(0, piece.at), moment(1, piece.at), moment(2, piece.at)};
        own_[id].weights_finite &= kernels_.update(update_, packed_ + piece.at, gradient_ + piece.at, moments, size(piece));
        if (piece.panel >= 0 && group.transposed) graph_.transpose(packed_, group, piece.panel, piece.rows);
    }
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template void Session<T>::make_room(Own&); \
    template void Session<T>::cut_pieces(); \
    template std::int64_t Session<T>::work(std::size_t, int) const; \
    template bool Session<T>::by_panels(std::size_t, int) const; \
    template void Session<T>::deal_weights(int, int); \
    template void Session<T>::cut_weights(int, int); \
    template int Session<T>::units_until(std::size_t, std::int64_t) const; \
    template void Session<T>::gradients_and_update(int, const Batch&); \
    template void Session<T>::gradient(int, std::size_t, Range, const Batch&); \
    template void Session<T>::gradient_by_panels(int, std::size_t, Range, const Batch&); \
    template void Session<T>::gradient_by_stripes(int, std::size_t, Range, const Batch&); \
    template void Session<T>::gradient_from_bytes(int, Range, const Batch&); \
    template void Session<T>::unit(int, std::size_t, int, Range, const T*, const Batch&); \
    template void Session<T>::limited_update(int, int, Barrier&)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
