// The engine's own threads: one team a process, parked between calls, spinning at barriers within one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace glassnet {

// Everybody waits for everybody. Spins for some microseconds, then yields: with more threads than processors free the
// others get their turn.
class Barrier {
public:
    explicit Barrier(int count) : count_(count) {}
    void wait() { wait([] {}); }

    // `last` is run by whoever comes last, before anybody goes on: what needs everybody's results, and is needed by everybody.
    template <class Last> void wait(const Last& last) {
        if (count_ == 1) return last();
        wait_for_end_of(arrive(last));
    }

    // The same in two parts, between which there is other work to do: where all have come, and until then.
    template <class Last> unsigned arrive(const Last& last) {
        const unsigned round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
            last();
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
        }
        return round;
    }
    void wait_for_end_of(unsigned round);

private:
    const int count_;
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<unsigned> round_{0};
};

// Until a number that only grows is so large; spins and yields like a barrier.
void wait_until(const std::atomic<std::int64_t>& number, std::int64_t at_least);

double seconds_on_a_processor();  // that this thread has had so far

// Runs work(0) here and work(1) ... work(count - 1) on the team's threads, and returns when all have ended. `work` is
// told how many there are: fewer than asked where the team is busy with another caller's work (then one).
void run_together(int count, const std::function<void(int id, int count, Barrier&)>& work);

}  // namespace glassnet
