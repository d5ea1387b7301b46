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

#if defined(__AVX512F__)
// Sixteen: squares of four in each quarter of a vector, then the quarters change places.
GN_INLINE void turn(__m512 (&r)[16]) {
    __m512 s[16];
    GN_UNROLL for (int i = 0; i < 16; i += 2) s[i] = _mm512_unpacklo_ps(r[i], r[i + 1]), s[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    GN_UNROLL for (int i = 0; i < 16; i += 4)
        GN_UNROLL for (int j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_shuffle_ps(s[i + j], s[i + j + 2], 0x44);
            r[i + 2 * j + 1] = _mm512_shuffle_ps(s[i + j], s[i + j + 2], 0xEE);
        }
    GN_UNROLL for (int j = 0; j < 4; j++) {
        const __m512 even = _mm512_shuffle_f32x4(r[j], r[j + 4], 0x88), odd = _mm512_shuffle_f32x4(r[j], r[j + 4], 0xDD);
        const __m512 even2 = _mm512_shuffle_f32x4(r[j + 8], r[j + 12], 0x88), odd2 = _mm512_shuffle_f32x4(r[j + 8], r[j + 12], 0xDD);
        r[j] = _mm512_shuffle_f32x4(even, even2, 0x88), r[j + 8] = _mm512_shuffle_f32x4(even, even2, 0xDD);
        r[j + 4] = _mm512_shuffle_f32x4(odd, odd2, 0x88), r[j + 12] = _mm512_shuffle_f32x4(odd, odd2, 0xDD);
    }
}

GN_INLINE void turn(__m512d (&r)[8]) {
    __m512d s[8];
    GN_UNROLL for (int i = 0; i < 8; i += 2) s[i] = _mm512_unpacklo_pd(r[i], r[i + 1]), s[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
    GN_UNROLL for (int j = 0; j < 2; j++) {
        const __m512d even = _mm512_shuffle_f64x2(s[j], s[j + 2], 0x88), odd = _mm512_shuffle_f64x2(s[j], s[j + 2], 0xDD);
        const __m512d even2 = _mm512_shuffle_f64x2(s[j + 4], s[j + 6], 0x88), odd2 = _mm512_shuffle_f64x2(s[j + 4], s[j + 6], 0xDD);
        r[j] = _mm512_shuffle_f64x2(even, even2, 0x88), r[j + 4] = _mm512_shuffle_f64x2(even, even2, 0xDD);
        r[j + 2] = _mm512_shuffle_f64x2(odd, odd2, 0x88), r[j + 6] = _mm512_shuffle_f64x2(odd, odd2, 0xDD);
    }
}

// The same as `square`, of whole vectors.
template <class T> GN_INLINE void large_square(const T* W, std::ptrdiff_t w_stride, T* out, std::ptrdiff_t out_stride) {
    Vec<T> r[LANES<T>];
    GN_UNROLL for (int i = 0; i < LANES<T>; i++) r[i] = load(W + i * w_stride);
    turn(r);
    GN_UNROLL for (int i = 0; i < LANES<T>; i++) store(out + i * out_stride, r[i]);
}

// The first `count` numbers of a vector, and zeros: no more is read.
GN_INLINE __m512 load_first(const float* p, int count) { return _mm512_maskz_loadu_ps(__mmask16((1u << count) - 1), p); }
GN_INLINE __m512d load_first(const double* p, int count) { return _mm512_maskz_loadu_pd(__mmask8((1u << count) - 1), p); }
#endif

// Whether a vector is a row of a square that is turned over in registers.
#if defined(__AVX2__)
constexpr bool SQUARE_OF_VECTORS = true;
#else
constexpr bool SQUARE_OF_VECTORS = false;
#endif

// Column c of LANES rows, which stand anywhere, as vector c. `readable` is how much of a row may be read, as a whole; what
// stands there comes, too.
template <class T, int MOST>
GN_INLINE void side_by_side(const T* const (&rows)[LANES<T>], int columns, int readable, Vec<T> (&out)[MOST]) {
    if constexpr (SQUARE_OF_VECTORS)
        if (readable >= LANES<T>) {
            for (int c = 0; c < columns; c += LANES<T>) {
                const int first = c + LANES<T> <= readable ? c : readable - LANES<T>;  // the last square: some columns once more
                Vec<T> square[LANES<T>];
                GN_UNROLL for (int i = 0; i < LANES<T>; i++) square[i] = load(rows[i] + first);
                turn(square);
                GN_UNROLL for (int i = 0; i < LANES<T>; i++) out[first + i] = square[i];
            }
            return;
        }
#if defined(__AVX512F__)
    if (columns <= LANES<T>) {
        Vec<T> square[LANES<T>];
        GN_UNROLL for (int i = 0; i < LANES<T>; i++) square[i] = load_first(rows[i], columns);
        turn(square);
        GN_UNROLL for (int i = 0; i < LANES<T>; i++) out[i] = square[i];
        return;
    }
#endif
    T numbers[MOST][LANES<T>];
    for (int i = 0; i < LANES<T>; i++)
        for (int c = 0; c < columns; c++) numbers[c][i] = rows[i][c];
    for (int c = 0; c < columns; c++) out[c] = load(numbers[c]);
}

// And back: the first of these rows, at a distance of `stride`. `columns` is a multiple of LANES.
template <class T, int MOST>
GN_INLINE void under_each_other(const Vec<T> (&vectors)[MOST], int rows, int columns, T* out, std::ptrdiff_t stride) {
    if constexpr (SQUARE_OF_VECTORS) {
        GN_UNROLL for (int c = 0; c < MOST; c += LANES<T>) {
            if (c >= columns) break;
            Vec<T> square[LANES<T>];
            GN_UNROLL for (int i = 0; i < LANES<T>; i++) square[i] = vectors[c + i];
            turn(square);
            GN_UNROLL for (int i = 0; i < LANES<T>; i++)
                if (i < rows) store(out + i * stride + c, square[i]);
        }
    } else {
        for (int i = 0; i < rows; i++)
            for (int c = 0; c < columns; c++) out[i * stride + c] = vectors[c][i];
    }
}

}  // namespace glassnet::GLASSNET_ISA
