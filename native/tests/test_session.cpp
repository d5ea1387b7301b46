// Trainings: the same bits in every way of computing them, ended where they have to end, and without allocations.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "../instruction_sets.hpp"
#include "../narrow.hpp"
#include "allocations.hpp"
#include "check.hpp"
#include "draw.hpp"
#include "trainings.hpp"

using namespace glassnet;
using namespace glassnet::tests;

namespace {

constexpr std::uint64_t COUNT = 76;  // every loss four times

template <class T> void every_way() {
    Draw draw(COUNT);
    for (std::uint64_t number = 0; number < COUNT; number++) {
        const Training<T> training(number);
        const auto [alone, updates] = training.run({"portable", 1, false, 0});
        CHECK(updates == training.EPOCHS * training.steps());  // or the training would say little
        for (const std::string& isa : usable_instruction_sets()) {
            const Way way{isa, 1 + draw.below(4), draw.coin(), draw.pick({0, 8, 16, 24}), draw.pick({0, 1, 3})};
            const bool same = training.digest(way) == alone;
            CHECK(same);
            if (!same)
                std::fprintf(stderr, "  %s; %s, %d threads, %s, blocks of %d, %d units at least\n", training.name.c_str(), isa.c_str(), way.threads,
                             way.skip_zeros ? "zeros skipped" : "all products", way.block, way.least_units);
        }
    }
}

TEST(the_same_bits_in_every_way) { every_way<float>(), every_way<double>(); }

// A training whose every step takes all rows as they stand is listed (listed.cpp) from its second epoch on, where its first
// layer is narrow and its bytes are often zero.
template <class T> void all_rows_as_they_stand() {
    int listed = 0;
    for (std::uint64_t number = 0; number < 20 * COUNT; number++) {
        Training<T> training(number);
        if (!pays_narrow(training.source, training.program.network) || !ListedRows<T>::pays(training.source)) continue;
        listed++;
        training.program.batch_size = int(training.source.rows);
        std::sort(training.order.begin(), training.order.end());
        const std::uint64_t alone = training.digest({"portable", 1, false, 0});
        for (const std::string& isa : usable_instruction_sets())
            for (int threads : {1, 2, 3})
                for (int block : {0, BAND}) CHECK(training.digest({isa, threads, true, block, threads % 2}) == alone);
    }
    CHECK(listed > 5);
}

TEST(all_rows_as_they_stand_have_the_same_bits) { all_rows_as_they_stand<float>(), all_rows_as_they_stand<double>(); }

// A training with room for its results.
template <class T> struct Room {
    explicit Room(std::uint64_t number, const Way& way = {"portable"}) : training(number) {
        parameters = training.start, first.resize(parameters.size()), second.resize(parameters.size()), third.resize(parameters.size());
        state = {parameters.data(), {first.data(), second.data(), third.data()}};
        session = std::make_unique<Session<T>>(training.in(way), training.source, training.targets, nullptr, nullptr, kernels_of<T>(way.isa));
    }
    // Steps over the first batch, again and again.
    Outcome train(std::int64_t steps, const std::function<bool()>& stopped, double rate = 0.01) {
        const std::int64_t rows = std::min<std::int64_t>(training.program.batch_size, training.source.rows);
        std::vector<std::int64_t> order;
        for (std::int64_t step = 0; step < steps; step++)
            for (std::int64_t m = 0; m < training.program.batch_size; m++) order.push_back(training.order[std::size_t(m % rows)]);
        losses.resize(std::size_t(steps));
        rates.assign(std::size_t(steps), rate);
        return session->train(state, {order.data(), std::int64_t(order.size())}, rates.data(), steps, losses.data(), stopped);
    }
    Training<T> training;
    std::vector<T> parameters, first, second, third;
    std::vector<double> losses, rates;
    State<T> state{};
    std::unique_ptr<Session<T>> session;
};

TEST(no_step_is_begun_once_stop_is_set) {
    for (int threads = 1; threads <= 3; threads++) {
        Room<float> room(3, {"portable", threads});
        CHECK(room.train(5, [] { return true; }).updates == 0);
        CHECK(room.parameters == room.training.start);
        int asked = 0;
        const Outcome outcome = room.train(50, [&] { return ++asked > 7; });
        CHECK(outcome.updates == 7);
        CHECK(outcome.losses == 7);
        CHECK(room.state.step == 7);
        CHECK(room.parameters != room.training.start);
    }
}

TEST(a_loss_that_is_not_finite_ends_the_training_before_its_update) {
    for (int threads = 1; threads <= 3; threads++) {
        Room<float> room(0, {"portable", threads});
        const Outcome outcome = room.train(50, [] { return false; }, 1e38);
        CHECK(outcome.losses < 50);
        CHECK(outcome.updates == outcome.losses - 1);
        CHECK(!std::isfinite(room.losses[std::size_t(outcome.losses - 1)]));
        CHECK(room.state.step == outcome.updates);
    }
}

// Steps so short that no weight would move: what a rule leaves out then may not hide that a root is no number.
TEST(a_moment_below_0_is_not_left_out) {
    int rooted = 0;
    for (std::uint64_t number = 0; number < COUNT; number++) {
        for (float moment : {1.0f, -1.0f, NAN}) {
            Room<float> room(number, {"portable", 2});
            const Rule rule = room.training.program.update.rule;
            if (rule != Rule::adam && rule != Rule::adamw && rule != Rule::rmsprop && rule != Rule::adagrad) continue;
            const bool first = rule == Rule::rmsprop || rule == Rule::adagrad;
            (first ? room.first : room.second)[0] = moment;
            const Outcome outcome = room.train(1, [] { return false; }, 1e-20);
            CHECK(outcome.lost == !(moment > 0));
            rooted++;
        }
    }
    CHECK(rooted > 10);
}

// Each epoch's order begins elsewhere; the last batch of an epoch may be short.
template <class T> void epochs_at_once(const Way& way) {
    constexpr int EPOCHS = 3;
    int short_batches = 0;
    for (std::uint64_t number = 0; number < COUNT; number += 3) {
        Room<T> one(number, way), all(number, way);
        const Rule rule = one.training.program.update.rule;
        if (rule == Rule::amsgrad || rule == Rule::nadam || rule == Rule::radam) continue;  // a third moment, numbers of each step
        const std::int64_t rows = one.training.source.rows, steps = one.training.steps();
        const std::size_t size = all.parameters.size();
        short_batches += rows % one.training.program.batch_size != 0;
        std::vector<std::int64_t> orders;
        for (int epoch = 0; epoch < EPOCHS; epoch++)
            for (std::int64_t m = 0; m < rows; m++) orders.push_back((m + epoch) % rows);
        all.losses.resize(EPOCHS * steps), one.losses.resize(EPOCHS * steps);
        const std::vector<double> rates(std::size_t(EPOCHS * steps), 0.01);
        std::vector<T> ends(EPOCHS * size);
        all.session->train(all.state, {orders.data(), rows, EPOCHS}, rates.data(), EPOCHS * steps, all.losses.data(), [] { return false; }, nullptr, ends.data());
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            one.session->train(one.state, {orders.data() + epoch * rows, rows}, rates.data(), steps, one.losses.data() + epoch * steps, [] { return false; });
            CHECK(std::equal(one.parameters.begin(), one.parameters.end(), ends.begin() + std::ptrdiff_t(epoch * size)));
        }
        CHECK(one.parameters == all.parameters && one.first == all.first && one.losses == all.losses);
        CHECK(one.state.step == EPOCHS * steps && all.state.step == EPOCHS * steps);
    }
    CHECK(short_batches > 2);
}

