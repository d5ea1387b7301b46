// The first layer: in which kind it takes the data, and what the session has to know of that before there is a network in memory.
#pragma once

#include "matrix.hpp"

namespace glassnet {

enum class FirstLayer { matrix, entries, narrow, sparse_bytes };

template <class T> FirstLayer first_layer(const Program&, const Source&);

// Rows taken through the network at a time. Gradients go on adding across blocks, so the size changes no bit; it keeps
// a full batch of all rows from needing as much memory as the data itself would as floats.
template <class T> int rows_of_block(const Program&, const Source&, FirstLayer);

// Of a panel of its weights, at most. Where the gradient's length is limited, its squares are added panel by panel: how these are
// cut is seen in the bits.
inline int lines_of_panel(const Program& program, FirstLayer kind) {
    return kind == FirstLayer::sparse_bytes && program.clip_norm == 0 ? WIDE_PANEL : PANEL;
}

// The same, where threads share out the first two layers by the columns of the first (pair.cpp); 0 where that does not pay.
template <class T> int lines_of_part(const Program&, FirstLayer, int threads);

template <class T>
std::unique_ptr<Input<T>> first_input(FirstLayer, const Source&, Graph<T>&, const Choice&, const Slivers<T>&, int threads, bool skip_zeros);

}  // namespace glassnet
