// Philox4x32-10 as in maths/random.py: key = seed, counter = (element / 4, layer, step, purpose).
#include "isa.hpp"
#include "vector.hpp"

namespace glassnet::GLASSNET_ISA {

namespace {

constexpr std::uint32_t MULTIPLY_0 = 0xD2511F53, MULTIPLY_2 = 0xCD9E8D57, STEP_0 = 0x9E3779B9, STEP_1 = 0xBB67AE85;
constexpr int ROUNDS = 10, AT_ONCE = 16;  // blocks computed side by side
constexpr std::uint32_t SHUFFLE = 1, DROPOUT = 2;  // maths.random.Purpose

struct Words {
    std::uint32_t w[4][AT_ONCE];
};

GN_INLINE void philox(Words& x, std::uint32_t key0, std::uint32_t key1) {
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < AT_ONCE; i++) {
            const std::uint64_t p0 = std::uint64_t(MULTIPLY_0) * x.w[0][i], p2 = std::uint64_t(MULTIPLY_2) * x.w[2][i];
            x.w[0][i] = std::uint32_t(p2 >> 32) ^ x.w[1][i] ^ key0;
            x.w[2][i] = std::uint32_t(p0 >> 32) ^ x.w[3][i] ^ key1;
            x.w[1][i] = std::uint32_t(p2);
            x.w[3][i] = std::uint32_t(p0);
        }
        key0 += STEP_0;
        key1 += STEP_1;
    }
}

// AT_ONCE blocks of a stream from `block` on.
GN_INLINE Words blocks_from(std::uint64_t seed, std::uint32_t purpose, std::uint32_t step, std::uint32_t layer, std::uint64_t block) {
    Words x;
    for (int i = 0; i < AT_ONCE; i++) {
        x.w[0][i] = std::uint32_t(block + std::uint64_t(i));
        x.w[1][i] = layer;
        x.w[2][i] = step;
        x.w[3][i] = purpose;
    }
    philox(x, std::uint32_t(seed), std::uint32_t(seed >> 32));
    return x;
}

// keys[i] = the long word i of the stream of an epoch's order: its words 2i and 2i + 1
void shuffle_keys(std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::uint64_t* keys) {
    for (std::int64_t first = 0; first < count; first += 2 * AT_ONCE) {
        const Words x = blocks_from(seed, SHUFFLE, epoch, 0, std::uint64_t(first) / 2);
        const int size = count - first < 2 * AT_ONCE ? int(count - first) : 2 * AT_ONCE;
        for (int i = 0; i < size; i++) keys[first + i] = std::uint64_t(x.w[2 * (i % 2)][i / 2]) << 32 | x.w[2 * (i % 2) + 1][i / 2];
    }
}

// keep[i] = word first + i of the stream is below the threshold
void keep_mask(std::uint64_t seed, std::uint32_t step, std::uint32_t layer, std::uint64_t first, int count,
               std::uint64_t threshold, std::uint8_t* keep) {
    const std::uint64_t end = first + std::uint64_t(count);
    for (std::uint64_t block = first / 4; block * 4 < end; block += AT_ONCE) {
        const Words x = blocks_from(seed, DROPOUT, step, layer, block);
        for (int i = 0; i < 4 * AT_ONCE; i++) {
            const std::uint64_t e = block * 4 + std::uint64_t(i);
            if (e >= first && e < end) keep[e - first] = x.w[i % 4][i / 4] < threshold;
        }
    }
}

// out = X * factor where kept, else 0; not a product with 0, which would make NaN of an infinity
template <class T> void drop(const T* X, const std::uint8_t* keep, T factor, T* out, int count) {
    for (int i = 0; i < count; i++) out[i] = keep[i] ? X[i] * factor : T(0);
}

}  // namespace

void fill_random(Kernels<float>& f, Kernels<double>& d) {
    f.shuffle_keys = d.shuffle_keys = shuffle_keys;
    f.keep_mask = d.keep_mask = keep_mask;
    f.drop = drop<float>;
    d.drop = drop<double>;
}

}  // namespace glassnet::GLASSNET_ISA
