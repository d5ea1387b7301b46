// The rules that leave out what moves no weight, beside steps that may leave out nothing.
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

template <class T> struct Step {
    std::vector<T> theta, g, moments[MOMENTS];

    // All numbers after it, with one kind of NaN.
    std::vector<T> taken(const std::string& isa, const Update& update, const Ahead& ahead = {}) const {
        std::vector<T> found = theta, state[MOMENTS] = {moments[0], moments[1], moments[2]};
        T* at[MOMENTS] = {state[0].data(), state[1].data(), state[2].data()};
        kernels_of<T>(isa).update(update, found.data(), g.data(), at, theta.size(), ahead);
        for (const std::vector<T>& moment : state) found.insert(found.end(), moment.begin(), moment.end());
        for (T& number : found)
            if (number != number) number = T(NAN);
        return found;
    }
};

template <class T> T power(int exponent) { return std::ldexp(T(1), exponent); }

// Numerators that have faded, to subnormal numbers and to what is just too little or just enough to move their weights, which are of
// every size down to 0; and now and then an infinity or NaN.
template <class T> Step<T> faded(Draw& draw, const Update& update, bool endless) {
    constexpr std::size_t COUNT = 4096;
    const int least = std::numeric_limits<T>::min_exponent - 1, digits = std::numeric_limits<T>::digits;
    const T infinity = std::numeric_limits<T>::infinity(), ends[] = {infinity, -infinity, T(NAN), std::numeric_limits<T>::max()};
    const auto subnormal = [&] { return power<T>(least - 1 - draw.below(digits - 1)) * T(1 + draw.below(3) / 2.0); };
    const auto sign = [&] { return draw.coin() ? T(-1) : T(1); };
    const T root = T(update.epsilon_inside ? std::sqrt(update.epsilon) : update.epsilon);
    Step<T> step{std::vector<T>(COUNT), std::vector<T>(COUNT), {std::vector<T>(COUNT), std::vector<T>(COUNT), std::vector<T>(COUNT)}};
    for (std::size_t i = 0; i < COUNT; i++) {
        const bool together = i / 16 % 2;  // whole vectors in which nothing moves
        T &theta = step.theta[i], &g = step.g[i], &mean = step.moments[0][i];
        theta = sign() * (together || draw.below(8) ? power<T>(least - digits + draw.below(together ? 5 : 8 * digits)) * T(1 + draw.below(2)) : T(0));
        if (together) theta *= power<T>(-least);
        g = together || draw.below(3) ? T(0) : subnormal();
        mean = sign() * (draw.below(4) ? subnormal() : T(0));
        if (!draw.below(3)) mean = theta * root / T(update.learning_rate + 1e-30) * power<T>(-digits - 4 + draw.below(7));
        step.moments[1][i] = draw.below(3) ? power<T>(least / 2 + draw.below(digits)) : T(0);
        if (endless && !draw.below(20)) (draw.coin() ? mean : draw.coin() ? g : theta) = ends[draw.below(4)];
        if (endless && !draw.below(20)) step.moments[1][i] = infinity;
        if (endless && !draw.below(20)) theta = sign() * ends[3], mean = ends[3] / 128;
        if (update.rule == Rule::rmsprop || update.rule == Rule::adagrad) g = mean, mean = step.moments[1][i];
        step.moments[2][i] = step.moments[1][i];
    }
    return step;
}

// What is left out is what moves nothing: a step that may leave it out ends like one that may not, with every instruction set, however
// many lines it asks for on its way.
template <class T> void left_out() {
    Draw draw(12);
    for (Rule rule : {Rule::adam, Rule::adamw, Rule::amsgrad, Rule::nadam, Rule::radam, Rule::rmsprop, Rule::adagrad})
        for (double rate : {0.0, 1e-3, 1.0, 1e4})
            for (double epsilon : {0.0, 1e-12, 1e-8, 1e-3, 1e12})
                for (int kind = 0; kind < 8; kind++) {
                    Update update{rule};
                    update.learning_rate = rate, update.epsilon = epsilon, update.epsilon_inside = kind & 1;
                    update.beta1 = 0.9, update.beta2 = update.rho = kind & 2 ? 0.999 : 0, update.weight_decay = 0.1;
                    update.mu = 0.7, update.m_share = 1.5, update.g_share = 0.4, update.r = 0.5;
                    const Step<T> step = faded<T>(draw, update, kind & 4);
                    const std::vector<T> expected = step.taken("portable", update);
                    update.sound = true;
                    const std::vector<const void*> lines(std::size_t(draw.below(3) * draw.below(3000)), step.g.data());
                    for (const std::string& isa : usable_instruction_sets()) {
                        const std::vector<T> found = step.taken(isa, update, {lines.data(), int(lines.size())});
                        CHECK(std::memcmp(found.data(), expected.data(), found.size() * sizeof(T)) == 0);
                    }
                }
}

TEST(what_a_rule_leaves_out_moves_nothing) { left_out<float>(), left_out<double>(); }

}  // namespace
