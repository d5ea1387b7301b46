// The order of an epoch's rows, as maths.random.shuffle gives it.
#pragma once

#include "kernels/kernels.hpp"

namespace glassnet {

// order[i] = the row with the i-th smallest key; of equal keys the lower row first.
void shuffle(const Kernels<float>&, std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::int64_t* order);

}  // namespace glassnet
