// Bytes on their way through a first dense layer of few outputs: they are read where they stand (kernels/narrow.cpp).
#pragma once

#include "inputs.hpp"
#include "listed.hpp"

namespace glassnet {

// A training's first layer on them. Bands of a block are added to sums of all columns, which wait in the memory of the thread
// that has these columns; with its last band a gradient is finished, chunk by chunk.
template <class T> class NarrowInput final : public Input<T> {
public:
    NarrowInput(const Source&, const Graph<T>&, int threads, bool skip_zeros);

    // The second time that steps take the whole of X as it stands, it is listed.
    void begin(const Orders&, int batch_size) override;
    void forward(const Task&, const T* packed, const Moment&, Range rows, Range panels) override;
    Stripes stripes(int) const override { return {true, ALL_ROWS, CHUNK}; }
    void begin_stripe(const Task&, Range columns) override;
    void gradient(const Task&, Product<T>&) override;

private:
    struct Own {  // of a thread
        std::uint8_t* room;
        T *spread, *sums;
    };
    bool takes_all_as_it_stands(const Orders&, int batch_size) const;
    void multiply(const Task&, Product<T>&, int band) const;

    const Source source_;
    const Graph<T>& graph_;
    const Group<T>& group_;
    const Kernels<T>& kernels_;
    Memory memory_;
    ByteRows X_;
    ByteBlock block_;
    std::vector<Own> own_;
    std::unique_ptr<ListedRows<T>> lists_;
    bool lists_pay_, stood_ = false, listed_ = false;
};

// Whether the first layer, a dense one, is better computed from bytes: they are bytes, and it has few outputs.
bool pays_narrow(const Source&, const Network&);

constexpr int NARROW_ROWS = 256;  // of a block whose bytes are still in the caches when the gradient comes

extern template class NarrowInput<float>;
extern template class NarrowInput<double>;

}  // namespace glassnet
