#include "shuffle.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace glassnet {

namespace {

// The first 32 bits of a row's key, and its number: eight bytes to move about.
using Entry = std::uint64_t;
constexpr int ROW_BITS = 32, KEY_BITS = 32;
constexpr Entry ROW = (Entry(1) << ROW_BITS) - 1;

constexpr int MORE_BITS = 5;    // than tell so many rows apart: few are then still in the wrong order
constexpr int MOST_PLACES = 11;  // bits of them in a pass: rows are written to that many places in turn

// Of the key, that rows are put in order by: in some passes, from the last of these bits to the first.
struct Digits {
    int passes, bits;

    explicit Digits(std::int64_t rows) {
        const int wanted = std::min(int(std::bit_width(std::uint64_t(rows))) + MORE_BITS, KEY_BITS);
        passes = (wanted + MOST_PLACES - 1) / MOST_PLACES, bits = (wanted + passes - 1) / passes;
    }
    std::size_t places() const { return std::size_t(1) << bits; }
    std::size_t of(Entry entry, int pass) const { return entry >> (64 - (passes - pass) * bits) & (places() - 1); }
};

void by_insertion(std::span<Entry> entries, const std::uint64_t* keys) {
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

// Keys are spread evenly, so that their first bits tell nearly where each belongs: passes over these, each of which leaves rows with the
// same bits as they were, and what little is wrong then is put right by insertion. That leaves equal keys in the order of their rows, too.
void shuffle(const Kernels<float>& kernels, std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::int64_t* order) {
    if (std::uint64_t(count) > ROW) throw std::length_error("more than 2^32 - 1 rows cannot be put in an order");
    const auto room = std::make_unique_for_overwrite<std::uint64_t[]>(3 * std::size_t(count));
    std::uint64_t* const keys = room.get();
    Entry *from = keys + count, *to = from + count;
    kernels.shuffle_keys(seed, epoch, count, keys);

    const Digits digits(count);
    std::vector<std::uint32_t> places(digits.passes * digits.places());
    for (std::int64_t row = 0; row < count; row++) {
        from[row] = (keys[row] & ~ROW) | Entry(row);
        for (int pass = 0; pass < digits.passes; pass++) places[pass * digits.places() + digits.of(from[row], pass)]++;
    }
    for (int pass = 0; pass < digits.passes; pass++) {
        const std::span<std::uint32_t> next(places.data() + pass * digits.places(), digits.places());
        std::uint32_t before = 0;
        for (std::uint32_t& place : next) before += std::exchange(place, before);
        for (std::int64_t i = 0; i < count; i++) to[next[digits.of(from[i], pass)]++] = from[i];
        std::swap(from, to);
    }
    by_insertion({from, std::size_t(count)}, keys);
    for (std::int64_t i = 0; i < count; i++) order[i] = std::int64_t(from[i] & ROW);
}

}  // namespace glassnet
