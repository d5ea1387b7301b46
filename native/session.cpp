#include "session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace glassnet {

namespace {

constexpr double WORK_OF_A_THREAD = 1.0e5;  // multiply-adds of a step below which a second thread costs more than it gives

double multiply_adds(const Program& program) {
    double in = program.network.inputs, total = 0;
    for (const Layer& layer : program.network.layers) {
        if (layer.kind == LayerKind::dense) total += in * layer.width, in = layer.width;
    }
    return total * program.batch_size * 2;
}

int useful_threads(const Program& program) {
    if (program.threads > 0) return program.threads;
    return std::min(-program.threads, int(std::max(1.0, multiply_adds(program) / WORK_OF_A_THREAD)));
}

template <class T> Layout layout(const Program& program, FirstLayer kind, int threads) {
    Layout layout{.training = true, .first_panel_lines = lines_of_panel(program, kind)};
    layout.lying = !program.limited();  // squares of a gradient are added as it lies
    if (const int lines = lines_of_part<T>(program, kind, threads)) layout.pair = true, layout.first_panel_lines = lines;
    return layout;
}

}  // namespace

template <class T>
Session<T>::Session(const Program& program, const Source& source, const Targets<T>& targets, const double* sample_weight,
                    T* outputs, const Kernels<T>& kernels)
    : program_(program), source_(source), targets_(targets), sample_weight_(sample_weight), outputs_(outputs),
      kernels_(kernels), first_layer_(first_layer<T>(program, source)), threads_(useful_threads(program)),
      graph_(program.network, kernels, rows_of_block<T>(program, source, first_layer_), layout<T>(program, first_layer_, threads_)), pair_(graph_.layout.pair), choices_(graph_.groups.size()),
      relay_((graph_.block + ROW_UNIT - 1) / ROW_UNIT, std::max(1, std::abs(program.threads))) {
    adaptive_ = program.threads < 0 && threads_ > 1;
    slivers_ = std::make_unique<Slivers<T>>(threads_, graph_.block);
    inputs_.push_back(first_input(first_layer_, source_, graph_, choices_.front(), *slivers_, threads_, program.skip_zeros));
    for (std::size_t g = 1; g < graph_.groups.size(); g++) inputs_.push_back(std::make_unique<MatrixInput<T>>(graph_, g, nullptr, choices_[g], *slivers_));
    row_unit_ = first().sharing.unit;
    whole_loss_ = program.has_whole_loss();
    const std::size_t size = graph_.packed_size;
    packed_ = memory_.take_pages<T>(size);
    limited_ = program.limited();
    if (program.keep_gradients || limited_ || graph_.block < program.batch_size) gradient_ = memory_.take<T>(size);
    if (limited_) cut_pieces();
    row_losses_ = memory_.take<double>(program.batch_size);
    shares_ = memory_.take<double>(program.batch_size);
    if (whole_loss_) whole_scratch_ = memory_.take<T>(2 * std::size_t(program.batch_size));
    for (std::size_t g = 0; g < graph_.groups.size(); g++) {
        const Group<T>& group = graph_.groups[g];
        if (group.dense) lines_of_weights_ += std::int64_t(group.size()) / PER_LINE<T>, work_of_weights_ += group.size() / PER_LINE<T> * work(g, 1);
    }
    choose_at_first();
    plan_stages();
    own_.resize(threads_);
    if (pair_) columns_.resize(threads_), hold_columns();
    for (Own& own : own_) {
        own.scratch = memory_.take_pages<T>(MOST_ROWS * PANEL_WIDTH<T> + PAGE / sizeof(T));
        own.finite.assign(graph_.groups.size(), 1);
        own.weights.resize(graph_.groups.size());
    }
}

// Of those moments of which rules take roots: the first, or those behind it.
template <class T> bool Session<T>::roots_are_sound() const {
    const int first = program_.update.rule == Rule::rmsprop || program_.update.rule == Rule::adagrad ? 0 : 1;
    for (int i = first; i < MOMENTS; i++)
        if (moments_[i] && !std::all_of(moments_[i], moments_[i] + graph_.packed_size, [](T value) { return value >= 0; })) return false;
    return true;
}

