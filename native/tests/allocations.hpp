// How often memory was asked for, by anybody in this process. Sanitizers have a malloc of their own: nothing is counted there.
#pragma once

namespace glassnet::tests {

bool allocations_are_counted();
long allocations();

}  // namespace glassnet::tests
