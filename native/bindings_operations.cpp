// Single operations on single arrays, for the tests that hold every kernel against maths/.
//
// Matrices come in as rows padded to whole cache lines, as the engine keeps them: (rows, stride) of which `columns` count.
#include <numeric>

#include "bindings.hpp"
#include "graph.hpp"
#include "instruction_sets.hpp"
#include "byte_rows.hpp"
#include "sparse_bytes.hpp"

namespace glassnet {

namespace {

template <class E> E named(const std::string& name, const std::vector<std::pair<const char*, E>>& names) {
    for (const auto& [known, value] : names)
        if (name == known) return value;
    throw nb::value_error(("the native engine has no " + name).c_str());
}

template <class V> using Matrix = nb::ndarray<V, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
void multiply(const std::string& isa, Matrix<const T> A, bool transposed, Matrix<const T> B, Matrix<T> C, int rows, int depth,
              std::optional<ReadOnly<T>> bias, int list_tile, bool with_values, bool in_slivers, bool leave_out, bool resume, bool lying) {
    const Kernels<T>& kernels = kernels_of<T>(isa);
    Product<T> p{};
    p.A = A.data(), p.a_stride = A.shape(1), p.transposed = transposed, p.B = B.data(), p.b_stride = B.shape(1);
    p.C = C.data(), p.c_stride = C.shape(1), p.rows = rows, p.depth = depth;
    p.lines = int(C.shape(1)) / PER_LINE<T>, p.bias = bias ? bias->data() : nullptr, p.resume = resume, p.leave_out = leave_out;
    if (lying) p.lying = true, p.columns = int(transposed ? C.shape(0) : B.shape(0));
    Memory memory;
    Lists<T> lists;
    if (list_tile) {
        const int height = transposed ? depth : rows, width = transposed ? rows : depth, words = (width + WORD - 1) / WORD;
        std::uint32_t* masks = memory.take<std::uint32_t>(std::size_t(height) * words + LINE);
        for (int m = 0; m < height; m++) kernels.mask_row(A.data() + m * A.shape(1), width, masks + std::ptrdiff_t(m) * words);
        reserve_room(memory, lists, list_tile, rows, LIST_WORDS * WORD, list_blocks((depth + WORD - 1) / WORD), with_values);
        if (transposed) kernels.list_columns(masks, words, A.data(), std::ptrdiff_t(A.shape(1)), height, 0, width, lists);
        else kernels.list_rows(masks, words, A.data(), std::ptrdiff_t(A.shape(1)), 0, height, lists);
        p.lists = &lists;
    }
    if (in_slivers) {
        const int height = kernels.sliver[std::min(p.lines, PANEL)], count = (rows + height - 1) / height;
        T* slivers = memory.take<T>(std::size_t(count) * height * depth);
        kernels.cut_slivers(A.data(), std::ptrdiff_t(A.shape(1)), depth, rows, height, slivers);
        p.A = slivers, p.sliver = height;
    }
    kernels.multiply(p);
}

// Z = X W and dW = Xᵀ dZ of bytes, band after band.
template <class T>
void multiply_bytes(const std::string& isa, Matrix<const std::uint8_t> X, bool by_255, bool skip, int outputs, Matrix<const T> W, Matrix<T> Z,
                    Matrix<const T> dZ, Matrix<T> dW) {
    const Kernels<T>& kernels = kernels_of<T>(isa);
    const int rows = int(X.shape(0)), width = int(X.shape(1)), bands = (rows + BAND - 1) / BAND;
    const std::ptrdiff_t stride = row_stride<std::uint8_t>(width);
    Memory memory;
    const ByteBlock block{memory.take<const std::uint8_t*>(std::size_t(rows)), memory.take<std::uint8_t>(std::size_t(bands) * BAND * stride),
                          stride, stride / OCTET, width, by_255};
    std::vector<std::int64_t> order(X.shape(0));
    std::iota(order.begin(), order.end(), 0);
    Product<T> p{};
    p.B = W.data(), p.b_stride = W.shape(1), p.C = Z.data(), p.c_stride = Z.shape(1), p.rows = rows, p.depth = width;
    ByteRows given = byte_rows(X.data(), rows, width, memory);
    given.order = order.data(), given.count = rows;
    kernels.multiply_rows(p, outputs, given, block, 0, skip, memory.take<std::uint8_t>(room_of_rows(stride)));
    T *spread = memory.take<T>(std::size_t(BAND) * outputs * MOST_LANES), *sums = memory.take<T>(std::size_t(stride) * outputs);
    p.B = spread, p.C = dW.data(), p.c_stride = dW.shape(1), p.rows = width, p.lines = int(dW.shape(1)) / PER_LINE<T>;
    for (int first = 0; first < rows; first += BAND) {
        p.depth = std::min(BAND, rows - first), p.resume = first > 0, p.finish = first + BAND >= rows;
        kernels.spread(dZ.data() + first * dZ.shape(1), dZ.shape(1), p.depth, outputs, spread);
        kernels.multiply_columns(p, outputs, block, first, skip, sums);
    }
}

// The same from bytes of which many are zero.
template <class T>
void multiply_sparse_bytes(const std::string& isa, Matrix<const std::uint8_t> X, bool by_255, bool skip, Matrix<const T> W, Matrix<T> Z,
                           Matrix<const T> dZ, Matrix<T> dW) {
    const Kernels<T>& kernels = kernels_of<T>(isa);
    Source source{Source::Kind::bytes};
    source.values = X.data(), source.rows = std::int64_t(X.shape(0)), source.width = int(X.shape(1)), source.scale = by_255;
    const int rows = int(X.shape(0));
    SparseBytes<T> block(source, rows, 1, kernels, kernels.sparse_row_tile[std::min(int(W.shape(1)) / PER_LINE<T>, WIDE_PANEL)]);
    std::vector<std::int64_t> order(X.shape(0));
    std::iota(order.begin(), order.end(), 0);
    block.gather(order.data(), {0, rows}, {0, source.width}, {0, rows}, skip, 0);
    block.mask(order.data(), rows, {0, source.width}, skip, 0);
    Product<T> p{};
    p.B = W.data(), p.b_stride = W.shape(1), p.C = Z.data(), p.c_stride = Z.shape(1), p.rows = rows, p.depth = source.width;
    p.lines = int(W.shape(1)) / PER_LINE<T>;
    block.multiply_rows(p, 0);
    p.B = dZ.data(), p.b_stride = dZ.shape(1), p.C = dW.data(), p.c_stride = dW.shape(1), p.rows = source.width, p.depth = rows;
    block.multiply_columns(p, 0);
}

// Row losses and gradients; for the two losses that are no sum over rows, the loss in row_losses[0]. Whether the outputs
// can be used.
template <class T>
bool loss(const std::string& isa, const nb::tuple& given, Matrix<const T> P, Matrix<T> G, int outputs, std::optional<Matrix<const T>> numbers,
          std::optional<ReadOnly<std::int64_t>> classes, ReadOnly<std::int64_t> order, std::optional<ReadOnly<double>> shares,
          Writable<double> row_losses) {
    const Kernels<T>& kernels = kernels_of<T>(isa);
    const Loss loss = loss_of(given);
    const int rows = int(P.shape(0));
    const T* targets = numbers ? numbers->data() : nullptr;
    const double *each = shares ? shares->data() : nullptr, share = 1.0 / rows;
    if (loss.name != LossName::rmse && loss.name != LossName::likelihood)
        return kernels.loss(loss, P.data(), P.shape(1), G.data(), G.shape(1), rows, outputs, targets, classes ? classes->data() : nullptr,
                            order.data(), each, share, row_losses.data());
    std::vector<T> scratch(2 * std::size_t(rows));
    bool usable = true;
    row_losses.data()[0] = kernels.whole_loss(loss, P.data(), P.shape(1), G.data(), G.shape(1), rows, outputs, targets, order.data(), each,
                                              share, scratch.data(), usable);
    return usable;
}

template <class T> void bind_for(nb::module_& m) {
    m.def("multiply", &multiply<T>, nb::arg("isa"), nb::arg("A"), nb::arg("transposed"), nb::arg("B"), nb::arg("C"), nb::arg("rows"),
          nb::arg("depth"), nb::arg("bias").none(), nb::arg("list_tile"), nb::arg("with_values"),
          nb::arg("in_slivers"), nb::arg("leave_out"), nb::arg("resume"), nb::arg("lying") = false);
    m.def("activate", [](const std::string& isa, const std::string& function, double setting, Matrix<T> Z, Matrix<T> A, int columns) {
        kernels_of<T>(isa).activate(activation_of(function, setting), Z.data(), Z.shape(1), A.data(), A.shape(1), int(Z.shape(0)), columns);
    });
    m.def("activate_backward", [](const std::string& isa, const std::string& function, double setting, Matrix<T> dA, Matrix<const T> A, int columns) {
        kernels_of<T>(isa).activate_backward(activation_of(function, setting), dA.data(), dA.shape(1), A.data(), A.shape(1), int(dA.shape(0)), columns);
    });
    m.def("update", [](const std::string& isa, const nb::dict& settings, Writable<T> theta, ReadOnly<T> g, Writable<T> first, Writable<T> second, Writable<T> third) {
        Update update = update_of(settings);
        const auto number = [&](const char* name, double otherwise) { return settings.contains(name) ? nb::cast<double>(settings[name]) : otherwise; };
        update.learning_rate = number("learning_rate", 0), update.r = number("r", 0);
        update.m_correction = number("m_correction", 1), update.v_correction = number("v_correction", 1);
        update.mu = number("mu", 0), update.m_share = number("m_share", 0), update.g_share = number("g_share", 0);
        T* moments[MOMENTS] = {first.data(), second.data(), third.data()};
        return kernels_of<T>(isa).update(update, theta.data(), g.data(), moments, theta.size(), {});
    });
    m.def("multiply_bytes", multiply_bytes<T>);
    m.def("multiply_sparse_bytes", multiply_sparse_bytes<T>);
    m.def("add_scaled", [](const std::string& isa, double factor, ReadOnly<T> values, Writable<T> out) {
        kernels_of<T>(isa).add_scaled(T(factor), values.data(), out.data(), out.size());
    });
    m.def("clip", [](const std::string& isa, double limit, Writable<T> g) { kernels_of<T>(isa).clip(T(limit), g.data(), g.size()); });
    m.def("times", [](const std::string& isa, double factor, Writable<T> g) { kernels_of<T>(isa).times(T(factor), g.data(), g.size()); });
    m.def("squares", [](const std::string& isa, Matrix<const T> g, int columns) {
        return kernels_of<T>(isa).squares(g.data(), g.shape(1), int(g.shape(0)), columns);
    });
    m.def("scale_bytes", [](const std::string& isa, ReadOnly<std::uint8_t> bytes, Writable<T> out, int scale) {
        kernels_of<T>(isa).scale_bytes(bytes.data(), out.data(), int(bytes.size()), scale, nullptr);
    });
    m.def("scale", [](const std::string& isa, Matrix<T> X, int columns, int scale) {
        for (std::size_t i = 0; i < X.shape(0); i++) kernels_of<T>(isa).scale(X.data() + i * X.shape(1), columns, scale);
    });
    m.def("rescale", [](const std::string& isa, Matrix<const T> X, ReadOnly<T> factor, std::optional<ReadOnly<T>> offset, Matrix<T> A, int columns) {
        for (std::size_t i = 0; i < X.shape(0); i++)
            kernels_of<T>(isa).rescale(X.data() + i * X.shape(1), factor.data(), offset ? offset->data() : nullptr, A.data() + i * A.shape(1), columns);
    }, nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg());
    m.def("drop", [](const std::string& isa, ReadOnly<T> X, ReadOnly<std::uint8_t> keep, double factor, Writable<T> out) {
        kernels_of<T>(isa).drop(X.data(), keep.data(), T(factor), out.data(), int(X.size()));
    });
    m.def("transpose", [](const std::string& isa, Matrix<const T> X, int columns, Matrix<T> out) {
        kernels_of<T>(isa).transpose(X.data(), X.shape(1), int(X.shape(0)), columns, out.data(), out.shape(1));
    });
    m.def("loss", &loss<T>, nb::arg("isa"), nb::arg("loss"), nb::arg("P"), nb::arg("G"), nb::arg("outputs"), nb::arg("numbers").none(),
          nb::arg("classes").none(), nb::arg("order"), nb::arg("shares").none(), nb::arg("row_losses"));
    m.def("column_sums", [](const std::string& isa, Matrix<const T> D, Writable<T> sums) {
        kernels_of<T>(isa).column_sums(D.data(), D.shape(1), int(D.shape(0)), int(D.shape(1)) / PER_LINE<T>, sums.data(), false, true);
    });
}

}  // namespace

Activation activation_of(const std::string& name, double setting) {
    const Function function = named<Function>(name, {{"identity", Function::identity}, {"step", Function::step}, {"sigmoid", Function::sigmoid},
                                  {"tanh", Function::tanh}, {"relu", Function::relu}, {"leaky_relu", Function::leaky_relu},
                                  {"relu6", Function::relu6}, {"hard_tanh", Function::hard_tanh}, {"hard_sigmoid", Function::hard_sigmoid},
                                  {"softsign", Function::softsign}, {"elu", Function::elu}, {"selu", Function::selu}, {"celu", Function::celu},
                                  {"exponential", Function::exponential}, {"softplus", Function::softplus}, {"silu", Function::silu},
                                  {"mish", Function::mish}, {"gelu", Function::gelu}, {"softmax", Function::softmax},
                                  {"log_softmax", Function::log_softmax}});
    if (function == Function::gelu && setting != 0) return {Function::gelu_by_tanh, 0};
    return {function, setting};
}

Loss loss_of(const nb::tuple& given) {
    Loss loss{};
    loss.name = named<LossName>(nb::cast<std::string>(given[0]),
        {{"mse", LossName::mse}, {"half_mse", LossName::half_mse}, {"rmse", LossName::rmse}, {"mae", LossName::mae},
         {"mbe", LossName::mbe}, {"mape", LossName::mape}, {"huber", LossName::huber}, {"hinge", LossName::hinge},
         {"squared_hinge", LossName::squared_hinge}, {"binary_crossentropy", LossName::binary_crossentropy},
         {"categorical_crossentropy", LossName::categorical_crossentropy},
         {"sparse_categorical_crossentropy", LossName::sparse_categorical_crossentropy},
         {"kl_divergence", LossName::kl_divergence}, {"likelihood", LossName::likelihood}});
    loss.from_logits = nb::cast<bool>(given[1]);
    loss.delta = nb::cast<double>(given[2]);
    return loss;
}

Update update_of(const nb::dict& given) {
    Update update{};
    update.rule = named<Rule>(nb::cast<std::string>(given["rule"]),
        {{"gradient_descent", Rule::gradient_descent}, {"momentum", Rule::momentum}, {"nesterov", Rule::nesterov},
         {"adagrad", Rule::adagrad}, {"adadelta", Rule::adadelta}, {"rmsprop", Rule::rmsprop}, {"adam", Rule::adam},
         {"adamw", Rule::adamw}, {"amsgrad", Rule::amsgrad}, {"adamax", Rule::adamax}, {"nadam", Rule::nadam},
         {"radam", Rule::radam}, {"lion", Rule::lion}});
    const auto number = [&](const char* name) { return given.contains(name) ? nb::cast<double>(given[name]) : 0.0; };
    update.eta = number("eta"), update.epsilon = number("epsilon"), update.rho = number("rho");
    update.beta1 = number("beta1"), update.beta2 = number("beta2"), update.weight_decay = number("weight_decay");
    update.epsilon_inside = given.contains("epsilon_inside") && nb::cast<bool>(given["epsilon_inside"]);
    return update;
}

void bind_operations(nb::module_& m) {
    bind_for<float>(m);
    bind_for<double>(m);
    m.def("keep_mask", [](const std::string& isa, std::uint64_t seed, std::uint32_t step, std::uint32_t layer, std::uint64_t first,
                          std::uint64_t threshold, Writable<std::uint8_t> keep) {
        kernels_of<float>(isa).keep_mask(seed, step, layer, first, int(keep.size()), threshold, keep.data());
    });
}

}  // namespace glassnet
