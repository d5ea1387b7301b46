// The instruction sets this build has kernels for, and which of them this processor can run.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.hpp"

namespace glassnet {

std::vector<std::string> usable_instruction_sets();  // the fastest first; "portable" last, always
bool has_fused_multiply_add();
template <class T> const Kernels<T>& kernels_of(const std::string& instruction_set);  // throws std::invalid_argument

}  // namespace glassnet
