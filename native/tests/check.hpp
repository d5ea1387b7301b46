// The smallest test framework that does: TEST(name) { CHECK(condition); }. main.cpp runs every test and counts.
#pragma once

#include <atomic>
#include <cstdio>
#include <vector>

namespace glassnet::tests {

struct Test {
    const char* name;
    void (*run)();
};

inline std::vector<Test>& all_tests() {
    static std::vector<Test> tests;
    return tests;
}

inline std::atomic<int> failures{0};  // tests check in several threads

inline void check(bool holds, const char* condition, const char* file, int line) {
    if (holds) return;
    failures++;
    std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
}

}  // namespace glassnet::tests

#define TEST(name) \
    static void name(); \
    [[maybe_unused]] static const bool name##_listed = (glassnet::tests::all_tests().push_back({#name, name}), true); \
    static void name()
#define CHECK(...) glassnet::tests::check(bool(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
