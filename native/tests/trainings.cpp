#include "trainings.hpp"

#include <algorithm>
#include <sstream>

#include "../instruction_sets.hpp"
#include "draw.hpp"

namespace glassnet::tests {

namespace {

const std::vector<std::pair<Function, const char*>> FUNCTIONS = {
    {Function::identity, "identity"}, {Function::step, "step"},           {Function::sigmoid, "sigmoid"},
    {Function::tanh, "tanh"},         {Function::relu, "relu"},           {Function::leaky_relu, "leaky_relu"},
    {Function::softmax, "softmax"},   {Function::log_softmax, "log_softmax"}, {Function::elu, "elu"},
    {Function::selu, "selu"},         {Function::celu, "celu"},           {Function::relu6, "relu6"},
    {Function::hard_tanh, "hard_tanh"}, {Function::hard_sigmoid, "hard_sigmoid"},
    {Function::softplus, "softplus"}, {Function::silu, "silu"},           {Function::mish, "mish"},
    {Function::gelu, "gelu"},         {Function::gelu_by_tanh, "gelu_by_tanh"}, {Function::softsign, "softsign"}};
constexpr int IN_PLACE = 14;  // so many of them need no Z on their way back, and may be a dense layer's own. Without
                              // the exponential, whose trainings would not stay finite

struct LossCase {
    Loss loss;
    const char* name;
    Targeted targets;
    Function last;  // the network's last activation
};

const std::vector<LossCase> LOSSES = {
    {{LossName::mse}, "mse", Targeted::numbers, Function::identity},
    {{LossName::half_mse}, "half_mse", Targeted::numbers, Function::sigmoid},
    {{LossName::rmse}, "rmse", Targeted::numbers, Function::identity},
    {{LossName::mae}, "mae", Targeted::numbers, Function::leaky_relu},
    {{LossName::mbe}, "mbe", Targeted::numbers, Function::tanh},
    {{LossName::mape}, "mape", Targeted::numbers, Function::identity},
    {{LossName::huber, false, 0.3}, "huber", Targeted::numbers, Function::identity},
    {{LossName::hinge}, "hinge", Targeted::binary, Function::identity},
    {{LossName::squared_hinge}, "squared_hinge", Targeted::binary, Function::tanh},
    {{LossName::binary_crossentropy, true}, "binary_crossentropy of logits", Targeted::binary, Function::identity},
    {{LossName::binary_crossentropy}, "binary_crossentropy", Targeted::binary, Function::sigmoid},
    {{LossName::categorical_crossentropy, true}, "categorical_crossentropy of logits", Targeted::soft, Function::identity},
    {{LossName::categorical_crossentropy}, "categorical_crossentropy", Targeted::one_hot, Function::softmax},
    {{LossName::sparse_categorical_crossentropy, true}, "sparse_categorical_crossentropy of logits", Targeted::classes, Function::identity},
    {{LossName::sparse_categorical_crossentropy}, "sparse_categorical_crossentropy", Targeted::classes, Function::softmax},
    {{LossName::kl_divergence, true}, "kl_divergence of logits", Targeted::soft, Function::identity},
    {{LossName::kl_divergence}, "kl_divergence", Targeted::soft, Function::softmax},
    {{LossName::likelihood, true}, "likelihood of logits", Targeted::one_hot, Function::identity},
    {{LossName::likelihood}, "likelihood", Targeted::one_hot, Function::softmax},
};

const std::vector<std::pair<Rule, const char*>> RULES = {
    {Rule::gradient_descent, "gradient_descent"}, {Rule::momentum, "momentum"}, {Rule::nesterov, "nesterov"},
    {Rule::adagrad, "adagrad"}, {Rule::adadelta, "adadelta"}, {Rule::rmsprop, "rmsprop"}, {Rule::adam, "adam"},
    {Rule::adamw, "adamw"}, {Rule::amsgrad, "amsgrad"}, {Rule::adamax, "adamax"}, {Rule::nadam, "nadam"},
    {Rule::radam, "radam"}, {Rule::lion, "lion"}};

constexpr int LONGEST_EPOCH = 8;  // steps

int width_of(Draw& draw) { return draw.pick({1, 2, 3, 7, 10, 16, 17, 31, 33, 40, 64, 65, 100, 129}); }

Activation activation_of(Draw& draw, Function function) {
    return {function, function == Function::step ? draw.pick({0.0, 0.5, 1.0}) : draw.pick({0.1, 0.25})};
}

const char* name_of(Function function) {
    return std::find_if(FUNCTIONS.begin(), FUNCTIONS.end(), [&](const auto& pair) { return pair.first == function; })->second;
}

}  // namespace

template <class T> Training<T>::Training(std::uint64_t number) {
    Draw draw(number);
    plain = number % 4 == 3;
    const LossCase& chosen = LOSSES[number % LOSSES.size()];  // each of them comes up, whatever is drawn
    program.loss = chosen.loss;
    source.width = program.network.inputs = plain ? draw.pick({1, 3, 20, 40}) : width_of(draw);
    add_to_name(number, ": ", source.width);
    draw_layers(draw);
    outputs = chosen.last == Function::softmax || draw.coin() ? 2 + draw.below(18) : 1;
    if (chosen.targets != Targeted::numbers && chosen.targets != Targeted::binary && outputs == 1) outputs = 3;
    program.network.layers.push_back({LayerKind::dense, outputs, activation_of(draw, chosen.last), -1, -1, 0, {}, {}, 99});
    std::int64_t& size = program.network.parameters;
    int in = source.width;
    for (Layer& layer : program.network.layers) {
        if (layer.kind != LayerKind::dense) continue;
        layer.weight = size, size += std::int64_t(in) * layer.width, in = layer.width;
        if (draw.below(4)) layer.bias = size, size += layer.width;
        layer.l2 = draw.pick({0.0, 0.01}), layer.l2_shared = draw.pick({0.0, 0.1});
    }
    start = draw.reals<T>(std::size_t(size));
    draw_data(draw);
    const bool large = source.kind == Source::Kind::bytes && !source.scale;  // 0 .. 255: a sigmoid would be 0 or 1 at once
    for (T& weight : start) weight *= large ? T(1.0 / 1024) : T(0.25);
    draw_targets(draw, chosen.targets);
    draw_rule(draw);
    program.seed = draw.bits();
    add_to_name("-", outputs, " ", name_of(chosen.last), ", ", chosen.name, ", ", RULES[std::size_t(program.update.rule)].second,
                ", ", source.rows, " rows by ", program.batch_size, sizeof(T) == 4 ? ", float32" : ", float64");
}

template <class T> template <class... Parts> void Training<T>::add_to_name(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    name += text.str();
}

template <class T> void Training<T>::draw_layers(Draw& draw) {
    std::vector<Layer>& layers = program.network.layers;
    int width = source.width;
    const auto next = [&] { return std::uint32_t(layers.size()); };
    if (!plain && !draw.below(4)) layers.push_back({LayerKind::dropout, width, {}, -1, -1, 0.2, {}, {}, next()});
    if (!plain && !draw.below(4)) {
        Layer rescale{LayerKind::rescale, width, {}, -1, -1, 0, draw.reals<double>(width), draw.reals<double>(width), next()};
        layers.push_back(rescale);
    }
    for (int hidden = plain ? 1 + draw.below(3) : draw.below(4); hidden > 0; hidden--) {
        width = plain ? draw.pick({17, 33, 64, 65, 100, 129}) : width_of(draw);
        const Function function = FUNCTIONS[std::size_t(draw.below(IN_PLACE))].first;
        layers.push_back({LayerKind::dense, width, activation_of(draw, function), -1, -1, 0, {}, {}, next()});
        add_to_name("-", width, " ", name_of(function));
        if (plain) continue;
        if (!draw.below(3)) layers.push_back({LayerKind::dropout, width, {}, -1, -1, 0.5, {}, {}, next()});
        if (!draw.below(4)) {
            const Function alone = draw.pick({Function::tanh, Function::relu, Function::softmax, Function::softplus, Function::silu, Function::mish,
                                             Function::gelu, Function::gelu_by_tanh, Function::softsign});
            layers.push_back({LayerKind::activation, width, activation_of(draw, alone), -1, -1, 0, {}, {}, next()});
            add_to_name(" ", name_of(alone));
        }
    }
}

template <class T> void Training<T>::draw_data(Draw& draw) {
    source.rows = draw.pick({1, 5, 31, 60, 97});
    program.batch_size = draw.pick({1, 2, 7, 8, 33, 64, 97});
    program.batch_size = std::max({program.batch_size, int(source.rows) / LONGEST_EPOCH, 1});
    source.kind = draw.pick({Source::Kind::bytes, Source::Kind::floats, Source::Kind::doubles, Source::Kind::sparse_floats,
                             Source::Kind::sparse_doubles});
    if (plain) source.kind = draw.pick({Source::Kind::bytes, Source::Kind::floats, Source::Kind::doubles});
    source.scale = draw.below(3);
    if (source.kind == Source::Kind::floats || source.kind == Source::Kind::doubles) source.scale = 0;  // acts on bytes only
    const std::size_t count = std::size_t(source.rows) * std::size_t(source.width);
    const int dense_in_8 = draw.pick({1, 3, 8});
    bytes_.assign(count, 0);
    for (std::uint8_t& byte : bytes_)
        if (draw.below(8) < dense_in_8) byte = std::uint8_t(draw.below(256));
    const bool sparse = source.kind == Source::Kind::sparse_floats || source.kind == Source::Kind::sparse_doubles;
    pointers_.assign(1, 0);
    for (std::size_t i = 0; i < count; i++) {
        const double value = source.kind == Source::Kind::bytes || source.scale ? double(bytes_[i]) : double(bytes_[i]) / 256;
        if (!sparse || bytes_[i]) {
            floats_.push_back(float(value));
            doubles_.push_back(value);
            columns_.push_back(std::int32_t(i) % source.width);
        }
        if ((i + 1) % std::size_t(source.width) == 0) pointers_.push_back(std::int64_t(doubles_.size()));
    }
    const bool single = source.kind == Source::Kind::floats || source.kind == Source::Kind::sparse_floats;
    source.values = single ? static_cast<const void*>(floats_.data()) : doubles_.data();
    if (source.kind == Source::Kind::bytes) source.values = bytes_.data();
    if (sparse) source.pointers = pointers_.data(), source.columns = columns_.data();
    order.resize(std::size_t(source.rows));
    for (std::size_t i = 0; i < order.size(); i++) order[i] = std::int64_t(i);
    for (std::size_t i = order.size(); i > 1; i--) std::swap(order[i - 1], order[std::size_t(draw.below(int(i)))]);
    if (program.loss.name != LossName::likelihood && draw.coin()) {
        sample_weight.resize(order.size());
        for (double& weight : sample_weight) weight = draw.pick({0.0, 0.5, 2.0});
    }
}

template <class T> void Training<T>::draw_targets(Draw& draw, Targeted kind) {
    for (std::int64_t row = 0; row < source.rows; row++) {
        const int label = draw.below(outputs);
        if (kind == Targeted::classes) {
            classes_.push_back(label);
            continue;
        }
        for (int c = 0; c < outputs; c++) {
            if (kind == Targeted::numbers) numbers_.push_back(T(1.5 + draw.real()));
            if (kind == Targeted::binary) numbers_.push_back(T(draw.coin()));
            if (kind == Targeted::one_hot) numbers_.push_back(T(c == label));
            if (kind == Targeted::soft) numbers_.push_back(c == label ? T(0.75) : T(0.25) / T(outputs - 1));
        }
    }
    targets = {numbers_.empty() ? nullptr : numbers_.data(), classes_.empty() ? nullptr : classes_.data()};
}

template <class T> void Training<T>::draw_rule(Draw& draw) {
    Update& update = program.update;
    update.rule = RULES[std::size_t(draw.below(int(RULES.size())))].first;
    update.eta = draw.pick({0.9, 0.5});
    update.rho = 0.9, update.beta1 = 0.9, update.beta2 = 0.999;
    update.epsilon = draw.pick({1e-8, 1e-3});
    update.epsilon_inside = draw.coin();
    update.weight_decay = 0.1;
    program.bias_correction = draw.coin();
    if (!plain) program.clip_value = draw.pick({0.0, 0.0, 0.01}), program.clip_norm = draw.pick({0.0, 0.0, 0.05});
    rate = update.rule == Rule::adadelta ? 1 : 0.02;
}

template <class T> Program Training<T>::in(const Way& way) const {
    Program program_in = program;
    program_in.threads = way.threads, program_in.skip_zeros = way.skip_zeros, program_in.block = way.block;
    program_in.least_units = way.least_units;
    return program_in;
}

template <class T> typename Training<T>::Result Training<T>::run(const Way& way) const {
    std::vector<T> parameters = start, first(start.size()), second(start.size()), third(start.size());
    std::vector<T> out(std::size_t(source.rows) * std::size_t(outputs));
    std::vector<double> losses(std::size_t(steps()), 0), rates(losses.size(), rate);
    Session<T> session(in(way), source, targets, sample_weight.empty() ? nullptr : sample_weight.data(), out.data(),
                       kernels_of<T>(way.isa));
    State<T> state{parameters.data(), {first.data(), second.data(), third.data()}};
    const bool told = program.update.rule == Rule::nadam || program.update.rule == Rule::radam;
    std::vector<Factors> factors;
    for (std::size_t i = 0; i < losses.size() && told; i++) factors.push_back({0.7, 1.5, 0.4, 1.25, 1.5, i < 2 ? 0.0 : 0.5});
    Digest digest;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        const Outcome outcome = session.train(state, {order.data(), source.rows}, rates.data(), steps(), losses.data(), [] { return false; },
                                              told ? factors.data() : nullptr);
        digest.add(losses.data(), std::size_t(outcome.losses));
        digest.add(&outcome.updates, 1);
    }
    digest.add(parameters.data(), parameters.size());
    digest.add(first.data(), first.size());
    digest.add(second.data(), second.size());
    digest.add(third.data(), third.size());
    digest.add(out.data(), out.size());
    digest.add(&state.beta1_power, 1);
    digest.add(&state.step, 1);
    return {digest.value, state.step};
}

template class Training<float>;
template class Training<double>;

}  // namespace glassnet::tests
