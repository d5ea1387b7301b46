// Where the bits of a mask are set.
#pragma once

#include "kernels.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

using Entry = std::uint16_t;

#if defined(__AVX2__) && !defined(__AVX512F__)
// The places of the bits of every byte, as eight bytes each.
struct Places {
    std::uint64_t of[256];
    constexpr Places() : of() {
        for (int byte = 0; byte < 256; byte++)
            for (int bit = 0, count = 0; bit < 8; bit++)
                if (byte >> bit & 1) of[byte] |= std::uint64_t(bit) << (8 * count++);
    }
};
constexpr Places PLACES;
#endif

// Writes base + (place of each set bit) and returns how many; up to WORD entries beyond them may be overwritten.
GN_INLINE int append(std::uint32_t bits, int base, Entry* out) {
#if defined(__AVX512F__)
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __mmask16 low = __mmask16(bits), high = __mmask16(bits >> 16);
    const __m512i numbers = _mm512_add_epi32(first, _mm512_set1_epi32(base));
    const int count = __builtin_popcount(low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(low, numbers)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + count),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(high, _mm512_add_epi32(numbers, _mm512_set1_epi32(16)))));
    return count + __builtin_popcount(high);
#elif defined(__AVX2__)
    __m128i bases = _mm_set1_epi16(short(base));
    GN_UNROLL for (int first = 0; first < WORD; first += 8) {
        const int before = __builtin_popcount(bits & ((std::uint32_t(1) << first) - 1));
        const __m128i places = _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(&PLACES.of[bits >> first & 0xFF])));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + before), _mm_add_epi16(places, bases));
        bases = _mm_add_epi16(bases, _mm_set1_epi16(8));
    }
    return __builtin_popcount(bits);
#else
    int count = 0;
    for (; bits; bits &= bits - 1) out[count++] = Entry(base + __builtin_ctz(bits));
    return count;
#endif
}

}  // namespace glassnet::GLASSNET_ISA
