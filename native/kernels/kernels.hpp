// What an instruction set offers: one table of functions for each dtype, the same for all of them.
//
// Matrices of activations and gradients are row-major with rows padded to whole cache lines (LINE bytes). Weights lie in
// panels: a panel is a block of columns at most PANEL lines wide (WIDE_PANEL where one row passes at a time), stored row
// after row, so that a kernel reads it from front to back. The numbers in the padding are never read as results.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glassnet {

constexpr int LINE = 64;        // bytes of a cache line, and the unit of every row and panel
constexpr int PANEL = 4;        // lines of a full panel's row,
constexpr int WIDE_PANEL = 7;   // and of one whose sums, for one row, all stay in AVX2's registers
constexpr int WORD = 32;        // columns whose zeros are kept in one word of a bit mask

// Lists are cut in blocks of k, in words: what is read of a block's rows of B stays in the first-level cache.
constexpr int LIST_WORDS = 6;
constexpr int list_blocks(int words, int words_of_block = LIST_WORDS) { return (words + words_of_block - 1) / words_of_block; }

template <class T> constexpr int PER_LINE = LINE / int(sizeof(T));
template <class T> constexpr int PANEL_WIDTH = PANEL * PER_LINE<T>;

// Which k matter: for each tile of `tile` rows, the k at which any of its rows is not zero, ascending, and perhaps what
// stands there: a product then reads its A from front to back.
template <class T> struct Lists {
    std::uint16_t* entries = nullptr;              // [block of k][tile]: each begins at a multiple of `stride`
    T* values = nullptr;                           // `tile` of them for each entry, one a row; null: they are read in A
    std::int32_t* counts = nullptr;                // [block of k][tile]
    std::ptrdiff_t stride = 0, values_stride = 0;  // entries and values reserved for one list
    int blocks = 1, tiles = 0;
    int tile = 1;
};

// C[m, :] = sum over k of A[m, k] * B[k, :] (+ bias), for the columns of one panel.
//
// Every element is one chain of fused multiply-adds, k ascending, from 0 or, with `resume`, from what stands in C. With
// `finish` the chain ends: -0 becomes 0 (a chain that skips zero products would give 0), the bias is added, and `multiply`
// lets a ReLU follow (`rectify`), or, where C is the gradient by what came out of one (`gate`, with C's stride), the way back.
template <class T> struct Product {
    const T* A;
    std::ptrdiff_t a_stride;
    bool transposed;  // A[m, k] is A[k * a_stride + m] instead of A[m * a_stride + k], or, where there are slivers,
    int sliver = 0;   // A[(m / sliver * depth + k) * sliver + m % sliver]
    bool lying = false;  // the weights, B of X W and C of Xᵀ dZ, have their few columns as rows: B[n, k], C[n, m]
    const T* B;
    std::ptrdiff_t b_stride;
    T* C;
    std::ptrdiff_t c_stride;
    int rows, depth, lines;
    int columns = 0;                  // that are wanted of these lines, the rest becoming 0; 0: all of them
    const T* bias = nullptr;
    const Lists<T>* lists = nullptr;  // where given, all other k are left out; exact while every factor is finite
    int first_row = 0;             // of A's row 0 among the lists' rows
    bool leave_out = false;        // zeros of A, where it is not transposed: as they are met, without lists; exact as these are
    bool resume = false;
    bool finish = true;
    bool rectify = false;
    const T* gate = nullptr;
};

// Rows of A as what is not zero in them: those of row r are starts[r] .. starts[r + 1], their k, ascending, in `places`.
template <class T> struct Entries {
    const T* values;
    const std::int32_t *places, *starts;
};

// A block of X as its bytes, for a first layer of few outputs (kernels/narrow.cpp), and where those are not zero.
constexpr int FEW_OUTPUTS = 12;  // whose sums stay in registers
constexpr int OCTET = 8;
struct ByteBlock {
    const std::uint8_t** rows = nullptr;  // where they stand
    std::uint8_t* filled = nullptr;       // [row / 8][column / 8]: bit r: row r of these eight is not zero in all of these eight columns
    std::ptrdiff_t stride = 0, filled_stride = 0;  // bytes of a row with padding, and of eight rows' octets
    int width = 0;
    bool by_255 = false;
};

// Rows that come in: those of X that `order` names, and some that will come next. A vector may reach beyond a row's end: the
// last rows of X are therefore read from a copy, with padding.
struct ByteRows {
    const std::uint8_t *X, *last;
    std::int64_t first_of_last;
    int width;
    std::ptrdiff_t last_stride;
    const std::int64_t *order = nullptr, *next = nullptr;
    int count = 0, next_count = 0;

    const std::uint8_t* place(std::int64_t row) const {
        return row < first_of_last ? X + row * width : last + (row - first_of_last) * last_stride;
    }
};

// What multiply_rows needs of a thread's own memory, for rows of so many bytes with their padding.
constexpr int MOST_LANES = 16;
constexpr std::size_t room_of_rows(std::ptrdiff_t stride) { return std::size_t(stride) * (MOST_LANES + 1) + 2 * LINE; }

