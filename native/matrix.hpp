// X as a matrix of numbers: rows of the data that came in as such, or what another layer has left.
#pragma once

#include "inputs.hpp"

namespace glassnet {

// Of a layer, for speed alone: the bits are the same either way.
struct Choice {
    bool by_columns = false;
    bool lists = false;  // of data, of its rows and of its columns
    bool leave_out = false, leave_out_gradient = false;  // zeros of X without lists, and of dZ as dX is computed from it
    int pause = 0;  // steps until zeros are looked for again
};

// Threads' room for slivers of Xᵀ, or some of its rows. All layers share it: what was written last is still in the cache.
template <class T> class Slivers {
public:
    Slivers(int threads, int block);

    T* of(int thread) const { return of_threads_[std::size_t(thread)]; }

    const int most_rows;  // of W: so many that what is cut from X for them stays in the second-level cache
    const std::ptrdiff_t row_stride;  // of Xᵀ: rows begin in different sets of the first-level cache

private:
    std::vector<T*> of_threads_;
    Memory memory_;
};

template <class T> class MatrixInput final : public Input<T> {
public:
    // `source`: of the first layer, whose rows come from there.
    MatrixInput(const Graph<T>&, std::size_t group, const Source* source, const Choice&, const Slivers<T>&);

    void enter(const Task&, Range rows) override;
    void forward(const Task&, const T* packed, const Moment&, Range rows, Range panels) override;
    bool leaves_out() const override { return choice_.lists || choice_.leave_out; }
    Stripes stripes(int rows) const override;
    void begin_stripe(const Task&, Range columns) override;
    void gradient(const Task&, Product<T>&) override;

private:
    const Graph<T>& graph_;
    const Group<T>& group_;
    const Node<T>& X_;
    const Source* source_;
    const Choice& choice_;
    const Slivers<T>& slivers_;
};

extern template class Slivers<float>;
extern template class Slivers<double>;
extern template class MatrixInput<float>;
extern template class MatrixInput<double>;

}  // namespace glassnet
