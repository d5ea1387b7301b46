// The rules where some instruction sets leave something out: portable leaves out nothing, and all of them have to agree.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "../instruction_sets.hpp"
#include "check.hpp"
#include "draw.hpp"

using namespace glassnet;
using glassnet::tests::Draw;

namespace {

// Moments that have faded to subnormal numbers, before weights of every size down to those that they still move.
template <class T> void faded_means() {
    Draw draw(12);
    const auto power = [](int exponent) { return std::ldexp(T(1), exponent); };
    const int least = std::numeric_limits<T>::min_exponent - 1, digits = std::numeric_limits<T>::digits;
    const auto subnormal = [&] { return power(least - 1 - draw.below(digits - 1)) * T(1 + draw.below(3) / 2.0); };
    const auto sign = [&] { return draw.coin() ? T(-1) : T(1); };
    constexpr std::size_t COUNT = 4096;
    std::vector<T> theta(COUNT), g(COUNT), moments[MOMENTS] = {std::vector<T>(COUNT), std::vector<T>(COUNT), std::vector<T>(COUNT)};
    for (Rule rule : {Rule::adam, Rule::adamw, Rule::amsgrad, Rule::nadam, Rule::radam})
        for (double rate : {0.0, 1e-3, 1.0, 1e4})
            for (double epsilon : {0.0, 1e-12, 1e-8, 1e-3})
                for (bool inside : {false, true}) {
                    for (std::size_t i = 0; i < COUNT; i++) {
                        theta[i] = sign() * (draw.below(8) ? power(least - digits + draw.below(8 * digits)) * T(1 + draw.below(2)) : T(0));
                        g[i] = draw.below(3) ? T(0) : subnormal();
                        moments[0][i] = sign() * (draw.below(4) ? subnormal() : T(0));
                        moments[1][i] = draw.below(3) ? power(least / 2 + draw.below(digits)) : T(0), moments[2][i] = moments[1][i];
                    }
                    Update update{rule};
                    update.learning_rate = rate, update.epsilon = epsilon, update.epsilon_inside = inside;
                    update.beta1 = 0.9, update.beta2 = 0.999, update.weight_decay = 0.1;
                    update.mu = 0.7, update.m_share = 1.5, update.g_share = 0.4, update.r = 0.5;
                    std::vector<T> expected;
                    for (const std::string& isa : usable_instruction_sets()) {
                        std::vector<T> found = theta, state[MOMENTS] = {moments[0], moments[1], moments[2]};
                        T* at[MOMENTS] = {state[0].data(), state[1].data(), state[2].data()};
                        kernels_of<T>(isa).update(update, found.data(), g.data(), at, COUNT);
                        for (const std::vector<T>& moment : state) found.insert(found.end(), moment.begin(), moment.end());
                        for (T& number : found)
                            if (number != number) number = T(NAN);
                        if (expected.empty()) expected = found;
                        CHECK(std::memcmp(found.data(), expected.data(), found.size() * sizeof(T)) == 0);
                    }
                }
}

TEST(a_mean_that_has_faded_moves_what_it_would_move) { faded_means<float>(), faded_means<double>(); }

}  // namespace