constexpr int BAND = 64;  // rows of a block that add to the sums of all columns together: the bits of a word

// Rows of X as bytes of which many are zero, for a first layer of more outputs (kernels/sparse_bytes.cpp).
template <class T> struct SparseRows {
    const std::uint8_t* const* rows;        // where they stand; 32 bytes can be read from each of their columns on
    const T* numbers;                       // what each byte stands for
    // Where row r, or any of the `tile` rows from r on that share a list, is not zero, ascending: counts[r] places from r * stride on.
    const std::uint16_t* places = nullptr;
    const std::int32_t* counts = nullptr;
    std::ptrdiff_t stride = 0;
    int tile = 1;  // or 2; the last row may stand alone
};

// The bytes that stand side by side in a tile of rows, or of columns, at each k where not all of them are zero. And the
// memory that is left for more of such lists.
struct ByteList {
    const std::uint16_t* places;  // the k, ascending: columns of X; or rows of a band
    const std::uint8_t* bytes;    // `byte_tile` for each
    int count;
};
struct ByteRoom {
    std::uint16_t* places;
    std::uint8_t* bytes;
};

enum class Function : int {
    identity, step, sigmoid, tanh, relu, leaky_relu, relu6, hard_tanh, hard_sigmoid, softsign, elu, selu, celu, exponential,
    softmax, log_softmax, softplus, silu, mish, gelu, gelu_by_tanh
};

struct Activation {
    Function function = Function::identity;
    double setting = 0;  // leaky_relu, hard_sigmoid: the slope; step: the value at 0; elu, celu: alpha

    bool by_rows() const { return function == Function::softmax || function == Function::log_softmax; }
    // Whether the way back needs Z: it then stays beside A, and what follows a layer in place becomes a step of its own.
    bool by_inputs() const { return function >= Function::softplus || function == Function::softsign; }
};

enum class Rule : int {
    gradient_descent, momentum, nesterov, adagrad, adadelta, rmsprop, adam, adamw, amsgrad, adamax, nadam, radam, lion
};

// A root and a division for each number: memory rests meanwhile, and may be asked for what comes next.
constexpr bool takes_roots(Rule rule) {
    return rule == Rule::adagrad || rule == Rule::adadelta || rule == Rule::rmsprop || rule == Rule::adam || rule == Rule::adamw ||
           rule == Rule::amsgrad || rule == Rule::nadam || rule == Rule::radam;
}

constexpr int MOMENTS = 3;  // that a rule keeps at most

// The settings of one step of a rule, in float64; rounded to the dtype where the formula of maths/updates.py does.
struct Update {
    Rule rule;
    double learning_rate = 0, eta = 0, epsilon = 0, rho = 0;
    double beta1 = 0, beta2 = 0, m_correction = 1, v_correction = 1, weight_decay = 0;
    double mu = 0, m_share = 0, g_share = 0;  // nadam
    double r = 0;                             // radam: 0 as long as v is no divisor yet
    bool epsilon_inside = false;
    bool sound = false;  // in the moments that roots are taken of there is no NaN and nothing below 0

    // By the powers of beta1 and beta2, counted up here. The corrections of nadam and radam come with every step.
    bool corrected() const { return rule == Rule::adam || rule == Rule::adamw || rule == Rule::amsgrad || rule == Rule::adamax; }
};

// Places in memory that a rule asks for on its way, a line of the cache now and one then.
struct Ahead {
    const void* const* lines = nullptr;
    int count = 0;
};

enum class LossName : int {
    mse, half_mse, rmse, mae, mbe, mape, huber, hinge, squared_hinge, binary_crossentropy,
    categorical_crossentropy, sparse_categorical_crossentropy, kl_divergence, likelihood
};

struct Loss {
    LossName name;
    bool from_logits = false;
    double delta = 1;
};

