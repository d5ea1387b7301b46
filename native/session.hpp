// Training: whole sequences of steps on the engine's own threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "first_layer.hpp"
#include "pace.hpp"
#include "relay.hpp"
#include "shares.hpp"
#include "threads.hpp"

namespace glassnet {

// Targets of all rows: numbers (n, outputs) or class numbers (n,).
template <class T> struct Targets {
    const T* numbers = nullptr;
    const std::int64_t* classes = nullptr;
};

// What a step changes, as Python holds it; see engine/interface.py.
template <class T> struct State {
    T* parameters;
    T* moments[MOMENTS] = {};
    double beta1_power = 1, beta2_power = 1;
    std::int64_t step = 0;
};

// The numbers of a step that a rule needs beside its rate, where they do not follow from the powers of beta1 and beta2.
struct Factors {
    double mu, m_share, g_share, m_correction, v_correction, r;
};

struct Outcome {
    std::int64_t losses = 0;   // written to `losses`
    std::int64_t updates = 0;  // steps that changed the state: one fewer where the last loss is not finite
    bool usable = true;        // false: an output was no probability, in the batch after the last update
    bool lost = false;         // the last loss or a weight is not finite: the numbers of Python were left as they were
};

// Xᵀ dZ of some weights, and where these stand in the packed vector, with the biases that go with them; -1: none.
template <class T> struct Gradient {
    const Group<T>* group;
    Panel<T> panel;
    Range rows;  // of W
    std::ptrdiff_t at = 0, bias = -1;
    std::size_t size = 0;
    Product<T> product{};
};

// The part of a product with some rows of A.
template <class T> Product<T> of_rows(Product<T> product, Range rows, bool leave_out) {
    product.A += rows.begin * product.a_stride, product.C += rows.begin * product.c_stride;
    if (product.gate) product.gate += rows.begin * product.c_stride;
    product.rows = rows.end - rows.begin, product.leave_out = leave_out;
    return product;
}

template <class T> class Session {
public:
    Session(const Program&, const Source&, const Targets<T>&, const double* sample_weight, T* outputs, const Kernels<T>&);

    // Steps over the rows of an order, of which there may be several one after the other: batches are cut from each on its
    // own, and after each the weights are written to `ends`, where given. `stopped` is asked before each step; it may take
    // its time rarely (signals). Where outputs are recorded, a row may stand in a batch only once: two threads might write
    // its outputs at the same time.
    Outcome train(State<T>&, const Orders&, const double* rates, std::int64_t steps, double* losses,
                  const std::function<bool()>& stopped, const Factors* factors = nullptr, T* ends = nullptr);
    void gradients(T* flat) const { graph_.unpack(gradient_, flat); }

    int threads() const { return threads_; }
    std::int64_t rows() const { return source_.rows; }

private:
    static constexpr int ALL_UNITS = 1 << 29;
    static constexpr std::size_t OWN_CACHE = std::size_t(96) << 10;  // weights beyond this are shared out by columns, layer by layer

    static constexpr int LINES_OF_TARGET = 2;  // of the cache, at most

    struct Listed {  // so many numbers
        std::int64_t rows = 0, columns = 0;
    };
    struct alignas(LINE) Own {  // of a thread
        Listed listed;               // of the data, in this step
        std::vector<Range> weights;  // of each group, in units
        std::int64_t work = 0;       // with them
        std::vector<char> finite;  // dZ of each group, in this block
        bool weights_finite = true, usable = true;
        int asked = 0;  // rows of the next block, so far
        double seconds = 0;  // on a processor, in the last segment
        T* scratch = nullptr;  // for a piece of a gradient
    };

    // A thread's columns between the first two layers, panel by panel, and what it computes for them; see pair.cpp.
    struct alignas(LINE) Columns {
        std::vector<Range> of;
        T* X = nullptr;                                // all rows of a batch, for this thread alone
        bool turned = false;                           // its columns are in its slivers, as rows
        std::vector<Product<T>> first, links, back;  // from row 0 on
        std::vector<Gradient<T>> gradients;
    };

    // A part of the packed vector: CHUNK rows of a panel, or a group's biases (panel -1).
    struct Piece {
        std::size_t group;
        int panel;
        Range rows;             // of W
        std::ptrdiff_t at, stride;
        int columns;
        double squares = 0;     // of its gradient, added up
    };

    // What is done with rows in a step, and the parts of it that lie between two barriers: each is some acts on some rows, or
    // one on some panels of all rows, or one that is done once.
    enum class Act { relayed, enter, forward, loss, whole_loss, after_loss, backward };
    struct Stage {
        enum class Cut { rows, panels, once } cut;
        std::vector<std::pair<Act, std::size_t>> acts;  // with their groups
    };

    struct Cut {  // of a group's weights
        Stripes stripes{};
        int units = 0, least = 0;  // all of them, and how many a thread takes at once at least
    };

    void together(int count, std::int64_t steps);
    void steps(int id, int count, Barrier&);
    bool step(int id, int count, Barrier&, const std::int64_t* order, int rows);
    void end_step(bool updated, int count);
    void take_loss(int rows);
    std::int64_t epoch_of_step() const;
    std::int64_t first_row_of_step() const;
    int rows_of_step() const;
    T* moment(int i, std::ptrdiff_t at) const { return moments_[i] ? moments_[i] + at : nullptr; }
    Input<T>& first() const { return *inputs_.front(); }
    bool roots_are_sound() const;
    void prepare();
    void decide();
    double total_loss(int rows) const;

    // The lists of dealt_: the weights of each group, the columns of X, the rows or panels of a stage.
    int weights_of(std::size_t g) const { return int(g); }
    int columns_of_x() const { return int(choices_.size()); }
    int of_stage() const { return int(choices_.size()) + 1; }

    // stages.cpp
    void plan_stages();
    void deal(int count, int rows);
    int panels_of(Act, std::size_t g) const;
    int at_least(int units, int count) const;
    void deal_stage(const Stage&, int count, int rows);
    void deal_behind_relay(int units, int count);
    void all_stages(int id, int count, Barrier&, const Batch&);
    void stage(int id, const Stage&, const Batch&);
    std::int64_t round_of(const Batch&) const;
    void relay(int id, const Batch&);
    void relayed(Range rows, const Batch&);
    void prefetch_targets(Range rows, const Batch&) const;
    // The first and the last line of a row's target: what lies between comes by itself. Inlined always: a call that does nothing but
    // prefetch is taken for one without effect, and removed, by GCC.
    template <class Take> __attribute__((always_inline)) void lines_of_target(std::int64_t row, const Take& take) const {
        if (targets_.classes) return take(targets_.classes + row);
        const int width = graph_.nodes.back().width;
        take(targets_.numbers + row * width), take(targets_.numbers + row * width + width - 1);
    }
    void perform(int id, Act, std::size_t g, Range rows, Range panels, const Batch&);
    void enter(int id, Range rows, const Batch&);
    void forward(int id, std::size_t g, Range rows, Range panels, const Batch&);
    void loss(int id, Range rows, const Batch&);
    void whole_loss(int id, const Batch&);
    void after_loss(int id, Range rows);
    Product<T> back(std::size_t g, int panel) const;
    void backward(int id, std::size_t g, Range rows, Range panels);

    // choices.cpp
    void choose_at_first();
    void choose_for_data(double share);
    void choose_again();
    void stop_lists();
    void note_finite(Own&, std::size_t g, Range rows, Range columns);
    bool finite_everywhere(std::size_t g) const;
    void list_columns(int id, const Batch&);

    // weights.cpp
    std::int64_t work(std::size_t g, int lines) const;
    void deal_weights(int count, int rows);
    void cut_weights(int count, int rows);
    int cut_at(const Group<T>&, int row) const;
    int units_until(std::size_t g, std::int64_t much) const;
    std::int64_t work_until(std::size_t g, int counted) const;
    Range own_columns(int id) const;
    T* scratch(const Own& own, std::ptrdiff_t at) const { return own.scratch + (at + PAGE / 2 / std::ptrdiff_t(sizeof(T))) % (PAGE / std::ptrdiff_t(sizeof(T))); }
    void apply(Own&, std::ptrdiff_t at, const T* gradient, std::size_t size, const Ahead& ahead = {});
    void gradients_and_update(int id, const Batch&);
    void next_powers();
    void gradient(int id, std::size_t g, Range units, const Batch&);
    void stripes(const Task&, std::size_t g, Range rows, Range panels);
    bool read_by_all(std::size_t g) const;
    Ahead ahead_of(const Task&, std::size_t g, const Panel<T>&, Range rows, const void** lines);
    void chunk(const Task&, std::size_t g, const Panel<T>&, Range rows);
    Gradient<T> gradient_of(const Own&, const Group<T>&, const Panel<T>&, Range rows) const;
    void act(Own&, const Gradient<T>&, const Batch&, const Ahead& ahead = {});

    // pair.cpp
    void hold_columns();
    void deal_pair(int count);
    void plan_rows(Columns&, int p);
    void plan_gradient(int id, const Group<T>&, int p, Range rows);
    bool pair_step(int id, Barrier&, const Batch&);
    void multiply(const std::vector<Product<T>>&, Range rows, bool leave_out) const;
    void columns(const Columns&, Range rows);
    void link(const Columns&, Range rows);
    void columns_back(int id, Range rows);
    void turn_columns(int id, const Batch&);
    void turn(int id, const T* X, std::ptrdiff_t stride, int rows, Range columns);
    void update_pair(int id, const Gradient<T>&, const Batch&);

    // limits.cpp
    void cut_pieces();
    void limited_update(int id, int count, Barrier&);

    Program program_;
    Source source_;
    Targets<T> targets_;
    const double* sample_weight_;
    T* outputs_;
    const Kernels<T>& kernels_;
    const FirstLayer first_layer_;
    const int threads_;
    Graph<T> graph_;
    const bool pair_;  // its first two layers are shared out by what lies between them
    std::vector<Choice> choices_;
    std::unique_ptr<Slivers<T>> slivers_;
    std::vector<std::unique_ptr<Input<T>>> inputs_;  // of each group
    std::int64_t lines_of_weights_ = 0, work_of_weights_ = 0;
    int row_unit_;  // rows, and columns of X, are shared out in whole tiles
    bool adaptive_;
    Pace pace_;
    bool whole_loss_;
    Memory memory_;
    T *packed_, *moments_[MOMENTS] = {}, *gradient_ = nullptr, *whole_scratch_ = nullptr;
    double *row_losses_, *shares_;
    bool limited_;               // the gradient has limits: it is finished as a whole before a weight moves,
    std::vector<Piece> pieces_;  // which is done piece by piece
    std::vector<Own> own_;
    std::vector<Columns> columns_;
    std::vector<Stage> stages_;
    std::vector<Cut> cuts_;
    int weights_dealt_to_ = 0;  // so many threads
    Relay relay_;
    std::unique_ptr<Shares> dealt_;  // lists of units: weights of each group, columns of X, and the rows or panels of a stage

    // of the call to train() under way; written by one thread while the others wait
    State<T>* state_ = nullptr;
    Orders orders_;
    T* ends_ = nullptr;
    std::int64_t steps_of_epoch_ = 1, wanted_ = 0, done_ = 0, pause_at_ = 0;
    std::chrono::steady_clock::time_point pause_by_;
    const double* rates_ = nullptr;
    const Factors* factors_ = nullptr;
    double* losses_ = nullptr;
    const std::function<bool()>* stopped_ = nullptr;
    Outcome outcome_;
    Update update_;
    int rows_before_ = 0, block_rows_ = 0;  // of the last step; of its last block, which is still in the nodes
    bool go_ = false, stop_ = false, lost_ = false, weights_finite_ = true;
    double share_ = 1, weight_ = 1;  // of a row in the loss; of the step's rows in all
};

extern template class Session<float>;
extern template class Session<double>;

}  // namespace glassnet