template <class T>
Outcome Session<T>::train(State<T>& state, const Orders& orders, const double* rates, std::int64_t steps_wanted, double* losses,
                          const std::function<bool()>& stopped, const Factors* factors, T* ends) {
    state_ = &state, orders_ = orders, rates_ = rates, wanted_ = steps_wanted, losses_ = losses;
    factors_ = factors, ends_ = ends;
    steps_of_epoch_ = std::max<std::int64_t>(1, (orders.rows + program_.batch_size - 1) / program_.batch_size);
    stopped_ = &stopped, done_ = 0, outcome_ = Outcome{};
    graph_.pack(state.parameters, packed_);
    for (int i = 0; i < MOMENTS; i++)
        if (state.moments[i]) {
            if (!moments_[i]) moments_[i] = memory_.take_pages<T>(graph_.packed_size);  // those alone that the rule keeps
            graph_.pack(state.moments[i], moments_[i]);
        }
    program_.update.sound = roots_are_sound();
    for (const Group<T>& group : graph_.groups)
        for (int p = 0; group.transposed && p < group.panels(); p++) graph_.transpose(packed_, group, group.panel(packed_, p), {0, group.in});
    weights_finite_ = kernels_.all_finite(packed_, graph_.packed_size);
    for (Own& own : own_) own.usable = own.weights_finite = true;
    stop_ = wanted_ > 0 && stopped();
    first().begin(orders_, program_.batch_size);
    relay_.start();
    decide();
    prepare();
    while (go_) {
        if (!adaptive_) {
            together(threads_, wanted_);
            continue;
        }
        const auto started = std::chrono::steady_clock::now();
        const std::int64_t before = done_;
        together(pace_.threads(threads_), pace_.steps());
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        double least = seconds;
        for (const Own& own : own_) least = std::min(least, own.seconds);
        pace_.measured(seconds, done_ - before, least / seconds);
    }
    bool finite = weights_finite_ && (outcome_.losses == 0 || std::isfinite(losses[outcome_.losses - 1]));
    for (const Own& own : own_) finite &= own.weights_finite;
    outcome_.lost = outcome_.usable && !finite;
    if (outcome_.lost) return outcome_;
    graph_.unpack(packed_, state.parameters);
    for (int i = 0; i < MOMENTS; i++)
        if (state.moments[i]) graph_.unpack(moments_[i], state.moments[i]);
    return outcome_;
}

// At most so many steps on so many threads.
template <class T> void Session<T>::together(int count, std::int64_t steps_at_most) {
    pause_at_ = done_ + steps_at_most;
    pause_by_ = std::chrono::steady_clock::now() + std::chrono::microseconds(std::int64_t(1e6 * pace_.longest()));
    for (Own& own : own_) {  // of threads that have a rest, too
        std::fill(own.finite.begin(), own.finite.end(), 1);
        own.seconds = 0;
    }
    deal(count, std::min(graph_.block, rows_of_step()));
    run_together(count, [this, count](int id, int running, Barrier& barrier) {
        const double before = seconds_on_a_processor();
        if (running < count) deal(running, std::min(graph_.block, rows_of_step()));
        steps(id, running, barrier);
        own_[id].seconds = seconds_on_a_processor() - before;
    });
}

// Whether another step is begun.
template <class T> void Session<T>::decide() {
    go_ = done_ < wanted_ && outcome_.usable && !stop_;
}

template <class T> std::int64_t Session<T>::epoch_of_step() const { return std::min(done_ / steps_of_epoch_, orders_.epochs - 1); }

template <class T> std::int64_t Session<T>::first_row_of_step() const {
    const std::int64_t epoch = epoch_of_step();
    return epoch * orders_.rows + (done_ - epoch * steps_of_epoch_) * program_.batch_size;
}

template <class T> int Session<T>::rows_of_step() const {
    return int(std::min<std::int64_t>(program_.batch_size, (epoch_of_step() + 1) * orders_.rows - first_row_of_step()));
}

template <class T> void Session<T>::steps(int id, int count, Barrier& barrier) {
    bool more = true;
    while (more) {
        const bool updated = step(id, count, barrier, orders_.numbers + first_row_of_step(), rows_of_step());
        if (id == 0) stop_ = done_ + 1 < wanted_ && (*stopped_)();  // asked on the caller's thread, which hears signals
        barrier.wait([&] { end_step(updated, count); });
        more = go_ && done_ < pause_at_;
    }
}

