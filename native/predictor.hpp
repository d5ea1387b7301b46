// Inference: the network forward, without dropout, for one row in microseconds or for many in blocks.
#pragma once

#include <mutex>
#include <vector>

#include "graph.hpp"
#include "threads.hpp"

namespace glassnet {

template <class T> class Predictor {
public:
    Predictor(const Network&, Activation head, int threads, const Kernels<T>&);

    // out (rows, outputs) = head(network(rows of the source)), for rows first .. first + count.
    void run(const T* parameters, const Source&, T* out);

private:
    void few(const T* parameters, const Source&, T* out);
    void many(const T* parameters, const Source&, T* out);
    void multiply_flat(const T* parameters, const Group<T>&, int rows);
    void finish(Range rows, T* out);

    static constexpr int FEW = 16;  // rows for which packing the weights would cost more than it gives
    static constexpr int BLOCK = 256;

    const Kernels<T>& kernels_;
    int threads_;
    std::int64_t parameters_;  // numbers in the flat vector
    Activation head_;
    Graph<T> graph_;
    Memory memory_;
    T *packed_ = nullptr, *tail_ = nullptr, *wide_ = nullptr;
    std::vector<std::int64_t> order_;
    std::mutex busy_;
};

extern template class Predictor<float>;
extern template class Predictor<double>;

}  // namespace glassnet