template <class T> struct Kernels {
    const char* isa;
    int row_tile[PANEL + 1], column_tile[PANEL + 1];  // rows and columns of X that share a list, by the lines of a panel
    int sliver[PANEL + 1];                            // columns of X that a sliver holds
    int few_columns;                                  // of a product that is computed at once without lists
    int lying_columns;                                // of weights that had better lie, at most
    void (*multiply)(const Product<T>&);
    void (*multiply_entries)(const Product<T>&, const Entries<T>&);  // with A, its stride and the lists left aside
    void (*cut_slivers)(const T* X, std::ptrdiff_t x_stride, int rows, int columns, int height, T* slivers);  // X^T, for Product
    // X W from bytes: the block's rows from `first` on are told where they stand. Without `skip` zeros take part, too.
    void (*multiply_rows)(const Product<T>& p, int outputs, const ByteRows&, const ByteBlock&, int first, bool skip, std::uint8_t* room);
    // Xᵀ D from bytes, for p.rows columns from p.first_row on and p.depth rows, BAND at most, from row `first` on: their D,
    // spread out for it. `sums` is where the sums of all columns wait while they are not finished.
    void (*spread)(const T* D, std::ptrdiff_t d_stride, int rows, int outputs, T* out);
    void (*multiply_columns)(const Product<T>& p, int outputs, const ByteBlock&, int first, bool skip, T* sums);
    // Both from lists: of p.rows rows; of p.rows columns from p.first_row, a multiple of byte_tile, among those of a band.
    // A band's rows are listed as both: a list for each tile of them, and for each tile of columns.
    int byte_tile;
    void (*list_band)(const ByteRows&, const ByteBlock&, std::uint8_t* room, ByteRoom&, ByteList* rows, ByteList* columns);
    void (*multiply_listed_rows)(const Product<T>& p, int outputs, const ByteList* rows, bool by_255);
    void (*multiply_listed_columns)(const Product<T>& p, int outputs, const ByteList* columns, bool by_255, T* sums);
    // From bytes of which many are zero: the places where one of two rows is not zero (`other` may be `row` itself), and how many
    // there are; how many rows share a list of them, by the lines of a panel; X W of rows from p.first_row on, from their places;
    // the rows (at most BAND) in which each of some columns is not zero, bit by bit; and Xᵀ dZ of columns from p.first_row on,
    // from these masks. Without `skip` zeros are listed, too.
    int (*list_bytes)(const std::uint8_t* row, const std::uint8_t* other, int width, bool skip, std::uint16_t* places);
    int sparse_row_tile[WIDE_PANEL + 1];
    void (*multiply_sparse_rows)(const Product<T>&, const SparseRows<T>&);
    void (*mask_columns)(const std::uint8_t* const* rows, int count, int begin, int end, bool skip, std::uint64_t* masks);
    void (*multiply_sparse_columns)(const Product<T>&, const SparseRows<T>&, const std::uint64_t* masks);
    void (*transpose)(const T* X, std::ptrdiff_t x_stride, int rows, int columns, T* out, std::ptrdiff_t out_stride);  // out = Xᵀ
    void (*column_sums)(const T* D, std::ptrdiff_t stride, int rows, int lines, T* sums, bool resume, bool finish);
    bool (*all_finite)(const T* values, std::size_t count);

    void (*activate)(Activation, T* Z, std::ptrdiff_t z_stride, T* A, std::ptrdiff_t a_stride, int rows, int columns);
    // From A, or from Z where the function is by_inputs().
    void (*activate_backward)(Activation, T* dA, std::ptrdiff_t d_stride, const T* A, std::ptrdiff_t a_stride, int rows,
                              int columns);

    // A = X * factor (+ offset, where given), column by column: the rescaling layer, and its way back.
    void (*rescale)(const T* X, const T* factor, const T* offset, T* A, int columns);

    // Row m's target is targets[order[m]] (or its class number classes[order[m]]); its loss goes to row_losses[m], its
    // gradient, times its share (shares[m], or `share` for all), to G. False: an output is no probability.
    bool (*loss)(const Loss&, const T* P, std::ptrdiff_t p_stride, T* G, std::ptrdiff_t g_stride, int rows, int outputs,
                 const T* targets, const std::int64_t* classes, const std::int64_t* order, const double* shares,
                 double share, double* row_losses);
    // The losses that are no sum over rows; scratch holds 2 * rows numbers. Returns the loss.
    double (*whole_loss)(const Loss&, const T* P, std::ptrdiff_t p_stride, T* G, std::ptrdiff_t g_stride, int rows,
                         int outputs, const T* targets, const std::int64_t* order, const double* shares, double share,
                         T* scratch, bool& usable);

    void (*add_scaled)(T factor, const T* values, T* out, std::size_t count);  // out += factor * values, unfused
    // False: not finite. What is ahead is asked for by rules that take roots.
    bool (*update)(const Update&, T* theta, const T* g, T* const* moments, std::size_t count, const Ahead&);
    // Limits of the gradient (maths/penalties.py). The squares are added in float64: column c in lane c % 16, row after row.
    void (*clip)(T limit, T* g, std::size_t count);
    void (*times)(T factor, T* g, std::size_t count);
    double (*squares)(const T* g, std::ptrdiff_t stride, int rows, int columns);

    void (*scale)(T* values, int count, int scale);  // pixels as floats, in place
    // With a mask, also which of the scaled values are not zero.
    void (*scale_bytes)(const std::uint8_t* bytes, T* out, int count, int scale, std::uint32_t* mask);
    void (*mask_row)(const T* values, int count, std::uint32_t* mask);
    // Entries made, for tiles of rows or of columns of X.
    int (*list_rows)(const std::uint32_t* masks, int words, const T* X, std::ptrdiff_t x_stride, int row_begin, int row_end, Lists<T>&);
    int (*list_columns)(const std::uint32_t* masks, int words, const T* X, std::ptrdiff_t x_stride, int rows, int column_begin,
                        int column_end, Lists<T>&);

    void (*shuffle_keys)(std::uint64_t seed, std::uint32_t epoch, std::int64_t count, std::uint64_t* keys);
    void (*keep_mask)(std::uint64_t seed, std::uint32_t step, std::uint32_t layer, std::uint64_t first, int count,
                      std::uint64_t threshold, std::uint8_t* keep);
    void (*drop)(const T* X, const std::uint8_t* keep, T factor, T* out, int count);
};

template <class T> using Table = const Kernels<T>*;

}  // namespace glassnet
