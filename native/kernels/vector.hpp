// Vectors of the instruction set this file is compiled for.
//
// Every kernel is written once, in terms of `Vec<T>`, and compiled once for each instruction set with its own flags
// and in its own namespace (GLASSNET_ISA). Only operations with one correctly rounded result are used: + - * / sqrt,
// fma, comparisons and integer operations. So a lane's bits do not depend on how many lanes stand beside it.
//
// Kernel files use no inline function or template of the standard library: the linker keeps one copy of those, and it
// might be the one compiled for a processor this machine is not.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && !defined(GLASSNET_WIDE)
#include <arm_neon.h>
#endif

#ifndef GLASSNET_ISA
#define GLASSNET_ISA portable
#endif

#define GN_INLINE inline __attribute__((always_inline))
#define GN_UNROLL _Pragma("GCC unroll 32")
#define GN_UNROLL_2 _Pragma("GCC unroll 2")

namespace glassnet::GLASSNET_ISA {

#if defined(__AVX512F__) || defined(GLASSNET_WIDE)  // wide: the shapes of AVX-512 in plain code, for the tests
constexpr int BYTES = 64;
constexpr int REGISTERS = 32;
#elif defined(__AVX2__)
constexpr int BYTES = 32;
constexpr int REGISTERS = 16;
#else
constexpr int BYTES = 16;
constexpr int REGISTERS = 16;
#endif

template <class T> struct Bits;  // the integers of the same width, and the layout of the format
template <> struct Bits<float> {
    using Int = std::int32_t;
    using Unsigned = std::uint32_t;
    static constexpr int MANTISSA = 23, BIAS = 127;
};
template <> struct Bits<double> {
    using Int = std::int64_t;
    using Unsigned = std::uint64_t;
    static constexpr int MANTISSA = 52, BIAS = 1023;
};

template <class T> struct VectorType {
    typedef T type __attribute__((vector_size(BYTES)));
    typedef T anywhere __attribute__((vector_size(BYTES), aligned(alignof(T)), may_alias));
};
template <class T> using Vec = typename VectorType<T>::type;
template <class T> using IntVec = typename VectorType<typename Bits<T>::Int>::type;
template <class T> constexpr int LANES = BYTES / int(sizeof(T));

template <class T> GN_INLINE Vec<T> load(const T* p) { return *reinterpret_cast<const typename VectorType<T>::anywhere*>(p); }
template <class T> GN_INLINE void store(T* p, Vec<T> v) { *reinterpret_cast<typename VectorType<T>::anywhere*>(p) = v; }
template <class T> GN_INLINE Vec<T> all(T x) { return x - Vec<T>{}; }  // x - 0 is x, also for -0
template <class T> GN_INLINE IntVec<T> as_int(Vec<T> v) { return reinterpret_cast<IntVec<T>>(v); }
template <class T> GN_INLINE Vec<T> as_float(IntVec<T> v) { return reinterpret_cast<Vec<T>>(v); }

// Kept in a register: left alone, the compiler folds the load into each fma that uses it, which costs a fifth of the matrix
// product's speed.
template <class T> GN_INLINE Vec<T> kept(Vec<T> v) {
#if defined(__AVX512F__)
    __asm__("" : "+v"(v));
#elif defined(__AVX2__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

// A pointer or a distance that stays in a register of its own, and is not put together anew from others at every use.
template <class V> GN_INLINE V as_it_is(V v) {
    __asm__("" : "+r"(v));
    return v;
}

// The same value in every lane.
template <class T> GN_INLINE Vec<T> broadcast(const T* p) { return kept<T>(all<T>(*p)); }

// a * b + c, rounded once.
template <class T> GN_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c);
template <class T> GN_INLINE Vec<T> square_root(Vec<T> a);

#if defined(__AVX512F__)
template <> GN_INLINE Vec<float> fma<float>(Vec<float> a, Vec<float> b, Vec<float> c) { return _mm512_fmadd_ps(a, b, c); }
template <> GN_INLINE Vec<double> fma<double>(Vec<double> a, Vec<double> b, Vec<double> c) { return _mm512_fmadd_pd(a, b, c); }
template <> GN_INLINE Vec<float> square_root<float>(Vec<float> a) { return _mm512_sqrt_ps(a); }
template <> GN_INLINE Vec<double> square_root<double>(Vec<double> a) { return _mm512_sqrt_pd(a); }
#elif defined(__AVX2__)
template <> GN_INLINE Vec<float> fma<float>(Vec<float> a, Vec<float> b, Vec<float> c) { return _mm256_fmadd_ps(a, b, c); }
template <> GN_INLINE Vec<double> fma<double>(Vec<double> a, Vec<double> b, Vec<double> c) { return _mm256_fmadd_pd(a, b, c); }
template <> GN_INLINE Vec<float> square_root<float>(Vec<float> a) { return _mm256_sqrt_ps(a); }
template <> GN_INLINE Vec<double> square_root<double>(Vec<double> a) { return _mm256_sqrt_pd(a); }
#elif defined(__ARM_NEON) && !defined(GLASSNET_WIDE)
template <> GN_INLINE Vec<float> fma<float>(Vec<float> a, Vec<float> b, Vec<float> c) { return vfmaq_f32(c, a, b); }
template <> GN_INLINE Vec<double> fma<double>(Vec<double> a, Vec<double> b, Vec<double> c) { return vfmaq_f64(c, a, b); }
template <> GN_INLINE Vec<float> square_root<float>(Vec<float> a) { return vsqrtq_f32(a); }
template <> GN_INLINE Vec<double> square_root<double>(Vec<double> a) { return vsqrtq_f64(a); }
#else
// Without a fused instruction the C library computes the same bits, slowly: for tests, and for machines with no choice.
GN_INLINE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
GN_INLINE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
GN_INLINE float root(float a) { return __builtin_sqrtf(a); }
GN_INLINE double root(double a) { return __builtin_sqrt(a); }
template <class T> GN_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
    for (int i = 0; i < LANES<T>; i++) c[i] = fused(a[i], b[i], c[i]);
    return c;
}
template <class T> GN_INLINE Vec<T> square_root(Vec<T> a) {
    for (int i = 0; i < LANES<T>; i++) a[i] = root(a[i]);
    return a;
}
#endif

