// What the two files of bindings share: array types, and names as enumerations.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>

#include "kernels/kernels.hpp"

namespace nb = nanobind;

namespace glassnet {

template <class V> using ReadOnly = nb::ndarray<const V, nb::c_contig, nb::device::cpu>;
template <class V> using Writable = nb::ndarray<V, nb::c_contig, nb::device::cpu>;

Activation activation_of(const std::string& name, double setting);
Loss loss_of(const nb::tuple& given);    // (name, from_logits, delta)
Update update_of(const nb::dict& given);  // {"rule": name, and the settings of the rule}
void bind_operations(nb::module_&);

}  // namespace glassnet
