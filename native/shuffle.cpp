#include "shuffle.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace glassnet {

namespace {

struct Keyed {
    std::uint64_t key;
    std::int64_t row;
};

}  // namespace

// Keys are spread evenly, so their first bits tell nearly where each belongs: about one row a place, and what little is
// wrong then is put right by insertion. Both steps leave equal keys in the order of their rows.
void shuffle(const Kernels<float>& kernels, std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::int64_t* order) {
    constexpr int MOST_BITS = 20;
    const int bits = std::clamp(int(std::bit_width(std::uint64_t(count))), 1, MOST_BITS);
    std::vector<std::uint64_t> keys(count);
    kernels.shuffle_keys(seed, epoch, count, keys.data());

    std::vector<std::int64_t> places((std::size_t(1) << bits) + 1);
    for (const std::uint64_t key : keys) places[(key >> (64 - bits)) + 1]++;
    for (std::size_t place = 1; place < places.size(); place++) places[place] += places[place - 1];
    std::vector<Keyed> rows(count);
    for (std::int64_t row = 0; row < count; row++) rows[places[keys[row] >> (64 - bits)]++] = {keys[row], row};

    for (std::int64_t i = 1; i < count; i++) {
        const Keyed moved = rows[i];
        std::int64_t at = i;
        for (; at > 0 && rows[at - 1].key > moved.key; at--) rows[at] = rows[at - 1];
        rows[at] = moved;
    }
    for (std::int64_t i = 0; i < count; i++) order[i] = rows[i].row;
}

}  // namespace glassnet
