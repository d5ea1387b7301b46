#include "pace.hpp"

#include <algorithm>

namespace glassnet {

namespace {

constexpr double SEGMENT = 4e-3, TRIAL = 1e-3;  // seconds between measurements, and of one with the other number of threads
constexpr int SOON = 2;                            // segments to the next trial after a change of mind; each that changes nothing doubles them
constexpr int SEGMENTS = 25, LONG_SEGMENTS = 100;  // to these; the second where a trial costs much, and the first come before it
constexpr double FORGETTING = 1.1;                 // of the best time, each segment: what disturbs a measurement only makes it longer
constexpr double CLEARLY = 0.95;                // of the time a step took before: less is no chance
constexpr double SLOWED = 2;                    // times what it took before,
constexpr int IN_A_ROW = 3;                     // so often: somebody else has come, and the other number is tried at once
constexpr double HELD = 0.9;                    // of a segment of long steps: nobody else wants the processors, and no trial is made
constexpr double LONGEST = 5;                   // times what a segment should take: then it is broken off

}  // namespace

std::int64_t Pace::steps() const {
    if (best_ == 0) return segments_ == 0 ? 1 : 4;
    return std::max<std::int64_t>(1, std::int64_t((trying_ ? TRIAL : SEGMENT) / best_));
}

// A single step takes longer than a trial should: a trial costs about as much as one of the segments between them.
bool Pace::long_steps() const { return best_ > TRIAL; }

double Pace::longest() const { return LONGEST * (trying_ ? TRIAL : SEGMENT); }

void Pace::measured(double seconds, std::int64_t steps, double held) {
    if (steps < 1) return;
    const double one = seconds / double(steps);
    segments_++;
    if (segments_ == 1) return;  // the first step meets cold caches and sleeping threads: it measures nothing
    const bool slow = !trying_ && best_ != 0 && one > SLOWED * best_, worse = trying_ && one > CLEARLY * best_;
    slow_ = slow ? slow_ + 1 : 0;
    if (slow && slow_ < IN_A_ROW) return;  // once is an accident
    if (worse) {  // back to what was faster
        rest_ = patience_ = std::min(2 * patience_, long_steps() || one > SLOWED * best_ ? LONG_SEGMENTS : SEGMENTS);
        all_ = !all_;
    } else {
        const bool first = best_ == 0;
        best_ = trying_ || first ? one : std::min(one, FORGETTING * best_);
        if (trying_ || first) rest_ = patience_ = long_steps() ? SEGMENTS : SOON;
    }
    const bool alone = long_steps() && all_ && held > HELD;
    trying_ = slow || (--rest_ <= 0 && !alone);
    slow_ = 0;
    if (trying_) all_ = !all_;
}

}  // namespace glassnet
