// The engine's threads: barriers that order memory, trainings side by side, stops from elsewhere, forks.
#include <atomic>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "../instruction_sets.hpp"
#include "../pace.hpp"
#include "../predictor.hpp"
#include "check.hpp"
#include "draw.hpp"
#include "trainings.hpp"

using namespace glassnet;
using namespace glassnet::tests;

namespace {

TEST(what_was_written_before_a_barrier_is_seen_behind_it) {
    for (int wanted = 1; wanted <= 4; wanted++) {
        std::vector<int> places(std::size_t(wanted), 0);  // plain integers: only the barrier orders them
        std::atomic<int> wrong{0};
        run_together(wanted, [&](int id, int count, Barrier& barrier) {
            for (int round = 1; round <= 2000; round++) {
                places[std::size_t(id)] = round;
                barrier.wait();
                for (int other = 0; other < count; other++) wrong += places[std::size_t(other)] != round;
                barrier.wait();
            }
        });
        CHECK(wrong == 0);
    }
}

TEST(a_barrier_in_two_parts_orders_what_was_written_before_the_first) {
    for (int wanted = 1; wanted <= 4; wanted++) {
        std::vector<int> places(std::size_t(wanted), 0), between(std::size_t(wanted), 0);
        std::atomic<int> wrong{0}, ended{0};
        run_together(wanted, [&](int id, int count, Barrier& barrier) {
            for (int round = 1; round <= 2000; round++) {
                places[std::size_t(id)] = round;
                const unsigned arrived = barrier.arrive([&] { ended++; });
                between[std::size_t(id)] = round;
                barrier.wait_for_end_of(arrived);
                for (int other = 0; other < count; other++) wrong += places[std::size_t(other)] != round || ended != round;
                barrier.wait();
                ended = round;
                barrier.wait();
            }
        });
        CHECK(wrong == 0);
    }
}

TEST(every_part_of_a_work_runs_once) {
    for (int repeat = 0; repeat < 200; repeat++) {
        std::vector<std::atomic<int>> ran(4);
        int told = 0;
        run_together(1 + repeat % 4, [&](int id, int count, Barrier&) {
            ran[std::size_t(id)]++;
            if (id == 0) told = count;
        });
        for (int id = 0; id < 4; id++) CHECK(ran[std::size_t(id)] == (id < told));
    }
}

TEST(trainings_side_by_side_give_the_bits_of_one_alone) {
    const std::string isa = usable_instruction_sets().front();
    std::vector<std::uint64_t> alone;
    for (std::uint64_t number = 0; number < 8; number++) alone.push_back(Training<float>(number).digest({isa, 1}));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++)
        threads.emplace_back([&, t] {
            for (std::uint64_t number = 0; number < alone.size(); number++)
                CHECK(Training<float>(number).digest({isa, 1 + (t + int(number)) % 4}) == alone[number]);
        });
    for (std::thread& thread : threads) thread.join();
}

TEST(a_stop_from_another_thread_is_heard_between_two_steps) {
    for (int threads : {1, 3}) {
        const Training<float> training(0);
        std::vector<float> parameters = training.start, first(parameters.size()), second(parameters.size());
        const std::int64_t steps = 2'000'000;
        std::vector<std::int64_t> order(std::size_t(steps) * training.program.batch_size, 0);
        std::vector<double> losses(steps), rates(steps, 1e-9);
        Session<float> session(training.in({"portable", threads}), training.source, training.targets, nullptr, nullptr, kernels_of<float>("portable"));
        State<float> state{parameters.data(), {first.data(), second.data()}};
        std::atomic<bool> stop{false}, running{false};
        std::thread watcher([&] {
            while (!running) std::this_thread::yield();
            stop = true;
        });
        const Outcome outcome = session.train(state, {order.data(), std::int64_t(order.size())}, rates.data(), steps, losses.data(),
                                              [&] { return running = true, stop.load(); });
        watcher.join();
        CHECK(outcome.updates < steps);
        CHECK(outcome.updates == state.step);
        CHECK(outcome.losses == outcome.updates);
    }
}

TEST(a_forked_child_trains_with_threads_of_its_own) {
    const std::string isa = usable_instruction_sets().front();
    const std::uint64_t expected = Training<float>(2).digest({isa, 3});
    for (int repeat = 0; repeat < 3; repeat++) {
        const pid_t child = fork();
        if (child == 0) _exit(Training<float>(2).digest({isa, 3}) == expected ? 0 : 1);
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        CHECK(Training<float>(2).digest({isa, 3}) == expected);
    }
}

TEST(one_predictor_serves_several_threads) {
    const std::string isa = usable_instruction_sets().front();
    const Training<float> training(11);  // any network
    Source rows = training.source;
    Draw draw(1);
    rows.kind = Source::Kind::floats, rows.rows = 700, rows.pointers = nullptr, rows.columns = nullptr, rows.scale = 0;
    const std::vector<float> values = draw.reals<float>(std::size_t(rows.rows) * std::size_t(rows.width));
    rows.values = values.data();
    const std::size_t outputs = std::size_t(training.outputs);
    Predictor<float> predictor(training.program.network, {Function::softmax, 0}, 3, kernels_of<float>(isa));
    std::vector<float> expected(std::size_t(rows.rows) * outputs);
    predictor.run(training.start.data(), rows, expected.data());
    Predictor<float> growing(training.program.network, {Function::softmax, 0}, 3, kernels_of<float>(isa));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; t++)
        threads.emplace_back([&, t] {
            for (int n : {1, 2, 16, 17, 256, 257, 700}) {
                Source some = rows;
                some.rows = n;
                std::vector<float> out(std::size_t(n) * outputs);
                for (Predictor<float>* each : {&predictor, &growing}) {
                    each->run(training.start.data(), some, out.data());
                    CHECK(std::equal(out.begin(), out.end(), expected.begin()));
                }
            }
        });
    for (std::thread& thread : threads) thread.join();
}

// A trial of one thread takes at least a step, which there may take twice as long: it is made where somebody else had a
// processor meanwhile.
TEST(one_thread_is_tried_soon_where_steps_are_short_and_late_or_never_where_they_are_long) {
    const auto steps_before_a_trial = [](double seconds_a_step, double held) {
        Pace pace;
        std::int64_t taken = 0;
        while (pace.threads(2) == 2 && taken < 10000) {
            const std::int64_t steps = pace.steps();
            pace.measured(seconds_a_step * double(steps), steps, held);
            taken += steps;
        }
        return taken;
    };
    for (const double held : {0.5, 1.0}) CHECK(steps_before_a_trial(1e-5, held) * 1e-5 < 10e-3);
    CHECK(steps_before_a_trial(12e-3, 0.5) >= 25 && steps_before_a_trial(12e-3, 0.5) < 100);
    CHECK(steps_before_a_trial(12e-3, 1.0) == 10000);
}

}  // namespace
