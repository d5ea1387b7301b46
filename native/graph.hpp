// The network laid out in memory: nodes (matrices of a block of rows) and groups (a dense layer and what follows it
// element by element), with its weights in panels. Training (session.cpp) and inference (predictor.cpp) share it.
#pragma once

#include <vector>

#include "memory.hpp"
#include "plan.hpp"

namespace glassnet {

struct Range {
    int begin, end;
    bool empty() const { return begin >= end; }
};

// Part `id` of `count` of 0 .. total, cut at multiples of `unit`.
inline Range part(int total, int unit, int id, int count) {
    const std::int64_t units = (total + unit - 1) / unit;
    const auto at = [&](int i) { return int(std::min<std::int64_t>(total, units * i / count * unit)); };
    return {at(id), at(id + 1)};
}

constexpr int ROW_UNIT = 8;  // rows are shared out in whole tiles of every list

// Zeros are left out of a product where fewer of the numbers than this share are not zero: with every k it comes closer to the fma
// limit. Lists of data, where it is zero nearly everywhere, or where the same columns are zero in nearly all rows; they are made for
// several rows or columns together, and given up where these keep more than a share of the k: lists of rows are made quickly, and
// soon paid for where many panels read them, those of columns are not.
constexpr double LEAVING_OUT_PAYS = 0.65, LISTS_PAY = 0.25;
constexpr int MANY_PANELS = 4;
constexpr double listed_rows_pay(int panels) { return panels < MANY_PANELS ? 0.45 : 0.55; }
constexpr double LISTED_COLUMNS_PAY = 0.45;

// A panel of B as Product takes it.
template <class T> struct Panel {
    const T* data;
    std::ptrdiff_t stride;
    int first, columns, lines;
};

// How a matrix of so many columns is packed in panels, each with room for some rows. All panels of a matrix have nearly as many
// lines: one narrow panel at the end would have too few sums to keep the processor busy.
template <class T> class Panels {
public:
    Panels() = default;
    Panels(int rows, int width, int most_lines = PANEL) : rows_(rows), width_(width) {
        const int all = (width + PER_LINE<T> - 1) / PER_LINE<T>;
        count_ = (all + most_lines - 1) / most_lines;
        if (count_ > 0) lines_ = all / count_, wider_ = all % count_;
    }

    int count() const { return count_; }
    int widest() const { return lines_ + (wider_ > 0); }  // in lines
    int at(int column) const {  // which panel it is in
        const int wide = (lines_ + 1) * PER_LINE<T>, before = wider_ * wide;
        return column < before ? column / wide : wider_ + (column - before) / (lines_ * PER_LINE<T>);
    }
    std::size_t size() const { return std::size_t(rows_) * std::size_t(lines_ * count_ + wider_) * PER_LINE<T>; }  // of all of them, in numbers
    Panel<T> of(const T* packed, int p) const {
        const int first = (p * lines_ + std::min(p, wider_)) * PER_LINE<T>, lines = lines_ + (p < wider_);
        return {packed + std::ptrdiff_t(first) * rows_, lines * PER_LINE<T>, first, std::min(lines * PER_LINE<T>, width_ - first), lines};
    }

private:
    int rows_ = 0, width_ = 0, count_ = 0;
    int lines_ = 0, wider_ = 0;  // of a panel; of so many first ones one more
};

// A matrix of activations A (rows, width) with its gradient G; of data, what is not zero in it.
template <class T> struct Node {
    int width = 0;
    std::ptrdiff_t stride = 0;
    T *A = nullptr, *G = nullptr;
    Panels<T> parts;  // in which columns stand together, row after row, each for a thread; none: all of them do
    std::ptrdiff_t next_part = 0;
    bool often_zero = false;  // it follows a ReLU or a dropout
    int words = 0;  // of data: of a row's mask
    std::uint32_t* masks = nullptr;
    Lists<T> rows, columns;

    // Where a number stands in A, or G.
    std::ptrdiff_t at(std::ptrdiff_t row, int column) const {
        if (parts.count() == 0) return row * stride + column;
        const int part = parts.at(column);
        return part * next_part + row * stride + column - parts.of(nullptr, part).first;
    }
    // The end of the part that begins there.
    int part_end(int column) const { return parts.count() == 0 ? width : column + parts.of(nullptr, parts.at(column)).columns; }
};

// An activation, a dropout or a rescaling that stands alone, from one node to the next. Both share the gradient's memory.
template <class T> struct Post {
    LayerKind kind;
    Activation activation;
    std::uint32_t index = 0;
    std::uint64_t threshold = 0;
    T factor = 1;
    T *factors = nullptr, *offsets = nullptr;  // rescale
    int from = 0, to = 0;            // nodes
    std::uint8_t* keep = nullptr;    // dropout: (rows, width)
};

template <class T> struct Group {
    bool dense = false;  // only the first group may have none: operations on X itself
    int in = 0, out = 0;
    Activation activation;
    std::int64_t weight = -1, bias = -1;        // in the flat vector
    double l2 = 0, l2_shared = 0;               // penalties of the weights
    std::ptrdiff_t panels_at = 0, bias_at = 0;  // in the packed one
    bool back = false;                          // dX is needed, and for that W^T in panels of the inputs:
    T* transposed = nullptr;                    // beside W; or
    bool lies = false;                          // in place of it, where lines of W would be all but empty
    Panels<T> cut, input_cut;                   // W, and W^T
    int input = 0, output = 0, last = 0;        // nodes: X, A, and A after all posts
    std::vector<Post<T>> posts;
    bool by_rows_only = false;  // a softmax needs whole rows
    bool zeros_in = false, zeros_back = false;  // X, or dZ as dX is computed from it, is often zero, and looking for that may pay

    std::size_t size() const { return lies ? input_cut.size() : cut.size(); }  // of W, as it is packed
    bool rectifies() const { return dense && activation.function == Function::relu; }
    int lines() const { return (out + PER_LINE<T> - 1) / PER_LINE<T>; }
    int panels() const { return cut.count(); }
    int widest_panel() const { return cut.widest(); }  // in lines
    Panel<T> panel(const T* packed, int p) const { return cut.of(packed + panels_at, p); }
    int input_lines() const { return (in + PER_LINE<T> - 1) / PER_LINE<T>; }
    int input_panels() const { return input_cut.count(); }
    Panel<T> input_panel(const T* packed, int p) const { return input_cut.of(lies ? packed + panels_at : transposed, p); }
};

// Zeros of X in X W: they take part; or are left out by lists, which data alone has; or as they are met.
enum class Zeros { take_part, listed, met };

// What dropout needs to know of a step; `first_row` is the block's place in the batch.
struct Moment {
    std::uint64_t seed = 0;
    std::uint32_t step = 0;
    int first_row = 0;
};

// Room for the lists of `items` rows or columns of X, in blocks of at most `depth` k.
template <class T> void reserve_room(Memory&, Lists<T>&, int tile, int items, int depth, int blocks, bool with_values);

// Where what belongs to a network lies in memory, which no bit depends on.
struct Layout {
    bool training = false;        // there are gradients
    int first_panel_lines = PANEL;  // of a panel of the first group, at most
    bool lying = false;           // weights of few outputs may lie
    // Threads have panels of the first group as their own, and the columns of A that these lead to. Nothing that one of them writes
    // may lie where another reads: they are in pages of their own.
    bool pair = false;
};

template <class T> class Graph {
public:
    Graph(const Network&, const Kernels<T>&, int block, const Layout& = {});

    // Memory for the rows of X: not taken where only SparseBlock brings rows in, which needs none.
    void hold_input();

    void pack(const T* flat, T* packed) const;    // the flat vector of Python, (in, out) row after row, into panels
    void unpack(const T* packed, T* flat) const;  // and back
    void transpose(const T* packed, const Group<T>&, const Panel<T>&, Range rows) const;  // refreshes W^T beside W from some rows of a panel

    // Rows of X into node 0, or `X`; with masks where `look_for_zeros`. `following` are the places in `order` of the rows that
    // will be gathered next: the first of them are asked for at the end, to be there when the next call comes.
    void gather(const Source&, const std::int64_t* order, Range rows, bool look_for_zeros, Range following, T* X = nullptr) const;
    void list_rows(Range rows, std::int64_t& entries) const;  // of data, after `gather` with masks
    // A = g(X W + b) and the posts, for some rows and some panels of the group.
    void forward(const Group<T>&, const T* packed, const Moment&, Range rows, Range panels, Zeros) const;
    Product<T> product(const Group<T>&, const T* packed, Range rows, int panel) const;  // X W + b of a panel
    // The group's own function, where the product has not `activated` its sums, and the posts.
    void posts(const Group<T>&, const Moment&, Range rows, Range columns, bool activated = false) const;
    void posts_backward(const Group<T>&, Range rows, Range columns) const;

    const Kernels<T>& kernels;
    const Layout layout;
    std::vector<Node<T>> nodes;
    std::vector<Group<T>> groups;
    std::size_t packed_size = 0;
    int block = 0;

private:
    template <class Copy> void each_row(const T* packed, const Group<T>&, const Copy&) const;
    void forward_lying(const Group<T>&, const T* packed, const Moment&, Range rows) const;
    int add_node(int width, bool own_gradient, bool often_zero, const Panels<T>& parts = {});
    void add_group(const Layer*, int in, int panel_lines);
    void add_post(const Layer&);
    void look_for_zeros(Group<T>&) const;
    void reserve_lists();
    Memory memory_;
};

extern template class Graph<float>;
extern template class Graph<double>;

}  // namespace glassnet
