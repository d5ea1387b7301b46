// Rows that pass from thread to thread.
#include <vector>

#include "../relay.hpp"
#include "check.hpp"

using namespace glassnet;
using namespace glassnet::tests;

namespace {

TEST(a_leg_is_with_one_thread_after_the_other) {
    constexpr int LEGS = 5, ROUNDS = 60;
    for (int threads = 1; threads <= 4; threads++) {
        Relay relay(LEGS, threads);
        for (int call = 0; call < 2; call++) {  // whose rounds are numbered from 1 again
            relay.start();
            std::vector<int> passed(LEGS, 0);  // plain integers: two threads at one of them would be a race
            run_together(threads, [&](int id, int count, Barrier& barrier) {
                for (int round = 1; round <= ROUNDS; round++) {
                    for (int leg = 0; leg < LEGS; leg++) {
                        relay.wait_for(leg, round, id);
                        CHECK(relay.has_passed(leg, round, id) && !relay.has_passed(leg, round, id + 1));
                        CHECK(passed[std::size_t(leg)] == (round - 1) * count + id);
                        passed[std::size_t(leg)]++;
                        relay.pass_on(leg, round, id);
                    }
                    for (int leg = LEGS - 1; leg >= 0; leg--) {
                        relay.wait_for(leg, round, count);
                        CHECK(passed[std::size_t(leg)] == round * count);
                    }
                    barrier.wait();
                }
            });
        }
    }
}

}  // namespace
