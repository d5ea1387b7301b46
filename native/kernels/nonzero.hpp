// Which numbers of a vector are not zero, as bits.
#pragma once

#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

#if defined(__AVX512F__)
GN_INLINE std::uint32_t nonzero(Vec<float> v) { return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ); }
GN_INLINE std::uint32_t nonzero(Vec<double> v) { return _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_NEQ_UQ); }
#elif defined(__AVX2__)
GN_INLINE std::uint32_t nonzero(Vec<float> v) { return std::uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ))); }
GN_INLINE std::uint32_t nonzero(Vec<double> v) { return std::uint32_t(_mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_NEQ_UQ))); }
#else
template <class V> GN_INLINE std::uint32_t nonzero(V v) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < sizeof(v) / sizeof(v[0]); i++) bits |= std::uint32_t(v[i] != 0) << i;
    return bits;
}
#endif

}  // namespace glassnet::GLASSNET_ISA
