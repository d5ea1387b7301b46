// The engine's own threads: one team a process, parked between calls, spinning at barriers within one.
#pragma once

#include <atomic>
#include <functional>

namespace glassnet {

// Everybody waits for everybody. Spins for some microseconds, then yields: with more threads than processors free the
// others get their turn.
class Barrier {
public:
    explicit Barrier(int count) : count_(count) {}
    void wait();

private:
    const int count_;
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<unsigned> round_{0};
};

// Runs work(0) here and work(1) ... work(count - 1) on the team's threads, and returns when all have ended. `work` is
// told how many there are: fewer than asked where the team is busy with another caller's work (then one).
void run_together(int count, const std::function<void(int id, int count, Barrier&)>& work);

}  // namespace glassnet