// sum += a * b, rounded once, in the registers that hold them: in a long run of them the compiler, left alone, moves sums about.
template <class T> GN_INLINE void accumulate(Vec<T>& sum, Vec<T> a, Vec<T> b) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) __asm__("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    else __asm__("vfmadd231pd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#elif defined(__AVX2__)
    if constexpr (sizeof(T) == 4) __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    else __asm__("vfmadd231pd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
#else
    sum = fma<T>(a, b, sum);
#endif
}

// NumPy's maximum: NaN where either is NaN.
template <class T> GN_INLINE Vec<T> maximum(Vec<T> a, Vec<T> b) { return (a != a) ? a : (a > b ? a : (b != b ? b : (b >= a ? b : a))); }
// ReLU: z where it is above 0 or NaN; and its way back, where a came out of it.
template <class T> GN_INLINE Vec<T> rectified(Vec<T> z) { return z <= T(0) ? Vec<T>{} : z; }
template <class T> GN_INLINE Vec<T> rectified_back(Vec<T> d, Vec<T> a) { return d * (a > T(0) ? all<T>(T(1)) : a); }  // else a is 0 or NaN
template <class T> GN_INLINE Vec<T> magnitude(Vec<T> a) {
    constexpr typename Bits<T>::Int sign = typename Bits<T>::Int(1) << (8 * sizeof(T) - 1);
    return as_float<T>(as_int<T>(a) & ~(sign - IntVec<T>{}));
}
template <class T> GN_INLINE Vec<T> with_sign(Vec<T> size, Vec<T> sign_of) {
    constexpr typename Bits<T>::Int sign = typename Bits<T>::Int(1) << (8 * sizeof(T) - 1);
    const IntVec<T> mask = sign - IntVec<T>{};
    return as_float<T>((as_int<T>(size) & ~mask) | (as_int<T>(sign_of) & mask));
}

// Of the lanes, those of which something holds, in the instruction set's own form.
template <class T> struct MaskType { using type = IntVec<T>; };
#if defined(__AVX512F__)
template <> struct MaskType<float> { using type = __mmask16; };
template <> struct MaskType<double> { using type = __mmask8; };
#endif
template <class T> using Mask = typename MaskType<T>::type;

template <class T> GN_INLINE Mask<T> not_below(Vec<T> a, Vec<T> b);  // also where one of them is NaN
template <class T> GN_INLINE bool nowhere(Mask<T> lanes);
template <class T> GN_INLINE Vec<T> where(Mask<T> lanes, Vec<T> v);  // 0 in all others

#if defined(__AVX512F__)
template <> GN_INLINE Mask<float> not_below<float>(Vec<float> a, Vec<float> b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ); }
template <> GN_INLINE Mask<double> not_below<double>(Vec<double> a, Vec<double> b) { return _mm512_cmp_pd_mask(a, b, _CMP_NLT_UQ); }
template <> GN_INLINE bool nowhere<float>(Mask<float> lanes) { return lanes == 0; }
template <> GN_INLINE bool nowhere<double>(Mask<double> lanes) { return lanes == 0; }
template <> GN_INLINE Vec<float> where<float>(Mask<float> lanes, Vec<float> v) { return _mm512_maskz_mov_ps(lanes, v); }
template <> GN_INLINE Vec<double> where<double>(Mask<double> lanes, Vec<double> v) { return _mm512_maskz_mov_pd(lanes, v); }
#else
template <class T> GN_INLINE Mask<T> not_below(Vec<T> a, Vec<T> b) { return ~(a < b); }
template <class T> GN_INLINE Vec<T> where(Mask<T> lanes, Vec<T> v) { return as_float<T>(as_int<T>(v) & lanes); }
template <class T> GN_INLINE bool nowhere(Mask<T> lanes) {
#if defined(__AVX2__)
    return _mm256_movemask_epi8(reinterpret_cast<__m256i>(lanes)) == 0;
#else
    for (int i = 0; i < LANES<T>; i++)
        if (lanes[i]) return false;
    return true;
#endif
}
#endif

// Whether magnitudes, as integers, are all below that of infinity: numbers, and no infinity or NaN among them.
template <class T> GN_INLINE bool below_infinity(IntVec<T> sizes) { return nowhere<T>(not_below<T>(as_float<T>(sizes), all<T>(T(__builtin_inf())))); }

}  // namespace glassnet::GLASSNET_ISA
