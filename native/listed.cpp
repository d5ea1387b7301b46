#include "listed.hpp"

#include <algorithm>
#include <numeric>

#include "graph.hpp"
#include "threads.hpp"

namespace glassnet {

namespace {

constexpr std::int64_t MOST_BYTES = std::int64_t(64) << 20;  // of X
constexpr int SAMPLE = 32;                                   // tiles of rows that are looked at
constexpr double MOST_FILLED = 0.75;                         // of their columns

}  // namespace

template <class T> bool ListedRows<T>::pays(const Source& source) {
    if (source.rows < OCTET || source.width > 65535 || source.rows * source.width > MOST_BYTES) return false;
    const auto* X = static_cast<const std::uint8_t*>(source.values);
    const std::int64_t apart = std::max<std::int64_t>(OCTET, source.rows / SAMPLE);
    std::int64_t filled = 0, seen = 0;
    for (std::int64_t row = 0; row + OCTET <= source.rows; row += apart, seen += source.width)
        for (int column = 0; column < source.width; column++) {
            bool any = false;
            for (int r = 0; r < OCTET; r++) any |= X[(row + r) * source.width + column] != 0;
            filled += any;
        }
    return double(filled) < MOST_FILLED * double(seen);
}

// Some bands, in memory of their own for as much as there could be in them: what is never written takes none.
template <class T> struct ListedRows<T>::Part {
    Part(Range bands_, int width, int tile, int column_tiles, Memory& kept) : bands(bands_) {
        const std::size_t most = std::size_t(bands.end - bands.begin) * std::size_t(BAND / tile * width + BAND * column_tiles);
        lists = {kept.take<std::uint16_t>(most), kept.take<std::uint8_t>(most * std::size_t(tile))};
        block.width = width, block.stride = row_stride<std::uint8_t>(width), block.filled_stride = block.stride / OCTET;
        block.rows = memory.take<const std::uint8_t*>(BAND);
        block.filled = memory.take<std::uint8_t>(std::size_t(BAND / OCTET * block.filled_stride));
        room = memory.take<std::uint8_t>(room_of_rows(block.stride));
        order = memory.take<std::int64_t>(BAND);
    }
    Range bands;
    ByteRoom lists;
    ByteBlock block;
    Memory memory;
    std::uint8_t* room;
    std::int64_t* order;
};

template <class T>
ListedRows<T>::ListedRows(const ByteRows& X, const Source& source, int threads, const Kernels<T>& kernels)
    : count_(source.rows), width_(source.width), tile_(kernels.byte_tile), column_tiles_((width_ + tile_ - 1) / tile_) {
    const int bands = int((count_ + BAND - 1) / BAND);
    rows_.resize(std::size_t((count_ + tile_ - 1) / tile_));
    columns_.resize(std::size_t(bands) * std::size_t(column_tiles_));
    std::vector<std::unique_ptr<Part>> parts;
    for (int id = 0; id < threads; id++)
        parts.push_back(std::make_unique<Part>(part(bands, 1, id, threads), width_, tile_, column_tiles_, memory_));
    run_together(threads, [&](int id, int count, Barrier&) {
        for (int p = id; p < threads; p += count) list(*parts[std::size_t(p)], X, kernels);
    });
}

template <class T> void ListedRows<T>::list(Part& part, const ByteRows& X, const Kernels<T>& kernels) {
    for (int band = part.bands.begin; band < part.bands.end; band++) {
        const std::int64_t first = std::int64_t(band) * BAND;
        ByteRows given = X;
        given.order = part.order, given.count = int(std::min<std::int64_t>(BAND, count_ - first));
        std::iota(part.order, part.order + given.count, first);
        kernels.list_band(given, part.block, part.room, part.lists, rows_.data() + first / tile_,
                          columns_.data() + std::ptrdiff_t(band) * column_tiles_);
    }
}

template class ListedRows<float>;
template class ListedRows<double>;

}  // namespace glassnet
