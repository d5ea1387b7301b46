// Rows that pass from thread to thread: each adds what its own columns of X have to say, and hands them on.
//
// An element of X W is one chain of multiply-adds, k ascending. Cut across k, each thread has a link of it: rows reach thread 0
// first, and a few of them, a leg, are with one thread while the next ones are with the thread before. So a thread reads the
// weights that it updates and no others. Shared out by rows, every thread reads all of W, and what one has read of another's
// part has to be taken from it again before the update may write: a cache line then takes 18 cycles in place of 2 (two cores of a
// Zen 4, 100 and 400 KB).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "kernels/kernels.hpp"
#include "threads.hpp"

namespace glassnet {

class Relay {
public:
    Relay(int legs, int threads) : legs_(std::make_unique<Leg[]>(std::size_t(legs))), count_(legs), threads_(threads) {}

    // While nobody runs. Rounds are numbered from 1, ascending.
    void start() {
        for (int leg = 0; leg < count_; leg++) legs_[leg].passed.store(0, std::memory_order_relaxed);
    }
    // Until so many threads have passed the leg on, and with it what they have written.
    void wait_for(int leg, std::int64_t round, int threads) const {
        if (threads > 0) wait_until(legs_[leg].passed, before(round) + threads);
    }
    bool has_passed(int leg, std::int64_t round, int threads) const {
        return threads == 0 || legs_[leg].passed.load(std::memory_order_acquire) >= before(round) + threads;
    }
    void pass_on(int leg, std::int64_t round, int thread) { legs_[leg].passed.store(before(round) + thread + 1, std::memory_order_release); }

private:
    std::int64_t before(std::int64_t round) const { return round * (threads_ + 1); }

    struct alignas(LINE) Leg {
        std::atomic<std::int64_t> passed{0};
    };
    std::unique_ptr<Leg[]> legs_;
    const int count_, threads_;
};

}  // namespace glassnet
