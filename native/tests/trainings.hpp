// Trainings by number: an architecture, data and settings drawn from it, and the digest of everything they lead to.
#pragma once

#include <string>
#include <vector>

#include "../session.hpp"

namespace glassnet::tests {

// What may be chosen for speed alone.
struct Way {
    std::string isa;
    int threads = 1;
    bool skip_zeros = true;
    int block = 0;
    int least_units = 0;
};

class Draw;
enum class Targeted { numbers, binary, one_hot, soft, classes };

template <class T> class Training {
public:
    explicit Training(std::uint64_t number);
    Training(const Training&) = delete;

    static constexpr int EPOCHS = 2;
    std::int64_t steps() const { return (source.rows + program.batch_size - 1) / program.batch_size; }  // of an epoch

    // The bits of weights, moments, losses, outputs and counters after EPOCHS epochs, and the updates made on the way.
    struct Result {
        std::uint64_t digest;
        std::int64_t updates;
    };
    Result run(const Way&) const;
    std::uint64_t digest(const Way& way) const { return run(way).digest; }
    Program in(const Way&) const;

    std::string name;
    bool plain = false;  // a small table and dense layers alone, whose columns threads share out
    Program program;
    Source source;
    Targets<T> targets;
    int outputs = 0;
    double rate = 0;
    std::vector<T> start;                             // weights
    std::vector<double> sample_weight;                // empty: none
    std::vector<std::int64_t> order;                  // one epoch

private:
    template <class... Parts> void add_to_name(const Parts&...);
    void draw_layers(Draw&);
    void draw_data(Draw&);
    void draw_targets(Draw&, Targeted);
    void draw_rule(Draw&);

    std::vector<std::uint8_t> bytes_;
    std::vector<float> floats_;
    std::vector<double> doubles_;
    std::vector<std::int64_t> pointers_, classes_;
    std::vector<std::int32_t> columns_;
    std::vector<T> numbers_;
};

// FNV-1a over the bytes of numbers; every NaN counts as the same one, since its sign differs between processors.
class Digest {
public:
    template <class V> void add(const V* values, std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            unsigned char bytes[sizeof(V)] = {};
            if (values[i] == values[i]) __builtin_memcpy(bytes, &values[i], sizeof(V));
            else bytes[0] = 1;
            for (unsigned char byte : bytes) value = (value ^ byte) * 0x100000001B3;
        }
    }
    std::uint64_t value = 0xCBF29CE484222325;
};

extern template class Training<float>;
extern template class Training<double>;

}  // namespace glassnet::tests
