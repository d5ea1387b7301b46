// Inference: the network forward, without dropout, for one row in microseconds or for many in blocks.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "sparse.hpp"
#include "threads.hpp"

namespace glassnet {

template <class T> class Predictor {
public:
    Predictor(const Network&, Activation head, int threads, const Kernels<T>&);

    // out (rows, outputs) = head(network(rows of the source)). `finite`: the parameters are known to be, so that a few rows,
    // too, may leave out the weights of what is zero in them: most of their time goes into reading weights.
    void run(const T* parameters, const Source&, T* out, bool finite = false);
    bool finite(const T* parameters) const;

private:
    void make_room(std::int64_t rows);
    void few(const T* parameters, const Source&, T* out, bool finite);
    void many(const T* parameters, const Source&, T* out);
    void multiply_flat(const T* parameters, const Group<T>&, int rows, Zeros);
    Zeros zeros(const Group<T>&, Range rows) const;
    void finish(Range rows, T* out);

    static constexpr int FEW = 16;  // rows for which packing the weights would cost more than it gives
    static constexpr int BLOCK = 256;

    const Kernels<T>& kernels_;
    Network network_;
    int threads_, room_ = 0;  // rows that the graph's buffers have room for
    Activation head_;
    std::unique_ptr<Graph<T>> graph_;
    Memory memory_;
    T *packed_ = nullptr, *tail_ = nullptr, *wide_ = nullptr;
    std::vector<std::int64_t> order_;
    std::mutex busy_;
};

extern template class Predictor<float>;
extern template class Predictor<double>;

}  // namespace glassnet
