// Work that threads share out while they do it.
#include <array>
#include <vector>

#include "../shares.hpp"
#include "../threads.hpp"
#include "check.hpp"
#include "draw.hpp"

using namespace glassnet;
using namespace glassnet::tests;

namespace {

int size(Range units) { return units.end - units.begin; }

// Parts that hang together, one a thread, some of them empty.
void deal_unevenly(Shares& shares, int list, int total, int threads, Draw& draw) {
    int begin = 0;
    for (int thread = 0; thread < threads; thread++) {
        const int end = thread + 1 == threads ? total : begin + draw.below(total - begin + 1);
        shares.deal(list, thread, {begin, end});
        begin = end;
    }
}

TEST(every_unit_is_done_once) {
    constexpr int LISTS = 10, MOST = 400;  // more lists than a line has words
    Draw draw(1);
    for (int wanted = 1; wanted <= 4; wanted++)
        for (const bool fixed : {false, true}) {
            Shares shares(wanted, LISTS, fixed);
            std::array<std::vector<int>, LISTS> done;  // plain integers: two threads at one of them would be a race
            std::array<int, LISTS> totals{};
            const auto deal = [&](int count) {
                for (int list = 0; list < LISTS; list++) {
                    done[std::size_t(list)].assign(MOST, 0), totals[std::size_t(list)] = draw.below(MOST + 1);
                    if (list % 2) deal_unevenly(shares, list, totals[std::size_t(list)], count, draw);
                    else shares.deal(list, totals[std::size_t(list)], count);
                }
            };
            run_together(wanted, [&](int id, int count, Barrier& barrier) {
                for (int round = 0; round < 100; round++) {
                    barrier.wait([&] { deal(count); });
                    for (int list = 0; list < LISTS; list++) {
                        const auto work = [&](Range units) {
                            for (int i = units.begin; i < units.end; i++) done[std::size_t(list)][std::size_t(i)]++;
                        };
                        shares.own(list, id, 1 + round % 7, work);
                        shares.others(list, id, 1 + round % 7, work);
                    }
                    barrier.wait([&] {
                        for (int list = 0; list < LISTS; list++)
                            for (int i = 0; i < MOST; i++) CHECK(done[std::size_t(list)][std::size_t(i)] == (i < totals[std::size_t(list)]));
                    });
                }
            });
        }
}

TEST(a_thread_takes_its_own_units_from_the_front_half_of_them_at_a_time) {
    Shares shares(2, 1, false);
    shares.deal(0, 100, 2);
    std::vector<int> sizes;
    int at = 50;
    shares.own(0, 1, 6, [&](Range units) {
        CHECK(units.begin == at);
        at = units.end;
        sizes.push_back(size(units));
    });
    CHECK(at == 100);
    CHECK(sizes == std::vector<int>{24, 12, 6, 8});
}

// Whoever is held up has begun half of its units at most; all others are done by those who are not.
TEST(a_thread_that_is_held_up_loses_its_units_to_the_others) {
    constexpr int TOTAL = 96;
    for (int threads = 2; threads <= 4; threads++)
        for (int least : {1, 5}) {
            Shares shares(threads, 1, false);
            shares.deal(0, TOTAL, threads);
            int begun = 0, by_others = 0;
            shares.own(0, 0, least, [&](Range units) {
                begun += size(units);
                for (int other = 1; other < threads; other++) {
                    const auto count = [&](Range taken) { by_others += size(taken); };
                    shares.own(0, other, least, count);
                    shares.others(0, other, least, count);
                }
            });
            CHECK(begun > 0);
            CHECK(2 * begun <= TOTAL / threads);
            CHECK(begun + by_others == TOTAL);
        }
}

TEST(fixed_shares_stay_what_they_are) {
    Shares shares(3, 2, true);
    for (int round = 0; round < 2; round++) {  // nothing has to be dealt again
        if (round == 0) shares.deal(1, 10, 3);
        int done = 0;
        shares.own(1, 1, 1, [&](Range units) { done += size(units); });
        CHECK(done == 3);
        shares.others(1, 1, 1, [&](Range) { CHECK(false); });
    }
}

}  // namespace
