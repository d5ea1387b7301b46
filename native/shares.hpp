// Work that threads share out while they do it.
//
// What lies between two barriers is cut into units, numbered from 0. Each thread is dealt a part of them that hangs together,
// the same one at every step, so that what it reads and writes is still in its own cache; it takes them from the front, half of
// what is left at a time. Who has no more takes from the far end of what another one still has: a thread that lost its
// processor, or shares it, keeps the others waiting for what it has begun and for nothing else. Where there is little to do,
// that costs more than it gives, and everybody does what it was dealt.
//
// Every unit is taken by exactly one thread, and no bit depends on which: an element of a product is one chain of fused
// multiply-adds, from its first k to its last, wherever it is computed.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "graph.hpp"

namespace glassnet {

class Shares {
public:
    Shares(int threads, int lists, bool fixed)
        : threads_(threads), lines_of_thread_((lists + WORDS - 1) / WORDS), fixed_(fixed),
          lines_(std::make_unique<Words[]>(std::size_t(threads * lines_of_thread_))) {}

    bool fixed() const { return fixed_; }

    // While nobody takes any: the units of a list that are one thread's; or so many for `count` threads in equal parts.
    void deal(int list, int thread, Range units) {
        std::atomic<std::uint64_t>& word = this->word(list, thread);
        if (word.load(std::memory_order_relaxed) != packed(units)) word.store(packed(units), std::memory_order_relaxed);
    }
    void deal(int list, int total, int count) {
        for (int thread = 0; thread < threads_; thread++) deal(list, thread, thread < count ? part(total, 1, thread, count) : Range{0, 0});
    }

    // Calls work(units) with a thread's own units, until it has no more; at least `least` at a time if there are as many.
    template <class Work> void own(int list, int thread, int least, const Work& work) {
        std::atomic<std::uint64_t>& word = this->word(list, thread);
        if (fixed_) {
            const Range all = unpacked(word.load(std::memory_order_relaxed));
            if (!all.empty()) work(all);
            return;
        }
        const auto from_the_front = [=](Range left) { return Range{left.begin, left.begin + amount(left, least)}; };
        for (Range units; !(units = claim(word, from_the_front)).empty();) work(units);
    }

    // The same with what others have left, until nobody has any.
    template <class Work> void others(int list, int thread, int least, const Work& work) {
        const auto from_the_end = [=](Range left) { return Range{left.end - amount(left, least), left.end}; };
        for (int i = 1; i < threads_ && !fixed_; i++)
            for (Range units; !(units = claim(word(list, (thread + i) % threads_), from_the_end)).empty();) work(units);
    }

private:
    // Half of what is left, in multiples of `least`; all where two such parts cannot be made of it.
    static int amount(Range left, int least) {
        const int count = left.end - left.begin;
        return count < 2 * least ? count : std::max(least, count / 2 / least * least);
    }

    static std::uint64_t packed(Range units) { return std::uint64_t(std::uint32_t(units.begin)) << 32 | std::uint32_t(units.end); }
    static Range unpacked(std::uint64_t word) { return {int(word >> 32), int(word & 0xFFFFFFFF)}; }

    // Relaxed: what a unit needs was written before the barrier that comes before it. A word that has changed meanwhile and
    // looks as before holds the same units, so that a claim is as good as if it had not.
    template <class Choose> static Range claim(std::atomic<std::uint64_t>& word, const Choose& choose) {
        for (std::uint64_t seen = word.load(std::memory_order_relaxed);;) {
            const Range left = unpacked(seen);
            if (left.empty()) return left;
            const Range wanted = choose(left);
            const Range rest = wanted.begin == left.begin ? Range{wanted.end, left.end} : Range{left.begin, wanted.begin};
            if (word.compare_exchange_weak(seen, packed(rest), std::memory_order_relaxed)) return wanted;
        }
    }

    static constexpr int WORDS = LINE / int(sizeof(std::uint64_t));
    struct alignas(LINE) Words {
        std::atomic<std::uint64_t> words[WORDS] = {};
    };
    // What a thread has of each list lies together: it is looked at by others only when they have nothing else to do.
    std::atomic<std::uint64_t>& word(int list, int thread) {
        return lines_[std::size_t(thread * lines_of_thread_ + list / WORDS)].words[list % WORDS];
    }

    const int threads_, lines_of_thread_;
    const bool fixed_;
    std::unique_ptr<Words[]> lines_;
};

}  // namespace glassnet
