// What this machine can do at most, as one line of JSON: fused multiply-adds, barrier, memory. Compiled by machine.py.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include <sched.h>

using Clock = std::chrono::steady_clock;
static double seconds(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

#if defined(__AVX512F__)
constexpr int BYTES = 64;
#elif defined(__AVX__)
constexpr int BYTES = 32;
#else
constexpr int BYTES = 16;
#endif

// Runs work(id) on so many threads; the seconds until the last has ended.
static double together(int threads, const std::function<void(int)>& work) {
    std::atomic<int> ready{0};
    std::vector<std::thread> others;
    for (int id = 1; id < threads; id++)
        others.emplace_back([&, id] {
            ready++;
            while (ready < threads) sched_yield();
            work(id);
        });
    ready++;
    while (ready < threads) sched_yield();
    const Clock::time_point start = Clock::now();
    work(0);
    for (std::thread& other : others) other.join();
    return seconds(start);
}

// Twelve independent chains: enough to hide the latency of two multiply-add units.
template <class T> static double multiply_adds(int threads) {
    typedef T V __attribute__((vector_size(BYTES)));
    constexpr int CHAINS = 12, LANES = BYTES / sizeof(T);
    constexpr long ROUNDS = 10'000'000;
    static std::atomic<T> sink;
    const double elapsed = together(threads, [&](int id) {
        V sum[CHAINS], a, b;
        for (int i = 0; i < LANES; i++) a[i] = T(0.999), b[i] = T(1e-3 * (id + 1));
        for (V& s : sum) s = b;
        for (long round = 0; round < ROUNDS; round++)
#pragma GCC unroll 12
            for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * a + b;
        T total = 0;
        for (V& s : sum) total += s[0];
        sink = total;
    });
    return 2.0 * LANES * CHAINS * ROUNDS * threads / elapsed / 1e9;
}

// Nanoseconds that two threads need to wait for each other, both spinning.
static double barrier() {
    constexpr int ROUNDS = 400'000;
    alignas(64) static std::atomic<int> here{0};
    alignas(64) static std::atomic<int> there{0};
    here = 0, there = 0;
    const auto wait_for = [](const std::atomic<int>& flag, int round) {
        for (int spins = 0; flag.load(std::memory_order_acquire) < round; spins++)
            if (spins > 1'000'000) sched_yield(), spins = 0;
    };
    const double elapsed = together(2, [&](int id) {
        std::atomic<int>&mine = id ? there : here, &other = id ? here : there;
        for (int round = 1; round <= ROUNDS; round++) {
            mine.store(round, std::memory_order_release);
            wait_for(other, round);
        }
    });
    return elapsed / ROUNDS * 1e9;
}

// GB/s of reading memory far larger than the caches.
static double reading(int threads) {
    typedef long V __attribute__((vector_size(BYTES)));
    constexpr std::size_t SIZE = std::size_t(256) << 20;
    static std::vector<char> memory(SIZE + 64, 1);
    static std::atomic<long> sink;
    char* first = memory.data() + (64 - reinterpret_cast<std::size_t>(memory.data()) % 64);
    const double elapsed = together(threads, [&](int id) {
        const std::size_t part = SIZE / sizeof(V) / threads;
        const V* from = reinterpret_cast<const V*>(first) + id * part;
        V sum[8] = {};
        for (int pass = 0; pass < 2; pass++)
            for (std::size_t i = 0; i + 8 <= part; i += 8)
                for (int k = 0; k < 8; k++) sum[k] ^= from[i + k] + pass;
        long total = 0;
        for (V& s : sum) total += s[0];
        sink = total;
    });
    return 2.0 * SIZE / elapsed / 1e9;
}

int main(int arguments, char**) {
    const bool brief = arguments > 1;  // any argument: only what changes from minute to minute
    std::printf("{\"fma_float32\": [%.1f, %.1f], \"barrier_ns\": %.0f", multiply_adds<float>(1), multiply_adds<float>(2), barrier());
    if (!brief)
        std::printf(", \"fma_float64\": [%.1f, %.1f], \"read_gb_s\": [%.1f, %.1f], \"vector_bits\": %d",
                    multiply_adds<double>(1), multiply_adds<double>(2), reading(1), reading(2), 8 * BYTES);
    std::printf("}\n");
}
