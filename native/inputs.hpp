// X of a layer, in the kinds in which it comes, and the two products that it is a factor of: X W and Xᵀ dZ.
#pragma once

#include "graph.hpp"

namespace glassnet {

constexpr int CHUNK = 48, MOST_ROWS = 96;  // rows of W whose gradient is finished and applied at a time: mostly, at most
static_assert(CHUNK * WIDE_PANEL <= MOST_ROWS * PANEL);  // a thread's room: of a wide panel, too, CHUNK rows are finished at a time
constexpr int ALL_ROWS = 1 << 29;
constexpr int STRIPE_UNIT = 4;  // rows of W: lower tiles would wait for their sums

// A block of a step's rows.
struct Batch {
    const std::int64_t* order;
    int rows;            // of the batch
    int begin, count;    // of the block
    int following;       // rows that come after it in the order
    bool first, last;    // block
    int threads, unit;   // who share out its rows, in multiples of so many

    // Places in the order of the rows of X that a thread is likely to read after these: what it still has of this batch, or its
    // share of the next.
    Range after(Range rows, int thread) const {
        const Range own = part(count, unit, thread, threads);
        if (rows.begin >= own.begin && rows.end < own.end) return {rows.end, own.end};
        return {count + part(following, unit, thread, threads).begin, count + following};
    }
    // The same for a thread that reads all rows.
    Range behind(Range rows) const { return rows.end < count ? Range{rows.end, count} : Range{count, count + following}; }
};

// A thread's work in a block. `skip`: zeros of X may be left out, since the other factor is finite. `columns` of X: those that
// the thread reads, where Sharing says that it reads its own; of them, `asked` rows of the block were asked for while the last step ended.
struct Task {
    const Batch& batch;
    int thread;
    bool skip;
    Range columns{0, 0};
    int asked = 0;
};

// What those who share out work have to know of a kind.
struct Sharing {
    int unit = ROW_UNIT;    // rows, and columns of X, are taken in multiples of it
    bool own_columns = false;  // X W is computed by one thread after the other (relay.hpp), each with the columns whose weights are its own
    bool own_sums = false;  // Xᵀ dZ of columns by one thread, in whose memory it waits until it is finished
    bool turned = false;    // between the two the block is turned over, as soon as all of it has come in
    int work_above = 1;     // of a line of weights in later layers, beside one in this
};

// How W is cut for Xᵀ dZ. Threads take rows of a panel, panel after panel, or of all panels at once. Something may be made of
// X for a stripe of so many rows of W, which all panels that are taken read; their gradient is finished, and the rule applied
// to it, so many rows at a time.
struct Stripes {
    bool by_panels;
    int rows, chunk;
};

template <class T> class Input {
public:
    explicit Input(const Sharing& sharing_ = {}) : sharing(sharing_) {}
    virtual ~Input() = default;

    const Sharing sharing;

    // Before anything else, the orders of a training's steps; before each block, its rows: by one thread.
    virtual void begin(const Orders&, int /*batch_size*/) {}
    virtual void expect(const std::int64_t* /*order*/, int /*rows*/) {}

    // Rows of a block come in. A = g(X W + b) and the posts of some of them, as Graph::forward.
    virtual void enter(const Task&, Range /*rows*/) {}
    virtual void forward(const Task&, const T* packed, const Moment&, Range rows, Range panels) = 0;

    // Between the two products, if Sharing says so: by one thread.
    virtual void turn(int /*rows*/) {}

    // Whether Xᵀ dZ leaves out zeros, so that it has to be known whether dZ is finite.
    virtual bool leaves_out() const { return true; }
    // Of the weights of a block of so many rows.
    virtual Stripes stripes(int rows) const = 0;
    // Xᵀ dZ of some columns of X, which are rows of W: a stripe is begun, then its chunks follow, panel after panel. A product
    // comes with all but X, from column `first_row` on: the gradient and the columns of dZ of one panel.
    virtual void begin_stripe(const Task&, Range /*columns*/) {}
    virtual void gradient(const Task&, Product<T>&) = 0;
    // Of a row of X in a thread's columns: how many lines of the cache it has, and their places.
    virtual int lines_of_row(const Task&) const { return 0; }
    virtual void find_lines(const Task&, std::int64_t /*row*/, const void** /*lines*/) const {}
};

}  // namespace glassnet
