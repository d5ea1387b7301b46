// The engine's own tests, without Python: `native_tests` runs them, `native_tests NAME` those with NAME in their name,
// `native_tests --without NAME` the others, and `native_tests --digests N INSTRUCTION_SET` prints the digests of N trainings in both dtypes, to be compared with
// those of another machine: they must be the same everywhere.
#include <chrono>
#include <cinttypes>
#include <cstdlib>
#include <cstring>

#include "../instruction_sets.hpp"
#include "check.hpp"
#include "trainings.hpp"

using namespace glassnet;
using namespace glassnet::tests;

#if defined(__SANITIZE_THREAD__)
// A child of fork begins threads of its own, which ThreadSanitizer allows when asked.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() { return "die_after_fork=0:halt_on_error=1"; }
#endif

namespace {

template <class T> void print_digest(std::uint64_t number, const Way& way) {
    const Training<T> training(number);
    std::printf("%016" PRIx64 "  %s\n", training.digest(way), training.name.c_str());
}

int digests(std::uint64_t count, const std::string& isa) {
    for (std::uint64_t number = 0; number < count; number++) {
        const Way way{isa, 1, number % 2 == 0, 0};  // the ways are the tests' work: here two machines meet
        print_digest<float>(number, way);
        print_digest<double>(number, way);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 4 && !std::strcmp(arguments[1], "--digests")) return digests(std::strtoull(arguments[2], nullptr, 10), arguments[3]);
    const bool without = count == 3 && !std::strcmp(arguments[1], "--without");
    const char* wanted = without ? arguments[2] : count > 1 ? arguments[1] : "";
    int ran = 0;
    for (const Test& test : all_tests()) {
        if ((std::strstr(test.name, wanted) != nullptr) == without) continue;
        const auto start = std::chrono::steady_clock::now();
        const int before = failures;
        test.run();
        ran++;
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::printf("%s %s (%.1f s)\n", failures == before ? "passed" : "FAILED", test.name, seconds);
        std::fflush(stdout);
    }
    std::printf("%d tests, %d checks failed; instruction sets:", ran, failures.load());
    for (const std::string& name : usable_instruction_sets()) std::printf(" %s", name.c_str());
    std::printf("\n");
    return failures || !ran ? 1 : 0;
}
