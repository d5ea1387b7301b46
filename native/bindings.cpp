// The module glassnet.engine._native: what Python sees of the engine. engine/native.py is its only caller.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "bindings.hpp"
#include "instruction_sets.hpp"
#include "perceptron.hpp"
#include "predictor.hpp"
#include "session.hpp"
#include "shuffle.hpp"

namespace glassnet {

namespace {

Layer layer_of(nb::handle given) {
    const nb::tuple t = nb::cast<nb::tuple>(given);
    Layer layer;
    const std::string kind = nb::cast<std::string>(t[0]);
    layer.kind = kind == "dense" ? LayerKind::dense : kind == "activation" ? LayerKind::activation : kind == "rescale" ? LayerKind::rescale : LayerKind::dropout;
    layer.width = nb::cast<int>(t[1]);
    layer.activation = activation_of(nb::cast<std::string>(t[2]), nb::cast<double>(t[3]));
    layer.weight = nb::cast<std::int64_t>(t[4]);
    layer.bias = nb::cast<std::int64_t>(t[5]);
    layer.rate = nb::cast<double>(t[6]);
    layer.index = nb::cast<std::uint32_t>(t[7]);
    layer.factor = nb::cast<std::vector<double>>(t[8]);
    layer.offset = nb::cast<std::vector<double>>(t[9]);
    layer.l2 = nb::cast<double>(t[10]);
    layer.l2_shared = nb::cast<double>(t[11]);
    return layer;
}

// (inputs, parameters, ((kind, width, function, setting, weight, bias, rate, index, factor, offset, l2, l2_shared), ...))
Network network_of(const nb::tuple& given) {
    Network network;
    network.inputs = nb::cast<int>(given[0]);
    network.parameters = nb::cast<std::int64_t>(given[1]);
    for (nb::handle layer : nb::cast<nb::tuple>(given[2])) network.layers.push_back(layer_of(layer));
    return network;
}

using Values = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;

Source::Kind kind_of(const Values& values, bool sparse) {
    const bool doubles = values.dtype() == nb::dtype<double>();
    if (sparse) return doubles ? Source::Kind::sparse_doubles : Source::Kind::sparse_floats;
    if (values.dtype() == nb::dtype<std::uint8_t>()) return Source::Kind::bytes;
    return doubles ? Source::Kind::doubles : Source::Kind::floats;
}

// The arrays behind a Source are kept alive by the Python object that made it.
Source source_of(const Values& values, const std::optional<ReadOnly<std::int64_t>>& pointers,
                 const std::optional<ReadOnly<std::int32_t>>& columns, std::int64_t rows, int width, int scale) {
    Source source;
    source.kind = kind_of(values, pointers.has_value());
    source.values = values.data();
    if (pointers) source.pointers = pointers->data(), source.columns = columns->data();
    source.rows = rows, source.width = width, source.scale = scale;
    return source;
}

// Asked before each step with the GIL released: whether the time is over, which the first step is always in. Takes the GIL
// every few milliseconds to let Python's signal handlers run, one of which may set the stop flag.
class Stop {
public:
    Stop(const std::uint8_t* flag, double seconds) : flag_(flag), began_(Clock::now()), last_(began_), seconds_(seconds) {}

