// What the engine is asked to run, as plain values: filled in by the bindings, read by the executor.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.hpp"

namespace glassnet {

enum class LayerKind : int { dense, activation, dropout, rescale };

struct Layer {
    LayerKind kind;
    int width = 0;                           // of the output
    Activation activation;                   // dense (computed in place, so never by_inputs) and activation
    std::int64_t weight = -1, bias = -1;     // dense: where W (in, out) and b (out) begin in the flat vector; -1: none
    double rate = 0;                         // dropout
    std::vector<double> factor, offset;      // rescale: one of each a column
    std::uint32_t index = 0;                 // place in the network: part of the counter of its random numbers
    double l2 = 0, l2_shared = 0;            // dense: penalties of W; the second is divided by the weight of a step's rows
};

// The rows of X: bytes, floats or doubles one row after the other, or compressed sparse rows.
struct Source {
    enum class Kind : int { bytes, floats, doubles, sparse_floats, sparse_doubles } kind;
    const void* values = nullptr;
    const std::int64_t* pointers = nullptr;  // sparse: where each row begins, and the columns of its values
    const std::int32_t* columns = nullptr;
    std::int64_t rows = 0;
    int width = 0;
    int scale = 0;  // 0: as it is; 1: x / 255; 2: (x - 127.5) / 127.5
};

struct Network {
    int inputs = 0;
    std::vector<Layer> layers;
    std::int64_t parameters = 0;  // numbers in the flat vector
};

struct Program {
    Network network;
    Loss loss;
    Update update;                // the rule and its settings; rate and corrections are set at each step
    bool bias_correction = false;
    double clip_value = 0, clip_norm = 0;  // limits of the gradient; 0: none
    int batch_size = 1;
    std::uint64_t seed = 0;
    int threads = 1;  // negative: at most so many, as many as turn out fastest
    bool skip_zeros = true;
    bool keep_gradients = false;
    int block = 0;                // rows taken through the network at a time; 0: the engine chooses
    int least_units = 0;          // of work that a thread takes at once (shares.hpp); 0: the engine chooses, and whether shares are fixed

    bool limited() const { return clip_value > 0 || clip_norm > 0; }
    // A loss that is no mean over rows: it needs a whole batch at once.
    bool has_whole_loss() const { return loss.name == LossName::rmse || loss.name == LossName::likelihood; }
};

// The orders of some epochs, one after the other: `rows` row numbers each.
struct Orders {
    const std::int64_t* numbers = nullptr;
    std::int64_t rows = 0, epochs = 1;

    std::int64_t all() const { return rows * epochs; }
};

}  // namespace glassnet