template <class T> void Session<T>::end_step(bool updated, int count) {
    if (updated) {
        state_->step++;
        outcome_.updates++;
    }
    if (const int rows = rows_of_step()) rows_before_ = rows, block_rows_ = (rows - 1) % graph_.block + 1;
    done_++;
    if (ends_ && updated && done_ % steps_of_epoch_ == 0) graph_.unpack(packed_, ends_ + (done_ / steps_of_epoch_ - 1) * program_.network.parameters);
    decide();
    go_ = go_ && updated;
    if (go_) prepare(), deal(count, std::min(graph_.block, rows_of_step()));
    if (adaptive_ && count > 1 && std::chrono::steady_clock::now() > pause_by_) pause_at_ = done_;
}

// One step; false where its update was not made.
template <class T> bool Session<T>::step(int id, int count, Barrier& barrier, const std::int64_t* order, int rows) {
    const bool lists = choices_.front().lists;
    for (int begin = 0; begin < rows || begin == 0; begin += graph_.block) {
        const int size = std::min(graph_.block, rows - begin);
        const int following = int(std::min<std::int64_t>(orders_.numbers + orders_.all() - order - begin - size, graph_.block));
        const Batch batch{order + begin, rows, begin, size, following, begin == 0, begin + size >= rows, count, row_unit_};
        std::fill(own_[id].finite.begin(), own_[id].finite.end(), 1);
        if (pair_) return pair_step(id, barrier, batch);
        all_stages(id, count, barrier, batch);
        if (lists || first().sharing.turned) {
            barrier.wait();
            if (lists) list_columns(id, batch);
            if (id == count - 1) first().turn(batch.count);
        }
        barrier.wait([&] { if (batch.last) take_loss(rows); });
        if (batch.last && lost_) return false;
        gradients_and_update(id, batch);
        if (batch.last && limited_) limited_update(id, count, barrier);
        if (batch.last) continue;
        if (id == 0) first().expect(batch.order + size, std::min(graph_.block, rows - begin - size));
        barrier.wait([&] { deal(count, std::min(graph_.block, rows - begin - size)); });
    }
    return true;
}

// The loss of the step, with which it ends where that is no number.
template <class T> void Session<T>::take_loss(int rows) {
    for (const Own& own : own_) outcome_.usable &= own.usable;
    if (outcome_.usable) losses_[outcome_.losses++] = total_loss(rows);
    lost_ = !(outcome_.usable && std::isfinite(losses_[outcome_.losses - 1]));
}

// What the threads share in the next step: the rows' shares of the loss, the rule's numbers.
template <class T> void Session<T>::prepare() {
    if (!go_) return;
    const std::int64_t* order = orders_.numbers + first_row_of_step();
    const int rows = rows_of_step();
    share_ = 1.0 / std::max(rows, 1), weight_ = rows;
    if (sample_weight_) {
        double largest = 0, sum = 0;
        for (int m = 0; m < rows; m++) largest = std::max(largest, sample_weight_[order[m]]);
        for (int m = 0; m < rows; m++) sum += largest > 0 ? sample_weight_[order[m]] / largest : 0;
        weight_ = sum * largest;
        for (int m = 0; m < rows; m++) shares_[m] = largest > 0 ? sample_weight_[order[m]] / largest / sum : 0;
    }
    update_ = program_.update;
    update_.learning_rate = rates_[done_];
    bool finite = weights_finite_;
    for (Own& own : own_) finite &= own.weights_finite;
    weights_finite_ = finite;
    if (program_.update.corrected()) {  // for the update of this step, which is made only if its loss is finite
        const double power1 = state_->beta1_power * update_.beta1, power2 = state_->beta2_power * update_.beta2;
        if (program_.bias_correction) update_.m_correction = 1 / (1 - power1), update_.v_correction = 1 / (1 - power2);
    }
    if (factors_) {
        const Factors& now = factors_[done_];
        update_.mu = now.mu, update_.m_share = now.m_share, update_.g_share = now.g_share, update_.r = now.r;
        update_.m_correction = now.m_correction, update_.v_correction = now.v_correction;
    }
    choose_again();
    first().expect(order, std::min(rows, graph_.block));
}

template <class T> double Session<T>::total_loss(int rows) const {
    if (whole_loss_) return row_losses_[0];
    double sum = 0;
    if (!sample_weight_) {
        for (int m = 0; m < rows; m++) sum += row_losses_[m];
        return sum * share_;
    }
    for (int m = 0; m < rows; m++)  // a row of weight 0 counts for nothing, even where its loss is infinite or NaN
        sum += shares_[m] == 0 ? 0 : shares_[m] * row_losses_[m];
    return sum;
}

template class Session<float>;
template class Session<double>;

}  // namespace glassnet