    bool operator()() {
        const Clock::time_point now = Clock::now();
        if (std::exchange(asked_, true) && std::chrono::duration<double>(now - began_).count() >= seconds_) return true;
        if (now - last_ > std::chrono::milliseconds(20)) {
            last_ = now;
            const nb::gil_scoped_acquire gil;
            if (PyErr_CheckSignals() != 0) raised_ = std::make_unique<nb::python_error>();
        }
        return raised_ || *static_cast<const volatile std::uint8_t*>(flag_);
    }
    nb::object raised() const { return raised_ ? nb::borrow(raised_->value()) : nb::none(); }

private:
    using Clock = std::chrono::steady_clock;
    const std::uint8_t* flag_;
    const Clock::time_point began_;
    Clock::time_point last_;
    const double seconds_;
    bool asked_ = false;
    std::unique_ptr<nb::python_error> raised_;
};

template <class T> nb::tuple train(Session<T>& session, Writable<T> theta, const nb::list& moments, double beta1_power,
                                   double beta2_power, std::int64_t step, ReadOnly<std::int64_t> orders, ReadOnly<double> rates,
                                   Writable<double> losses, ReadOnly<std::uint8_t> stop, double seconds,
                                   std::optional<ReadOnly<double>> factors, std::optional<Writable<T>> ends) {
    State<T> state{theta.data(), {}, beta1_power, beta2_power, step};
    for (std::size_t i = 0; i < moments.size() && i < MOMENTS; i++) state.moments[i] = nb::cast<Writable<T>>(moments[i]).data();
    const auto outside = [&](std::int64_t row) { return std::uint64_t(row) >= std::uint64_t(session.rows()); };
    if (std::any_of(orders.data(), orders.data() + orders.size(), outside)) throw nb::index_error("a row that is not there");
    const Orders rows{orders.data(), std::int64_t(orders.shape(1)), std::int64_t(orders.shape(0))};
    Stop stopped(stop.data(), seconds);
    Outcome outcome;
    {
        const nb::gil_scoped_release no_gil;
        outcome = session.train(state, rows, rates.data(), std::int64_t(rates.size()), losses.data(), std::ref(stopped),
                                factors ? reinterpret_cast<const Factors*>(factors->data()) : nullptr, ends ? ends->data() : nullptr);
    }
    // An exception of a signal handler (a second Ctrl-C) is raised by engine/native.py, once it has stored the state.
    return nb::make_tuple(outcome.losses, outcome.updates, outcome.usable, outcome.lost, state.beta1_power, state.beta2_power,
                          stopped.raised());
}

template <class T> void bind_session(nb::module_& m, const char* name) {
    using S = Session<T>;
    nb::class_<S>(m, name, "A training: its network in panels, its buffers, its threads.")
        .def("__init__",
             [](S* self, const std::string& isa, const nb::tuple& network, const nb::tuple& loss, const nb::dict& update,
                int batch_size, std::uint64_t seed, int threads, bool skip_zeros, bool keep_gradients, int block, Values values,
                std::optional<ReadOnly<std::int64_t>> pointers, std::optional<ReadOnly<std::int32_t>> columns, std::int64_t rows,
                int width, int scale, std::optional<ReadOnly<T>> numbers, std::optional<ReadOnly<std::int64_t>> classes,
                std::optional<ReadOnly<double>> weights, std::optional<Writable<T>> outputs) {
                 Program program;
                 program.network = network_of(network);
                 program.loss = loss_of(loss);
                 program.update = update_of(update);
                 program.bias_correction = nb::cast<bool>(update["bias_correction"]);
                 program.clip_value = nb::cast<double>(update["clip_value"]);
                 program.clip_norm = nb::cast<double>(update["clip_norm"]);
                 program.batch_size = batch_size, program.seed = seed, program.threads = threads;
                 program.skip_zeros = skip_zeros, program.keep_gradients = keep_gradients, program.block = block;
                 const Targets<T> targets{numbers ? numbers->data() : nullptr, classes ? classes->data() : nullptr};
                 new (self) S(program, source_of(values, pointers, columns, rows, width, scale), targets,
                              weights ? weights->data() : nullptr, outputs ? outputs->data() : nullptr, kernels_of<T>(isa));
             },
             nb::arg("isa"), nb::arg("network"), nb::arg("loss"), nb::arg("update"), nb::kw_only(), nb::arg("batch_size"),
             nb::arg("seed"), nb::arg("threads"), nb::arg("skip_zeros"), nb::arg("keep_gradients"), nb::arg("block"),
             nb::arg("values"), nb::arg("pointers").none(), nb::arg("columns").none(), nb::arg("rows"), nb::arg("width"),
             nb::arg("scale"), nb::arg("numbers").none(), nb::arg("classes").none(), nb::arg("weights").none(),
             nb::arg("outputs").none())
        .def("train", &train<T>, nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
             nb::arg(), nb::arg().none(), nb::arg().none(),
             "Steps over the rows of the orders, in place on weights and moments; see engine/native.py.")
        .def("gradients", [](const S& self, Writable<T> flat) { self.gradients(flat.data()); },
             "Writes the gradients of the last step, where they were asked to be kept.")
        .def_prop_ro("threads", &S::threads, "How many threads a step uses.");
}

template <class T> void bind_predictor(nb::module_& m, const char* name) {
    using P = Predictor<T>;
    nb::class_<P>(m, name, "A network's forward pass, with buffers for a block of rows.")
        .def("__init__",
             [](P* self, const std::string& isa, const nb::tuple& network, const std::string& head, int threads) {
                 new (self) P(network_of(network), activation_of(head, 0), threads, kernels_of<T>(isa));
             })
        .def("run",
             [](P& self, ReadOnly<T> parameters, Values values, std::optional<ReadOnly<std::int64_t>> pointers,
                std::optional<ReadOnly<std::int32_t>> columns, std::int64_t rows, int width, int scale, Writable<T> out) {
                 const Source source = source_of(values, pointers, columns, rows, width, scale);
                 const nb::gil_scoped_release no_gil;
                 self.run(parameters.data(), source, out.data());
             },
             nb::arg(), nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
             "Writes the outputs of all rows.");
}

// An array's memory while this lives; false where the object has none of the kind asked for.
class Buffer {
public:
    Buffer(PyObject* of, int flags) : held_(PyObject_GetBuffer(of, &view, flags) == 0) {
        if (!held_) PyErr_Clear();
    }
    ~Buffer() {
        if (held_) PyBuffer_Release(&view);
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    explicit operator bool() const { return held_; }
    bool is(char format) const { return view.format && view.format[0] == format && view.format[1] == 0; }

    Py_buffer view;

private:
    const bool held_;
};

// The shortest way for `predict_proba`: rows in, probabilities out, nothing in between in Python. Keeps the owner of the
// weights alive, and reads them where they lie, so that changes to them are seen; gives None for an X that needs the long way.
// The buffer protocol and `empty` (numpy.empty) are spoken to directly: nanobind's arrays take a microsecond longer.
template <class T> class Shortcut {
public:
    Shortcut(nb::object predictor, nb::object owner, const T* parameters, int width, int outputs, int scale, nb::object empty, nb::object dtype)
        : keep_predictor_(predictor), keep_owner_(std::move(owner)), empty_(std::move(empty)), dtype_(std::move(dtype)),
          one_(arguments(1, outputs)), predictor_(nb::cast<Predictor<T>&>(predictor)), parameters_(parameters), width_(width),
          outputs_(outputs), scale_(scale) {}

    // `finite`: the weights are known to be.
    nb::object run(nb::handle X, bool finite) {
        const Buffer rows(X.ptr(), PyBUF_C_CONTIGUOUS | PyBUF_FORMAT);
        if (!rows || rows.view.ndim != 2 || rows.view.shape[1] != width_) return nb::none();
        Source source;
        if (rows.is('B')) source.kind = Source::Kind::bytes;
        else if (rows.is('f')) source.kind = Source::Kind::floats;
        else if (rows.is('d')) source.kind = Source::Kind::doubles;
        else return nb::none();
        source.values = rows.view.buf, source.rows = rows.view.shape[0], source.width = width_;
        source.scale = rows.is('B') ? scale_ : 0;
        const nb::object found = nb::steal(PyObject_Call(empty_.ptr(), (source.rows == 1 ? one_ : arguments(source.rows, outputs_)).ptr(), nullptr));
        if (!found.is_valid()) throw nb::python_error();
        const Buffer out(found.ptr(), PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE);
        if (source.rows > 16) {
            const nb::gil_scoped_release no_gil;
            predictor_.run(parameters_, source, static_cast<T*>(out.view.buf), finite);
        } else {
            predictor_.run(parameters_, source, static_cast<T*>(out.view.buf), finite);
        }
        return found;
    }

    bool finite() const { return predictor_.finite(parameters_); }

private:
    nb::tuple arguments(std::int64_t rows, int outputs) const { return nb::make_tuple(nb::make_tuple(rows, outputs), dtype_); }

    nb::object keep_predictor_, keep_owner_, empty_, dtype_;
    nb::tuple one_;  // what `empty` is called with for a single row
    Predictor<T>& predictor_;
    const T* parameters_;
    int width_, outputs_, scale_;
};

template <class T> void bind_shortcut(nb::module_& m, const char* name) {
    using S = Shortcut<T>;
    nb::class_<S>(m, name, "The shortest way from rows to outputs: a call with X gives them, or None where X needs the long way.")
        .def("__init__",
             [](S* self, nb::object predictor, nb::object owner, ReadOnly<T> parameters, int width, int outputs, int scale,
                nb::object empty, nb::object dtype) {
                 new (self) S(predictor, owner, parameters.data(), width, outputs, scale, empty, dtype);
             })
        .def("__call__", &S::run)
        .def_prop_ro("finite", &S::finite, "Whether all weights are, at this moment.");
}

template <class T> void bind_perceptron(nb::module_& m, const char* name) {
    m.def(name,
          [](ReadOnly<T> values, std::optional<ReadOnly<std::int64_t>> pointers, std::optional<ReadOnly<std::int32_t>> columns,
             ReadOnly<double> sides, ReadOnly<double> weights, ReadOnly<std::int64_t> order, Writable<T> v, Writable<T> paid,
             Writable<double> numbers, double eta, double alpha, double l1, double shrink, double cut, double bias) {
              const LineRows<T> rows{values.data(), pointers ? pointers->data() : nullptr, columns ? columns->data() : nullptr,
                                     std::int64_t(v.size()), sides.data(), weights.data()};
              double* n = numbers.data();
              Line<T> line{v.data(), paid.data(), n[0], n[1], n[2], n[3], n[4]};
              LineLosses losses;
              {
                  const nb::gil_scoped_release no_gil;
                  losses = pass_rows(line, rows, {eta, alpha, l1, shrink, cut, bias}, order.data(), std::int64_t(order.size()));
              }
              n[0] = line.b, n[1] = line.scale, n[2] = line.owed, n[3] = line.squares, n[4] = line.sizes;
              return nb::make_tuple(losses.lost, losses.penalties);
          },
          nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg().noconvert(), nb::arg().noconvert(),
          nb::arg().noconvert(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
          "A pass of Rosenblatt's rule; `numbers` are b, scale, owed, squares and sizes. The losses and the penalties.");
}

}  // namespace

NB_MODULE(_native, m) {
    m.doc() = "The native engine's compiled part; glassnet.engine.native is its only caller.";
    m.attr("instruction_sets") = nb::cast(usable_instruction_sets());
    m.attr("has_fused_multiply_add") = has_fused_multiply_add();
    bind_session<float>(m, "Session32");
    bind_session<double>(m, "Session64");
    bind_predictor<float>(m, "Predictor32");
    bind_predictor<double>(m, "Predictor64");
    bind_shortcut<float>(m, "Shortcut32");
    bind_shortcut<double>(m, "Shortcut64");
    bind_perceptron<float>(m, "perceptron32");
    bind_perceptron<double>(m, "perceptron64");
    m.def("permutation", [](std::uint32_t seed, Writable<std::int64_t> order) {
        permutation(seed, std::int64_t(order.size()), order.data());
    });
    m.def("shuffle", [](const std::string& isa, std::uint64_t seed, std::uint32_t epoch, Writable<std::int64_t> order) {
        const nb::gil_scoped_release no_gil;
        shuffle(kernels_of<float>(isa), seed, epoch, std::int64_t(order.size()), order.data());
    });
    bind_operations(m);
}

}  // namespace glassnet
