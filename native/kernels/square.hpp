// Small squares of numbers, turned over.
#pragma once

#include "kernels.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

// SQUARE by SQUARE numbers turned over: pairs, fours, ... of neighbours change places.
#if defined(__AVX2__)
template <class T> constexpr int SQUARE = 32 / int(sizeof(T));

GN_INLINE void turn(__m256 (&r)[8]) {
    __m256 s[8];
    GN_UNROLL for (int i = 0; i < 8; i += 2) s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]), s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    GN_UNROLL for (int i = 0; i < 8; i += 4)
        GN_UNROLL for (int j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm256_shuffle_ps(s[i + j], s[i + j + 2], 0x44);
            r[i + 2 * j + 1] = _mm256_shuffle_ps(s[i + j], s[i + j + 2], 0xEE);
        }
    GN_UNROLL for (int i = 0; i < 8; i++) s[i] = r[i];
    GN_UNROLL for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(s[i], s[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(s[i], s[i + 4], 0x31);
    }
}

GN_INLINE void turn(__m256d (&r)[4]) {
    __m256d s[4];
    GN_UNROLL for (int i = 0; i < 4; i += 2) s[i] = _mm256_unpacklo_pd(r[i], r[i + 1]), s[i + 1] = _mm256_unpackhi_pd(r[i], r[i + 1]);
    GN_UNROLL for (int i = 0; i < 2; i++) {
        r[i] = _mm256_permute2f128_pd(s[i], s[i + 2], 0x20);
        r[i + 2] = _mm256_permute2f128_pd(s[i], s[i + 2], 0x31);
    }
}

GN_INLINE void square(const float* W, std::ptrdiff_t w_stride, float* out, std::ptrdiff_t out_stride) {
    __m256 r[8];
    GN_UNROLL for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(W + i * w_stride);
    turn(r);
    GN_UNROLL for (int i = 0; i < 8; i++) _mm256_storeu_ps(out + i * out_stride, r[i]);
}

GN_INLINE void square(const double* W, std::ptrdiff_t w_stride, double* out, std::ptrdiff_t out_stride) {
    __m256d r[4];
    GN_UNROLL for (int i = 0; i < 4; i++) r[i] = _mm256_loadu_pd(W + i * w_stride);
    turn(r);
    GN_UNROLL for (int i = 0; i < 4; i++) _mm256_storeu_pd(out + i * out_stride, r[i]);
}
#else
template <class T> constexpr int SQUARE = LINE / int(sizeof(T));

template <class T> GN_INLINE void square(const T* W, std::ptrdiff_t w_stride, T* out, std::ptrdiff_t out_stride) {
    for (int c = 0; c < SQUARE<T>; c++)
        for (int r = 0; r < SQUARE<T>; r++) out[c * out_stride + r] = W[r * w_stride + c];
}
#endif

}  // namespace glassnet::GLASSNET_ISA
