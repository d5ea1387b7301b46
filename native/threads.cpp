#include "threads.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <sched.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace glassnet {

namespace {

void pause() {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

// Spins for some microseconds, then yields for some more: whoever we wait for may need this very processor. False: it is
// not done yet.
template <class Done> bool soon(const Done& done) {
    constexpr int SPINS = 200, YIELDS = 50;
    for (int turns = 0; turns < SPINS + YIELDS; turns++) {
        if (done()) return true;
        if (turns < SPINS) pause();
        else sched_yield();
    }
    return false;
}

template <class Done> void wait_for(const Done& done) {
    if (!soon(done))
        while (!done()) sched_yield();
}

using Work = std::function<void(int, int, Barrier&)>;
using Clock = std::chrono::steady_clock;

constexpr auto OFTEN = std::chrono::microseconds(400);  // between two calls: an epoch of a small table is not much longer

class Team {
public:
    Team() : process(getpid()) {}

    void run(int count, const Work& work) {
        Barrier barrier(count);
        {
            const std::lock_guard lock(mutex_);
            while (int(threads_) < count - 1) {
                std::thread([this, id = ++threads_, seen = job_.load()] { serve(id, seen); }).detach();
            }
            work_ = &work, count_ = count, barrier_ = &barrier, running_ = count - 1;
            job_++;
        }
        wake_.notify_all();
        work(0, count, barrier);
        soon([this] { return running_.load(std::memory_order_acquire) == 0; });
        std::unique_lock lock(mutex_);  // also where it is over: the last one may still hold it
        done_.wait(lock, [this] { return running_ == 0; });
    }

    const pid_t process;
    std::mutex in_use;

private:
    // Between two epochs there is little time: the next call is awaited a while before the thread goes to sleep, which it
    // takes an eighth of a small epoch to be woken from. Longer only where the last call came as soon.
    void serve(int id, unsigned seen) {
        for (bool often = false;;) {
            const auto called = [&] { return job_.load(std::memory_order_acquire) != seen; };
            const Clock::time_point idle = Clock::now();
            if (!soon(called))
                while (often && !called() && Clock::now() - idle < OFTEN) sched_yield();
            std::unique_lock lock(mutex_);
            wake_.wait(lock, called);
            often = Clock::now() - idle < OFTEN;
            seen = job_;
            if (id >= count_) continue;
            const Work& work = *work_;
            const int count = count_;
            Barrier& barrier = *barrier_;
            lock.unlock();
            work(id, count, barrier);
            lock.lock();
            if (--running_ == 0) done_.notify_one();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_, done_;
    int threads_ = 0;
    std::atomic<unsigned> job_{0};
    const Work* work_ = nullptr;
    Barrier* barrier_ = nullptr;
    int count_ = 0;
    std::atomic<int> running_{0};
};

// The team of this process. A fork copies the object and none of its threads, so a child makes a new one; the old one is
// left where it is, since its locks may be held by threads that do not exist here.
Team& team() {
    static std::atomic<Team*> current{nullptr};
    Team* found = current.load(std::memory_order_acquire);
    if (found && found->process == getpid()) return *found;
    Team* made = new Team();
    if (current.compare_exchange_strong(found, made)) return *made;
    delete made;
    return *current.load();
}

}  // namespace

void Barrier::wait_for_end_of(unsigned round) {
    wait_for([&] { return round_.load(std::memory_order_acquire) != round; });
}

void wait_until(const std::atomic<std::int64_t>& number, std::int64_t at_least) {
    wait_for([&] { return number.load(std::memory_order_acquire) >= at_least; });
}

double seconds_on_a_processor() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

void run_together(int count, const Work& work) {
    if (count > 1) {
        Team& ours = team();
        const std::unique_lock lock(ours.in_use, std::try_to_lock);
        if (lock.owns_lock()) return ours.run(count, work);
    }
    Barrier alone(1);
    work(0, 1, alone);
}

}  // namespace glassnet
