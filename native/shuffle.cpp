#include "shuffle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <stdexcept>
#include <vector>

namespace glassnet {

namespace {

// 32 bits of a row's key, those behind the bits that named its bucket, and its number: eight bytes to move about, in the
// place where the order will stand.
using Entry = std::uint64_t;
constexpr int ROW_BITS = 32;
constexpr Entry ROW = (Entry(1) << ROW_BITS) - 1;

constexpr int WITHIN = 8;         // bits that order a bucket of some 256 rows: it and its places fit the first-level cache
constexpr int MOST_BUCKETS = 12;  // bits: rows are written to that many places in turn

// By the first bits of the entries; entries with the same bits stay in the order in which they came.
void by_bits(std::span<const std::int64_t> entries, Entry* out) {
    std::array<std::uint32_t, (1 << WITHIN) + 1> places{};
    constexpr int SHIFT = 64 - WITHIN;
    for (const std::int64_t entry : entries) places[(Entry(entry) >> SHIFT) + 1]++;
    for (int place = 1; place < 1 << WITHIN; place++) places[place] += places[place - 1];
    for (const std::int64_t entry : entries) out[places[Entry(entry) >> SHIFT]++] = Entry(entry);
}

void by_insertion(std::span<Entry> entries, const std::vector<std::uint64_t>& keys) {
    const auto after = [&](Entry a, Entry b) {  // the keys themselves where their 32 bits are the same
        return a >> ROW_BITS != b >> ROW_BITS ? a > b : keys[a & ROW] > keys[b & ROW];
    };
    for (std::size_t i = 1; i < entries.size(); i++) {
        const Entry moved = entries[i];
        std::size_t at = i;
        for (; at > 0 && after(entries[at - 1], moved); at--) entries[at] = entries[at - 1];
        entries[at] = moved;
    }
}

}  // namespace

// Keys are spread evenly, so that their first bits tell nearly where each belongs: first in which bucket, then, bucket
// after bucket, where in it. What little is wrong then is put right by insertion. All three leave equal keys in the
// order of their rows.
void shuffle(const Kernels<float>& kernels, std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::int64_t* order) {
    if (std::uint64_t(count) > ROW) throw std::length_error("more than 2^32 - 1 rows cannot be put in an order");
    const int bits = std::clamp(int(std::bit_width(std::uint64_t(count))) - WITHIN, 1, MOST_BUCKETS), shift = 64 - bits;
    std::vector<std::uint64_t> keys(count);
    kernels.shuffle_keys(seed, epoch, count, keys.data());

    std::vector<std::size_t> sizes(std::size_t(1) << bits), ends(sizes.size());
    for (const std::uint64_t key : keys) sizes[key >> shift]++;
    for (std::size_t b = 1; b < ends.size(); b++) ends[b] = ends[b - 1] + sizes[b - 1];
    for (std::int64_t row = 0; row < count; row++) {
        const Entry key = keys[row];
        order[ends[key >> shift]++] = std::int64_t((key << bits & ~ROW) | Entry(row));
    }
    std::vector<Entry> bucket(std::ranges::max(sizes));
    for (const std::size_t size : sizes) {
        by_bits({order, size}, bucket.data());
        by_insertion({bucket.data(), size}, keys);
        for (std::size_t i = 0; i < size; i++) *order++ = std::int64_t(bucket[i] & ROW);
    }
}

}  // namespace glassnet