TEST(epochs_at_once_are_epochs_one_after_the_other) {
    for (int threads : {1, 2}) epochs_at_once<float>({usable_instruction_sets().front(), threads}), epochs_at_once<double>({"portable", threads, true, 8});
}

TEST(a_training_in_pieces_is_the_training_at_once) {
    Room<double> whole(8, {"portable", 2}), pieces(8, {usable_instruction_sets().front(), 3, false, 8});
    whole.train(9, [] { return false; });
    for (int steps : {1, 3, 0, 5}) pieces.train(steps, [] { return false; });
    CHECK(whole.parameters == pieces.parameters);
    CHECK(whole.first == pieces.first);
    CHECK(whole.state.beta1_power == pieces.state.beta1_power);
}

TEST(no_step_but_the_first_allocates) {
    if (!allocations_are_counted()) return;
    const long before = allocations();
    operator delete(operator new(8));  // by name: a new-expression may be left out by the compiler
    CHECK(allocations() == before + 1);
    for (int threads : {1, 3, -3})
        for (std::uint64_t number = 0; number < 19; number++) {
            Room<float> room(number, {usable_instruction_sets().front(), threads, true, 0, threads == 3});
            long after_first = -1, now = -1;
            room.train(40, [&] {
                now = allocations();
                if (after_first < 0 && room.state.step == 1) after_first = now;
                return false;
            });
            CHECK(room.state.step > 1);
            CHECK(now == after_first);
        }
}

}  // namespace
