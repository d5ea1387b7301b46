// Limits of the gradient: of its entries, and of its length. All of it is finished, and measured, before a weight moves.
#include <cmath>

#include "session.hpp"

namespace glassnet {

// Where the gradient has limits, the weights are cut into pieces whose order does not depend on threads.
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
        own_[id].weights_finite &= kernels_.update(update_, packed_ + piece.at, gradient_ + piece.at, moments, size(piece), {});
        if (piece.panel >= 0 && group.transposed) graph_.transpose(packed_, group, group.panel(packed_, piece.panel), piece.rows);
    }
}

#define INSTANTIATE(T) /* what stands in this file */ \
    template void Session<T>::cut_pieces(); \
    template void Session<T>::limited_update(int, int, Barrier&)
INSTANTIATE(float);
INSTANTIATE(double);

}  // namespace glassnet
