// The parts of an instruction set's table; each file fills in its own.
#pragma once

#include "kernels.hpp"

#ifndef GLASSNET_ISA
#define GLASSNET_ISA portable
#endif

namespace glassnet::GLASSNET_ISA {

void fill_gemm(Kernels<float>&, Kernels<double>&);
void fill_dense(Kernels<float>&, Kernels<double>&);
void fill_narrow(Kernels<float>&, Kernels<double>&);
void fill_sparse_bytes(Kernels<float>&, Kernels<double>&);
void fill_activations(Kernels<float>&, Kernels<double>&);
void fill_losses(Kernels<float>&, Kernels<double>&);
void fill_updates(Kernels<float>&, Kernels<double>&);
void fill_batches(Kernels<float>&, Kernels<double>&);
void fill_random(Kernels<float>&, Kernels<double>&);
void fill_table(Kernels<float>&, Kernels<double>&);

}  // namespace glassnet::GLASSNET_ISA
