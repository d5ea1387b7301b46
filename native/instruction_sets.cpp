#include "instruction_sets.hpp"

#include <stdexcept>

// One declaration for each compiled instruction set; CMakeLists.txt decides which (GLASSNET_HAS_...).
#define GN_DECLARE(isa) \
    namespace glassnet::isa { \
    void fill_table(Kernels<float>&, Kernels<double>&); \
    }
GN_DECLARE(portable)
#if defined(GLASSNET_HAS_X86)
GN_DECLARE(avx512)
GN_DECLARE(avx2)
#endif
#if defined(GLASSNET_HAS_NEON)
GN_DECLARE(neon)
#endif
#if defined(GLASSNET_HAS_WIDE)
GN_DECLARE(wide)
#endif

namespace glassnet {

namespace {

struct InstructionSet {
    const char* name;
    bool usable;
    void (*fill)(Kernels<float>&, Kernels<double>&);
    Kernels<float> floats;
    Kernels<double> doubles;
};

std::vector<InstructionSet> make_sets() {
    std::vector<InstructionSet> sets;
#if defined(GLASSNET_HAS_X86)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    sets.push_back({"avx512", avx512, avx512::fill_table, {}, {}});
    sets.push_back({"avx2", avx2, avx2::fill_table, {}, {}});
#endif
#if defined(GLASSNET_HAS_NEON)
    sets.push_back({"neon", true, neon::fill_table, {}, {}});
#endif
#if defined(GLASSNET_HAS_WIDE)
    sets.push_back({"wide", true, wide::fill_table, {}, {}});
#endif
    sets.push_back({"portable", true, portable::fill_table, {}, {}});
    for (InstructionSet& set : sets)
        if (set.usable) set.fill(set.floats, set.doubles);  // compiled for that processor, as everything of the set
    return sets;
}

const std::vector<InstructionSet>& sets() {
    static const std::vector<InstructionSet> all = make_sets();
    return all;
}

const InstructionSet& find(const std::string& name) {
    for (const InstructionSet& set : sets())
        if (set.usable && name == set.name) return set;
    throw std::invalid_argument("no usable instruction set of the name " + name);
}

}  // namespace

std::vector<std::string> usable_instruction_sets() {
    std::vector<std::string> names;
    for (const InstructionSet& set : sets())
        if (set.usable) names.push_back(set.name);
    return names;
}

bool has_fused_multiply_add() { return usable_instruction_sets().size() > 1; }

template <> const Kernels<float>& kernels_of<float>(const std::string& name) { return find(name).floats; }
template <> const Kernels<double>& kernels_of<double>(const std::string& name) { return find(name).doubles; }

}  // namespace glassnet
