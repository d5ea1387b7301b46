// Philox4x32-10 as in maths/random.py: key = seed, counter = (element / 4, layer, step, purpose).
//
// A word is the lower half of a lane of 64 bits, where an instruction that multiplies two of them expects it, and puts their product.
// What stands in the upper half is nobody's.
#include "bytes.hpp"
#include "isa.hpp"
#include "vector.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace glassnet::GLASSNET_ISA {

namespace {

constexpr std::uint32_t MULTIPLY_0 = 0xD2511F53, MULTIPLY_2 = 0xCD9E8D57, STEP_0 = 0x9E3779B9, STEP_1 = 0xBB67AE85;
constexpr int ROUNDS = 10;
constexpr std::uint32_t SHUFFLE = 1, DROPOUT = 2;  // maths.random.Purpose

typedef std::uint64_t Words __attribute__((vector_size(BYTES)));
constexpr int BLOCKS = BYTES / int(sizeof(std::uint64_t));  // a word of each in a vector
constexpr int BESIDE = REGISTERS == 32 ? 4 : 2;             // such vectors: one alone would wait for its products
constexpr int AT_ONCE = BLOCKS * BESIDE;
constexpr std::uint64_t WORD_BITS = 0xFFFFFFFF;

GN_INLINE Words product(Words a, std::uint32_t factor) {
#if defined(__AVX512F__)
    return reinterpret_cast<Words>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), _mm512_set1_epi64(factor)));
#elif defined(__AVX2__)
    return reinterpret_cast<Words>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(factor)));
#elif defined(__ARM_NEON) && !defined(GLASSNET_WIDE)
    return reinterpret_cast<Words>(vmull_n_u32(vmovn_u64(reinterpret_cast<uint64x2_t>(a)), factor));
#elif defined(__SSE2__) && !defined(GLASSNET_WIDE)
    return reinterpret_cast<Words>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(factor)));
#else
    return (a & WORD_BITS) * factor;
#endif
}

// Words 0 to 3 of AT_ONCE blocks of a stream from `block` on.
GN_INLINE void blocks_from(std::uint64_t seed, std::uint32_t purpose, std::uint32_t step, std::uint32_t layer, std::uint64_t block, Words (&x)[BESIDE][4]) {
    GN_UNROLL for (int i = 0; i < BESIDE; i++) {
        GN_UNROLL for (int lane = 0; lane < BLOCKS; lane++) x[i][0][lane] = lane;
        x[i][0] += block + std::uint64_t(i * BLOCKS);
        x[i][1] = Words{} + layer, x[i][2] = Words{} + step, x[i][3] = Words{} + purpose;
    }
    std::uint32_t key0 = std::uint32_t(seed), key1 = std::uint32_t(seed >> 32);
    for (int round = 0; round < ROUNDS; round++, key0 += STEP_0, key1 += STEP_1)
        GN_UNROLL for (int i = 0; i < BESIDE; i++) {
            const Words p0 = product(x[i][0], MULTIPLY_0), p2 = product(x[i][2], MULTIPLY_2);
            x[i][0] = (p2 >> 32) ^ x[i][1] ^ std::uint64_t(key0);
            x[i][2] = (p0 >> 32) ^ x[i][3] ^ std::uint64_t(key1);
            x[i][1] = p2, x[i][3] = p0;
        }
}

// Lane after lane, of one and the other.
GN_INLINE void store_in_turn(Words a, Words b, std::uint64_t* out) {
    for (int lane = 0; lane < BLOCKS; lane++) out[2 * lane] = a[lane], out[2 * lane + 1] = b[lane];
}

// keys[i] = the long word i of the stream of an epoch's order: its words 2i and 2i + 1
void shuffle_keys(std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::uint64_t* keys) {
    constexpr int SIZE = 2 * AT_ONCE;
    for (std::int64_t first = 0; first < count; first += SIZE) {
        Words x[BESIDE][4];
        std::uint64_t last[SIZE], *out = count - first < SIZE ? last : keys + first;
        blocks_from(seed, SHUFFLE, epoch, 0, std::uint64_t(first) / 2, x);
        GN_UNROLL for (int i = 0; i < BESIDE; i++)
            store_in_turn(x[i][0] << 32 | (x[i][1] & WORD_BITS), x[i][2] << 32 | (x[i][3] & WORD_BITS), out + 2 * i * BLOCKS);
        if (out == last) __builtin_memcpy(keys + first, last, std::size_t(count - first) * sizeof(*last));
    }
}

// keep[i] = word first + i of the stream is below the threshold
void keep_mask(std::uint64_t seed, std::uint32_t step, std::uint32_t layer, std::uint64_t first, int count,
               std::uint64_t threshold, std::uint8_t* keep) {
    constexpr int SIZE = 4 * AT_ONCE;
    if (threshold > WORD_BITS) {
        __builtin_memset(keep, 1, std::size_t(count));
        return;
    }
    const std::uint32_t below = std::uint32_t(threshold);
    int skipped = int(first % 4);  // words of the first block
    for (std::uint64_t block = first / 4; count > 0; block += AT_ONCE, skipped = 0) {
        Words x[BESIDE][4];
        std::uint64_t pairs[SIZE / 2];
        std::uint32_t words[SIZE];
        blocks_from(seed, DROPOUT, step, layer, block, x);
        GN_UNROLL for (int i = 0; i < BESIDE; i++)
            store_in_turn((x[i][0] & WORD_BITS) | x[i][1] << 32, (x[i][2] & WORD_BITS) | x[i][3] << 32, pairs + 2 * i * BLOCKS);
        __builtin_memcpy(words, pairs, sizeof(words));
        const int size = SIZE - skipped < count ? SIZE - skipped : count;
        for (int i = 0; i < size; i++) keep[i] = words[skipped + i] < below;
        keep += size, count -= size;
    }
}

// out = X * factor where kept, else 0; not a product with 0, which would make NaN of an infinity
template <class T> void drop(const T* X, const std::uint8_t* keep, T factor, T* out, int count) {
    int i = 0;
    for (; i + LANES<T> <= count; i += LANES<T>) store(out + i, from_bytes<T>(keep + i) != T(0) ? load(X + i) * factor : Vec<T>{});
    for (; i < count; i++) out[i] = keep[i] ? X[i] * factor : T(0);
}

}  // namespace

void fill_random(Kernels<float>& f, Kernels<double>& d) {
    f.shuffle_keys = d.shuffle_keys = shuffle_keys;
    f.keep_mask = d.keep_mask = keep_mask;
    f.drop = drop<float>;
    d.drop = drop<double>;
}

}  // namespace glassnet::GLASSNET_ISA
