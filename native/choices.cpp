// The choices of a step that cost no bit: whether threads share out rows or columns of a layer, and whether zeros are left out
// by lists; and the lists of columns.
#include <algorithm>

#include "session.hpp"
#include "zeros.hpp"

namespace glassnet {

namespace {

constexpr int PAUSE = 64;   // steps without lists before they are tried again
constexpr int WORDS_AT_ONCE = 8;  // of columns that are listed: the kernel turns so many over side by side

}  // namespace

// Before the first step. Less passes from one processor to the other where they share out a batch's rows, if that has more
// than W has columns. Lists of the data are made where it has zeros enough.
template <class T> void Session<T>::choose_at_first() {
    for (std::size_t g = 0; g < graph_.groups.size(); g++) {
        const Group<T>& group = graph_.groups[g];
        Choice& choice = choices_[g];
        choice.by_columns = group.dense && !group.by_rows_only && !inputs_[g]->sharing.own_columns && threads_ > 1 && group.panels() >= threads_ &&
                            group.out > graph_.block &&
                            sizeof(T) * std::size_t(group.in) * group.out > OWN_CACHE;
        choice.pause = g == 0 ? PAUSE : 0;
    }
    if (program_.skip_zeros && graph_.nodes.front().A) choose_for_data(share_of_numbers(source_));
}

// Lists, where there is room for them and they pay.
template <class T> void Session<T>::choose_for_data(double share) {
    Choice& choice = choices_.front();
    choice.lists = !pair_ && graph_.nodes.front().masks && share < LISTS_PAY;
    choice.leave_out = !choice.lists && graph_.groups.front().zeros_in && share < LEAVING_OUT_PAYS;
}

// Lists of data where they left out enough last time; where they did not, again after a pause, if the last block had zeros enough.
// What other layers have left is looked at as often.
template <class T> void Session<T>::choose_again() {
    if (!program_.skip_zeros) return;
    stop_lists();
    for (std::size_t g = 0; g < choices_.size(); g++) {
        Choice& choice = choices_[g];
        const Group<T>& group = graph_.groups[g];
        const Node<T>&X = graph_.nodes[group.input], &dZ = graph_.nodes[group.output];
        const bool looked_at = X.A && (g == 0 || group.zeros_in);  // data that never becomes a matrix has ways of its own
        if (!(looked_at || group.zeros_back) || choice.pause-- > 0) continue;
        choice.pause = block_rows_ > 0 ? PAUSE : 0;
        if (block_rows_ == 0) continue;
        const auto share = [&](const Node<T>& node, const T* numbers) {
            return share_of_numbers(numbers, block_rows_, node.part_end(0), node.stride, SAMPLE_OF_BLOCK);
        };
        if (looked_at && g == 0) choose_for_data(share(X, X.A));
        if (looked_at && g > 0) choice.leave_out = share(X, X.A) < LEAVING_OUT_PAYS;
        if (group.zeros_back) choice.leave_out_gradient = share(dZ, dZ.G) < LEAVING_OUT_PAYS;
    }
}

template <class T> void Session<T>::stop_lists() {
    Choice& choice = choices_.front();
    if (!choice.lists) return;
    const Group<T>& group = graph_.groups.front();
    const double of_x = double(group.in) * rows_before_;
    Listed made;
    for (Own& own : own_) {
        made.rows += own.listed.rows, made.columns += own.listed.columns;
        own.listed = {};
    }
    if (double(made.rows) <= listed_rows_pay(group.panels()) * of_x && double(made.columns) <= LISTED_COLUMNS_PAY * of_x) return;
    choice.lists = false, choice.leave_out = group.zeros_in;
}

// Zeros may be left out of X^T dZ while every dZ is finite: 0 times an infinity is NaN.
template <class T> void Session<T>::note_finite(Own& own, std::size_t g, Range rows, Range columns) {
    if (!inputs_[g]->leaves_out()) return;
    const Node<T>& node = graph_.nodes[graph_.groups[g].output];
    // Whole rows at once, with their padding: where it is finite, too, as nearly always, so are they.
    const bool whole = columns.end == node.part_end(columns.begin) && (node.parts.count() > 0 || columns.begin == 0);
    if (whole && kernels_.all_finite(node.G + node.at(rows.begin, columns.begin), std::size_t((rows.end - rows.begin) * node.stride))) return;
    for (int m = rows.begin; m < rows.end && own.finite[g]; m++)
        own.finite[g] = kernels_.all_finite(node.G + node.at(m, columns.begin), std::size_t(columns.end - columns.begin));
}

// Whether dZ of a group is finite in this block.
template <class T> bool Session<T>::finite_everywhere(std::size_t g) const {
    return std::all_of(own_.begin(), own_.end(), [g](const Own& own) { return bool(own.finite[g]); });
}

template <class T> void Session<T>::list_columns(int id, const Batch& batch) {
    Node<T>& X = graph_.nodes.front();
    const auto list = [&](Range words) {
        const int made = kernels_.list_columns(X.masks, X.words, X.A, X.stride, batch.count, words.begin * WORD,
                                               std::min(X.width, words.end * WORD), X.columns);
        own_[id].listed.columns += std::int64_t(made) * X.columns.tile;
    };
    const int least = at_least(WORDS_AT_ONCE, batch.threads);
    dealt_->own(columns_of_x(), id, least, list);
    dealt_->others(columns_of_x(), id, least, list);
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template void Session<T>::choose_at_first(); \
    template void Session<T>::choose_for_data(double); \
    template void Session<T>::choose_again(); \
    template void Session<T>::stop_lists(); \
    template void Session<T>::note_finite(Own&, std::size_t, Range, Range); \
    template bool Session<T>::finite_everywhere(std::size_t) const; \
    template void Session<T>::list_columns(int, const Batch&)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
