// The choice of threads, measured on the way.
#pragma once

#include <cstdint>

namespace glassnet {

// How many threads are fastest at this moment: one, or all. Results are the same, so it may change at any step. A second
// thread helps a large network on a free machine, and hinders a small one, or one beside other processes that want the
// processors: measured a few milliseconds at a time, and now and then again.
class Pace {
public:
    int threads(int most) const { return all_ ? most : 1; }
    std::int64_t steps() const;  // to take before the next measurement
    double longest() const;      // seconds after which it is made anyway
    void measured(double seconds, std::int64_t steps, double held);  // held: the part of it in which every thread had a processor

private:
    bool long_steps() const;

    bool all_ = true, trying_ = false;
    int segments_ = 0, rest_ = 0, patience_ = 0, slow_ = 0;  // segments until the next trial, after the next, and slow ones in a row
    double best_ = 0;  // seconds a step, of the number of threads in use
};

}  // namespace glassnet
