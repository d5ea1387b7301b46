// Bytes as the numbers a network sees.
#pragma once

#include "kernels.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

// Bit i: byte i of WORD bytes is not zero.
GN_INLINE std::uint32_t nonzero_bytes(const std::uint8_t* bytes) {
#if defined(__AVX2__)
    const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
    return ~std::uint32_t(_mm256_movemask_epi8(_mm256_cmpeq_epi8(word, _mm256_setzero_si256())));
#else
    std::uint32_t bits = 0;
    for (int i = 0; i < WORD; i++) bits |= std::uint32_t(bytes[i] != 0) << i;
    return bits;
#endif
}

// LANES bytes as numbers.
template <class T> GN_INLINE Vec<T> from_bytes(const std::uint8_t* bytes);
#if defined(__AVX512F__)
template <> GN_INLINE Vec<float> from_bytes<float>(const std::uint8_t* bytes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))));
}
template <> GN_INLINE Vec<double> from_bytes<double>(const std::uint8_t* bytes) {
    return _mm512_cvtepi32_pd(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes))));
}
#elif defined(__AVX2__)
template <> GN_INLINE Vec<float> from_bytes<float>(const std::uint8_t* bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes))));
}
template <> GN_INLINE Vec<double> from_bytes<double>(const std::uint8_t* bytes) {
    int four;
    __builtin_memcpy(&four, bytes, 4);
    return _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four)));
}
#else
template <class T> GN_INLINE Vec<T> from_bytes(const std::uint8_t* bytes) {
    Vec<T> v;
    for (int i = 0; i < LANES<T>; i++) v[i] = T(int(bytes[i]));
    return v;
}
#endif

// A byte over 255, or as it is. The quotient is correctly rounded as a product with the reciprocal where that is a sum of
// two numbers, the second of what the first was rounded by. A division would take four times as long; a test compares all
// 256 bytes.
template <class T> struct ByteScale {
    explicit ByteScale(bool by_255) : high(by_255 ? T(1) / T(255) : T(1)) {
        low = by_255 ? fma<T>(all<T>(-high), all<T>(T(255)), all<T>(T(1)))[0] / T(255) : T(0);
    }
    GN_INLINE Vec<T> of(Vec<T> byte) const { return fma<T>(byte, all<T>(high), byte * low); }
    T high, low;
};

}  // namespace glassnet::GLASSNET_ISA
