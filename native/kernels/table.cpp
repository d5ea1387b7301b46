// One instruction set's table, complete.
#include "isa.hpp"

#define GN_TEXT_OF(name) #name
#define GN_TEXT(name) GN_TEXT_OF(name)

namespace glassnet::GLASSNET_ISA {

void fill_table(Kernels<float>& f, Kernels<double>& d) {
    f.isa = d.isa = GN_TEXT(GLASSNET_ISA);
    fill_gemm(f, d);
    fill_dense(f, d);
    fill_narrow(f, d);
    fill_sparse_bytes(f, d);
    fill_activations(f, d);
    fill_losses(f, d);
    fill_updates(f, d);
    fill_batches(f, d);
    fill_random(f, d);
}

}  // namespace glassnet::GLASSNET_ISA
