// Kernels on odd shapes, in buffers of exactly the promised size: an element out of place is the sanitizer's to find.
// Every instruction set must give portable's bits; what the numbers themselves should be is held against maths/ in
// tests/engine/test_native_operations.py, except for the chain of a product, which is short to say here.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "../graph.hpp"
#include "../instruction_sets.hpp"
#include "../byte_rows.hpp"
#include "../sparse_bytes.hpp"
#include "check.hpp"
#include "draw.hpp"

using namespace glassnet;
using glassnet::tests::Draw;

namespace {

template <class T> int padded(int width) { return (width + PER_LINE<T> - 1) / PER_LINE<T> * PER_LINE<T>; }

// A matrix with padded rows. The padding holds a number that no result may depend on.
template <class T> struct Matrix {
    Matrix(int rows, int columns) : rows(rows), columns(columns), stride(padded<T>(columns)), values(std::size_t(rows) * stride, T(77)) {}
    Matrix(int rows, int columns, Draw& draw, int zeros_in_8 = 0) : Matrix(rows, columns) {
        for (int m = 0; m < rows; m++)
            for (int c = 0; c < columns; c++) (*this)(m, c) = draw.below(8) < zeros_in_8 ? T(0) : T(draw.real());
    }
    T& operator()(int m, int c) { return values[std::size_t(m) * stride + c]; }
    T* data() { return values.data(); }
    bool operator==(const Matrix& other) const {
        for (int m = 0; m < rows; m++) {
            const std::size_t at = std::size_t(m) * stride;
            if (std::memcmp(&values[at], &other.values[at], sizeof(T) * std::size_t(columns))) return false;
        }
        return true;
    }
    int rows, columns, stride;
    std::vector<T> values;
};

template <class T> struct ListsOf {
    Memory memory;
    Lists<T> lists;
};

// The lists of what is not zero in A (height, width): for tiles of its rows or of its columns, in blocks of so many words of k.
template <class T>
std::unique_ptr<ListsOf<T>> lists_of(const Kernels<T>& kernels, Matrix<T>& A, int tile, bool of_columns, bool with_values, int words_of_block) {
    auto made = std::make_unique<ListsOf<T>>();
    const int words = (A.columns + WORD - 1) / WORD;
    auto* masks = made->memory.template take<std::uint32_t>(std::size_t(A.rows) * words + LINE);
    for (int m = 0; m < A.rows; m++) kernels.mask_row(A.data() + std::ptrdiff_t(m) * A.stride, A.columns, masks + std::ptrdiff_t(m) * words);
    Lists<T>& lists = made->lists;
    const int items = of_columns ? A.columns : A.rows, depth = of_columns ? A.rows : A.columns;
    reserve_room(made->memory, lists, tile, items, std::min(depth, words_of_block * WORD), list_blocks((depth + WORD - 1) / WORD, words_of_block),
                 with_values);
    if (of_columns) kernels.list_columns(masks, words, A.data(), A.stride, A.rows, 0, A.columns, lists);
    else kernels.list_rows(masks, words, A.data(), A.stride, 0, A.rows, lists);
    return made;
}

template <class T> Product<T> product_of(Matrix<T>& A, bool transposed, Matrix<T>& B, Matrix<T>& C, const T* bias) {
    Product<T> p{};
    p.A = A.data(), p.a_stride = A.stride, p.transposed = transposed, p.B = B.data(), p.b_stride = B.stride;
    p.C = C.data(), p.c_stride = C.stride, p.rows = C.rows, p.depth = B.rows, p.lines = B.stride / PER_LINE<T>, p.bias = bias;
    return p;
}

// X^T dZ from slivers of X.
template <class T> void multiply_slivers(const Kernels<T>& kernels, Product<T> p) {
    const int height = kernels.sliver[p.lines];
    std::vector<T> slivers(std::size_t(p.rows + height - 1) / height * height * p.depth);
    kernels.cut_slivers(p.A, p.a_stride, p.depth, p.rows, height, slivers.data());
    p.A = slivers.data(), p.sliver = height;
    kernels.multiply(p);
}

// Without zeros of A, which is turned over for X^T dZ.
template <class T> void multiply_leaving_out(const Kernels<T>& kernels, Product<T> p) {
    Matrix<T> turned(p.rows, p.depth);
    if (p.transposed) {
        kernels.transpose(p.A, p.a_stride, p.depth, p.rows, turned.data(), turned.stride);
        p.A = turned.data(), p.a_stride = turned.stride, p.transposed = false;
    }
    p.leave_out = true;
    kernels.multiply(p);
}

template <class T> void products() {
    Draw draw(1);
    for (int rows : {1, 2, 3, 5, 8, 13, 48, 55, 83})
        for (int depth : {1, 2, 3, 4, 7, 96, 1100})
            for (int columns : {1, 2, 3, PER_LINE<T> - 1, PER_LINE<T> + 1, 2 * PER_LINE<T>, 3 * PER_LINE<T>, PANEL_WIDTH<T>})
                for (bool transposed : {false, true}) {
                    Matrix<T> A(transposed ? depth : rows, transposed ? rows : depth, draw, 4), B(depth, columns, draw), bias(1, columns, draw);
                    Matrix<T> chain(rows, columns);
                    for (int m = 0; m < rows; m++)
                        for (int n = 0; n < columns; n++) {
                            T sum = 0;
                            for (int k = 0; k < depth; k++) sum = std::fma(transposed ? A(k, m) : A(m, k), B(k, n), sum);
                            chain(m, n) = (sum + T(0)) + bias(0, n);
                        }
                    for (const std::string& isa : usable_instruction_sets())
                        for (int tile : {0, 1, 2, 4, 8}) {
                            const Kernels<T>& kernels = kernels_of<T>(isa);
                            for (bool with_values : {false, true})
                                for (int words_of_block : {2, 100}) {
                                    Matrix<T> C(rows, columns);
                                    Product<T> p = product_of(A, transposed, B, C, bias.data());
                                    const auto lists = tile ? lists_of(kernels, A, tile, transposed, with_values, words_of_block) : nullptr;
                                    p.lists = lists ? &lists->lists : nullptr;
                                    p.columns = with_values ? columns : 0;
                                    kernels.multiply(p);
                                    CHECK(C == chain);
                                }
                        }
                    for (const std::string& isa : usable_instruction_sets()) {
                        Matrix<T> C(rows, columns), again(rows, columns);
                        multiply_leaving_out(kernels_of<T>(isa), product_of(A, transposed, B, again, bias.data()));
                        CHECK(again == chain);
                        if (transposed) multiply_slivers(kernels_of<T>(isa), product_of(A, true, B, C, bias.data()));
                        CHECK(!transposed || C == chain);
                    }
                }
}

// Of few columns, as rows: the same chains, whatever stands in the padding of A; and 0 in that of the weights.
template <class T> void products_of_weights_that_lie() {
    Draw draw(3);
    for (const std::string& isa : usable_instruction_sets())
        for (int columns = 1; columns <= kernels_of<T>(isa).few_columns; columns++)
            for (int rows : {1, 2, 7, 16, 17, 48, 83})
                for (int depth : {1, 7, 16, 33, 100})
                    for (bool transposed : {false, true}) {
                        const Kernels<T>& kernels = kernels_of<T>(isa);
                        Matrix<T> A(transposed ? depth : rows, transposed ? rows : depth, draw, 3), B(depth, columns, draw), bias(1, columns, draw), turned(columns, depth);
                        for (int n = 0; n < columns; n++)
                            for (int k = 0; k < depth; k++) turned(n, k) = B(k, n);
                        for (int m = 0; m < A.rows; m++)
                            for (std::ptrdiff_t k = transposed ? rows : depth; k < A.stride; k++) A.data()[m * A.stride + k] = std::numeric_limits<T>::quiet_NaN();
                        Matrix<T> upright(rows, columns), lying(transposed ? columns : rows, transposed ? rows : columns);
                        Product<T> p = product_of(A, transposed, B, upright, transposed ? nullptr : bias.data());
                        p.columns = columns;
                        kernels.multiply(p);
                        p.lying = true, p.C = lying.data(), p.c_stride = lying.stride;
                        if (!transposed) p.B = turned.data(), p.b_stride = turned.stride;
                        const int first = depth / 2 / PER_LINE<T> * PER_LINE<T>;  // in two pieces, of whole lines of X
                        p.depth = first, p.finish = false;
                        kernels.multiply(p);
                        p.A += transposed ? first * A.stride : first, p.B += transposed ? first * B.stride : first;
                        p.depth = depth - first, p.finish = true, p.resume = true;
                        kernels.multiply(p);
                        for (int m = 0; m < rows; m++)
                            for (int n = 0; n < columns; n++) CHECK((transposed ? lying(n, m) : lying(m, n)) == upright(m, n));
                        for (int n = 0; transposed && n < columns; n++)
                            for (std::ptrdiff_t m = rows; m < (rows + PER_LINE<T> - 1) / PER_LINE<T> * PER_LINE<T>; m++) CHECK(lying.data()[n * lying.stride + m] == 0);
                    }
}

template <class T> void products_in_pieces() {
    Draw draw(2);
    const int depth = 40, first = 17;
    for (int rows : {9, 83})
        for (int columns : {1, 3, PER_LINE<T>})
            for (bool transposed : {false, true}) {
                Matrix<T> A(transposed ? depth : rows, transposed ? rows : depth, draw), B(depth, columns, draw);
                for (const std::string& isa : usable_instruction_sets()) {
                    const Kernels<T>& kernels = kernels_of<T>(isa);
                    Matrix<T> whole(rows, columns), pieces(rows, columns);
                    Product<T> p = product_of<T>(A, transposed, B, whole, nullptr);
                    p.columns = columns;
                    kernels.multiply(p);
                    p.C = pieces.data(), p.depth = first, p.finish = false;
                    kernels.multiply(p);
                    p.A += transposed ? first * A.stride : first, p.B += first * B.stride, p.depth = depth - first, p.finish = true, p.resume = true;
                    kernels.multiply(p);
                    CHECK(whole == pieces);
                }
            }
}

// Products straight from bytes have the bits of those of the same numbers.
template <class T> void products_of_bytes() {
    Draw draw(8);
    for (int rows : {1, 5, 8, 9, 16, 64, 65, 131})
        for (int width : {1, 31, 33, 64, 100, 145})
            for (int outputs : {1, 3, 8, 10, FEW_OUTPUTS}) {
                std::vector<std::uint8_t> X(std::size_t(rows) * width);  // exactly: nothing behind them may be read
                for (auto& byte : X) byte = std::uint8_t(draw.below(3) ? 0 : draw.below(256));
                const bool by_255 = draw.coin();
                Matrix<T> numbers(rows, width), W(width, outputs, draw), dZ(rows, outputs, draw), bias(1, outputs, draw);
                std::vector<std::int64_t> order(std::size_t(rows), 0);
                for (int m = 0; m < rows; m++) {
                    order[std::size_t(m)] = rows - 1 - m;
                    for (int k = 0; k < width; k++) numbers(m, k) = T(X[std::size_t((rows - 1 - m) * width + k)]) / T(by_255 ? 255 : 1);
                }
                Matrix<T> Z(rows, outputs), dW(width, outputs);
                kernels_of<T>("portable").multiply(product_of(numbers, false, W, Z, bias.data()));
                kernels_of<T>("portable").multiply(product_of<T>(numbers, true, dZ, dW, nullptr));
                for (const std::string& isa : usable_instruction_sets())
                    for (bool skip : {false, true}) {
                        const Kernels<T>& kernels = kernels_of<T>(isa);
                        Memory memory;
                        ByteBlock block{nullptr, nullptr, row_stride<std::uint8_t>(width), 0, width, by_255};
                        block.filled_stride = block.stride / OCTET;
                        block.rows = memory.take<const std::uint8_t*>(std::size_t(rows));
                        ByteRows given = byte_rows(X.data(), rows, width, memory);
                        block.filled = memory.take<std::uint8_t>(std::size_t(rows + BAND) * block.filled_stride);
                        auto* room = memory.take<std::uint8_t>(room_of_rows(block.stride));
                        T *spread = memory.take<T>(std::size_t(BAND) * outputs * MOST_LANES), *sums = memory.take<T>(std::size_t(block.stride) * outputs);
                        Matrix<T> again(rows, outputs), gradient(width, outputs);
                        // As two threads would: each has whole octets of rows, and columns of its own.
                        const int half = rows / 2 / OCTET * OCTET, left = width / 2 / 48 * 48;
                        for (const Range part : {Range{0, half}, Range{half, rows}}) {
                            Product<T> p = product_of(numbers, false, W, again, bias.data());
                            p.A = nullptr, p.C += part.begin * p.c_stride, p.rows = part.end - part.begin;
                            given.order = order.data() + part.begin, given.count = p.rows, given.next = order.data(), given.next_count = 1;
                            kernels.multiply_rows(p, outputs, given, block, part.begin, skip, room);
                        }
                        CHECK(Z == again);
                        for (const Range part : {Range{0, left}, Range{left, width}})
                            for (int first = 0; first < rows; first += BAND) {
                                Product<T> p = product_of<T>(numbers, true, dZ, gradient, nullptr);
                                p.A = nullptr, p.B = spread, p.C += part.begin * p.c_stride, p.first_row = part.begin, p.rows = part.end - part.begin;
                                p.depth = std::min(BAND, rows - first), p.resume = first > 0, p.finish = first + BAND >= rows;
                                kernels.spread(dZ.data() + first * dZ.stride, dZ.stride, p.depth, outputs, spread);
                                kernels.multiply_columns(p, outputs, block, first, skip, sums);
                            }
                        CHECK(dW == gradient);
                        for (int c = outputs; c < gradient.stride; c++) CHECK(gradient.values[std::size_t(c)] == T(0));
                        if (!skip) continue;
                        // The same from lists, those of the rows all in one go.
                        const int tile = kernels.byte_tile, bands = (rows + BAND - 1) / BAND, column_tiles = (width + tile - 1) / tile;
                        const std::size_t most = std::size_t(bands) * BAND * std::size_t(2 * (width + tile));
                        ByteRoom lists{memory.take<std::uint16_t>(most), memory.take<std::uint8_t>(most)};
                        std::vector<ByteList> of_rows(std::size_t((rows + tile - 1) / tile)), of_columns(std::size_t(bands * column_tiles));
                        for (int band = 0; band < bands; band++) {
                            given.order = order.data() + band * BAND, given.count = std::min(BAND, rows - band * BAND), given.next_count = 0;
                            kernels.list_band(given, block, room, lists, &of_rows[std::size_t(band * BAND / tile)], &of_columns[std::size_t(band * column_tiles)]);
                        }
                        Matrix<T> listed(rows, outputs), of_lists(width, outputs);
                        Product<T> p = product_of(numbers, false, W, listed, bias.data());
                        kernels.multiply_listed_rows(p, outputs, of_rows.data(), by_255);
                        CHECK(Z == listed);
                        for (const Range part : {Range{0, left}, Range{left, width}})
                            for (int first = 0; first < rows; first += BAND) {
                                p = product_of<T>(numbers, true, dZ, of_lists, nullptr);
                                p.B = spread, p.C += part.begin * p.c_stride, p.first_row = part.begin, p.rows = part.end - part.begin;
                                p.depth = std::min(BAND, rows - first), p.resume = first > 0, p.finish = first + BAND >= rows;
                                kernels.spread(dZ.data() + first * dZ.stride, dZ.stride, p.depth, outputs, spread);
                                kernels.multiply_listed_columns(p, outputs, &of_columns[std::size_t(first / BAND * column_tiles)], by_255, sums);
                            }
                        CHECK(dW == of_lists);
                    }
            }
}

// The same from bytes of which many are zero, by two threads: each has some of the columns, and X W passes from one to the other.
template <class T> void products_of_sparse_bytes() {
    Draw draw(9);
    for (int rows : {1, 2, 7, 16, 63, 64, 65, 131})
        for (int width : {1, 31, 33, 100, 145, 600})
            for (int outputs : {1, FEW_OUTPUTS + 1, PER_LINE<T> + 1, 2 * PER_LINE<T> + 3, PANEL_WIDTH<T>, PANEL_WIDTH<T> + 1, 6 * PER_LINE<T> - 1,
                                WIDE_PANEL * PER_LINE<T>}) {
                std::vector<std::uint8_t> X(std::size_t(rows) * width);  // exactly: nothing behind them may be read
                for (auto& byte : X) byte = std::uint8_t(draw.below(4) ? 0 : draw.below(256));
                Source source{Source::Kind::bytes};
                source.values = X.data(), source.rows = rows, source.width = width, source.scale = draw.coin();
                Matrix<T> numbers(rows, width), W(width, outputs, draw), dZ(rows, outputs, draw), bias(1, outputs, draw);
                std::vector<std::int64_t> order(std::size_t(rows), 0);
                for (int m = 0; m < rows; m++) {
                    order[std::size_t(m)] = rows - 1 - m;
                    for (int k = 0; k < width; k++) numbers(m, k) = T(X[std::size_t((rows - 1 - m) * width + k)]) / T(source.scale ? 255 : 1);
                }
                Matrix<T> Z(rows, outputs), dW(width, outputs);
                kernels_of<T>("portable").multiply(product_of(numbers, false, W, Z, bias.data()));
                kernels_of<T>("portable").multiply(product_of<T>(numbers, true, dZ, dW, nullptr));
                for (const std::string& isa : usable_instruction_sets())
                    for (bool skip : {false, true}) {
                        SparseBytes<T> block(source, rows, 2, kernels_of<T>(isa), 1 + draw.below(2));
                        Matrix<T> again(rows, outputs), gradient(width, outputs);
                        for (int thread = 0; thread < 2; thread++) {
                            const Range columns = part(width, ROW_UNIT, thread, 2);
                            block.gather(order.data(), {0, rows}, columns, {0, rows - 1}, skip, thread);
                            Product<T> p = product_of(numbers, false, W, again, bias.data());
                            p.A = nullptr, p.B += columns.begin * p.b_stride, p.depth = columns.end - columns.begin;
                            p.resume = thread > 0, p.finish = thread == 1, p.columns = skip ? outputs : 0;
                            block.multiply_rows(p, thread);
                            block.mask(order.data(), rows, columns, skip, thread);
                            p = product_of<T>(numbers, true, dZ, gradient, nullptr);
                            p.A = nullptr, p.C += columns.begin * p.c_stride, p.first_row = columns.begin, p.rows = columns.end - columns.begin;
                            p.columns = skip ? outputs : 0;
                            block.multiply_columns(p, thread);
                        }
                        CHECK(Z == again);
                        CHECK(dW == gradient);
                    }
            }
}

template <class T> void elementwise() {
    Draw draw(3);
    for (int columns : {1, 3, PER_LINE<T> - 1, PER_LINE<T>, 33, 130})
        for (int function = 0; function <= int(Function::mish); function++) {
            const Activation g{Function(function), 0.25};
            Matrix<T> Z(7, columns, draw), dA(7, columns, draw), A(7, columns), dZ = dA;
            for (T& z : Z.values) z *= 30;
            kernels_of<T>("portable").activate(g, Z.data(), Z.stride, A.data(), A.stride, 7, columns);
            kernels_of<T>("portable").activate_backward(g, dZ.data(), dZ.stride, A.data(), A.stride, 7, columns);
            for (const std::string& isa : usable_instruction_sets()) {
                Matrix<T> again(7, columns), back = dA;
                kernels_of<T>(isa).activate(g, Z.data(), Z.stride, again.data(), again.stride, 7, columns);
                kernels_of<T>(isa).activate_backward(g, back.data(), back.stride, A.data(), A.stride, 7, columns);
                CHECK(A == again);
                CHECK(dZ == back);
            }
        }
}

template <class T> void bytes() {
    Draw draw(4);
    for (int count : {1, 2, 15, 31, 32, 33, 63, 200, 256})
        for (int scale = 0; scale < 3; scale++) {
            std::vector<std::uint8_t> pixels(count);  // exactly: nothing behind them may be read
            for (auto& pixel : pixels) pixel = std::uint8_t(draw.coin() ? draw.below(256) : 0);
            const T middle = scale == 2 ? T(127.5) : T(0), unit = scale == 2 ? T(127.5) : T(scale == 1 ? 255 : 1);
            for (const std::string& isa : usable_instruction_sets()) {
                std::vector<T> out(std::size_t(padded<T>(count)));
                std::vector<std::uint32_t> mask((count + WORD - 1) / WORD), again = mask;
                kernels_of<T>(isa).scale_bytes(pixels.data(), out.data(), count, scale, mask.data());
                kernels_of<T>(isa).mask_row(out.data(), count, again.data());
                CHECK(mask == again);
                for (int i = 0; i < count; i++) {
                    CHECK(out[i] == (T(pixels[i]) - middle) / unit);
                    CHECK(bool(mask[i / WORD] >> (i % WORD) & 1) == (out[i] != T(0)));
                }
            }
        }
}

// A loss of few outputs, its rows side by side, has the bits of the same loss with an output that never comes.
template <class T> void few_logits(LossName name) {
    Draw draw(7);
    const T infinity = T(INFINITY);
    for (int rows : {1, 2, 7, 8, 9, 16, 21})
        for (int outputs : {1, 2, 3, 8, 10, 15, 16})
            for (const std::string& isa : usable_instruction_sets())
                for (bool weighted : {false, true}) {
                    Matrix<T> few(rows, outputs, draw), many(rows, 17), G(rows, outputs), wanted(rows, 17);
                    std::fill(many.values.begin(), many.values.end(), -infinity);
                    const std::size_t count = std::size_t(rows);
                    std::vector<T> targets(count * std::size_t(outputs)), more(count * 17);
                    std::vector<std::int64_t> classes(count), order(count);
                    std::vector<double> shares(count), losses(count), expected(count);
                    for (int m = 0; m < rows; m++) {
                        for (int c = 0; c < outputs; c++) {
                            few(m, c) *= 20;
                            if (!draw.below(40)) few(m, c) = c > 0 ? draw.pick({infinity, -infinity, T(NAN), T(0)}) : T(0);
                            many(m, c) = few(m, c);
                            targets[std::size_t(m * outputs + c)] = more[std::size_t(m * 17 + c)] = draw.pick({T(0), T(1), T(0.3)});
                        }
                        classes[std::size_t(m)] = draw.below(outputs), order[std::size_t(m)] = rows - 1 - m;
                        shares[std::size_t(m)] = draw.pick({0.0, 0.25, 1.0});
                    }
                    const Loss loss{name, true};
                    const double* each = weighted ? shares.data() : nullptr;
                    const auto run = [&](Matrix<T>& P, const std::vector<T>& T_, Matrix<T>& out, std::vector<double>& values) {
                        CHECK(kernels_of<T>(isa).loss(loss, P.data(), P.stride, out.data(), out.stride, rows, P.columns, T_.data(), classes.data(),
                                                      order.data(), each, 0.5, values.data()));
                    };
                    run(few, targets, G, losses), run(many, more, wanted, expected);
                    const auto same = [](auto a, auto b) { return (a != a && b != b) || !std::memcmp(&a, &b, sizeof(a)); };
                    for (int m = 0; m < rows; m++) {
                        CHECK(same(losses[std::size_t(m)], expected[std::size_t(m)]));
                        for (int c = 0; c < outputs; c++) CHECK(same(G(m, c), wanted(m, c)));
                    }
                }
}

template <class T> void sums_and_transposes() {
    Draw draw(5);
    for (int rows : {1, 15, 16, 17, 48})
        for (int columns : {1, PER_LINE<T> + 3, PANEL_WIDTH<T>}) {
            Matrix<T> W(rows, columns, draw);
            for (const std::string& isa : usable_instruction_sets()) {
                const Kernels<T>& kernels = kernels_of<T>(isa);
                Matrix<T> turned(columns, rows), sums(1, columns);
                kernels.transpose(W.data(), W.stride, rows, columns, turned.data(), turned.stride);
                kernels.column_sums(W.data(), W.stride, rows, W.stride / PER_LINE<T>, sums.data(), false, true);
                for (int c = 0; c < columns; c++) {
                    T sum = 0;
                    for (int m = 0; m < rows; m++) {
                        sum += W(m, c);
                        CHECK(turned(c, m) == W(m, c));
                    }
                    CHECK(sums(0, c) == sum);
                }
                std::vector<T> numbers(std::size_t(PER_LINE<T>) * 3, T(1));
                CHECK(kernels.all_finite(numbers.data(), numbers.size()));
                for (T strange : {T(INFINITY), T(-INFINITY), T(NAN)}) {
                    numbers[std::size_t(draw.below(int(numbers.size())))] = strange;
                    CHECK(!kernels.all_finite(numbers.data(), numbers.size()));
                    numbers.assign(numbers.size(), T(1));
                }
            }
        }
}

TEST(a_product_is_one_chain_whatever_tile_list_or_vector) { products<float>(), products<double>(); }
TEST(products_of_weights_that_lie_are_the_same_chains) { products_of_weights_that_lie<float>(), products_of_weights_that_lie<double>(); }
TEST(a_product_goes_on_where_it_ended) { products_in_pieces<float>(), products_in_pieces<double>(); }
TEST(a_product_of_bytes_is_that_of_their_numbers) { products_of_bytes<float>(), products_of_bytes<double>(); }
TEST(a_product_of_bytes_that_are_mostly_zero_is_one_too) { products_of_sparse_bytes<float>(), products_of_sparse_bytes<double>(); }
TEST(a_loss_of_few_logits_is_that_of_many) {
    for (LossName name : {LossName::sparse_categorical_crossentropy, LossName::categorical_crossentropy, LossName::kl_divergence,
                          LossName::binary_crossentropy})
        few_logits<float>(name), few_logits<double>(name);
}
TEST(activations_have_one_result) { elementwise<float>(), elementwise<double>(); }
TEST(bytes_are_scaled_as_by_a_division_and_zeros_noted) { bytes<float>(), bytes<double>(); }
TEST(sums_transposes_and_finiteness) { sums_and_transposes<float>(), sums_and_transposes<double>(); }

TEST(a_dropped_unit_depends_on_its_number_alone) {
    for (const std::string& isa : usable_instruction_sets()) {
        std::vector<std::uint8_t> whole(333), part(101);
        const auto& kernels = kernels_of<float>(isa);
        kernels.keep_mask(12345678901, 7, 3, 0, 333, std::uint64_t(1) << 31, whole.data());
        kernels.keep_mask(12345678901, 7, 3, 57, 101, std::uint64_t(1) << 31, part.data());
        CHECK(std::memcmp(whole.data() + 57, part.data(), 101) == 0);
    }
}

}  // namespace
