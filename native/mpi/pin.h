// Holds the memory of an array buffer while MPI writes to it. A reference keeps the object, but not its memory when the
// program transfers it: that belongs to another buffer then, which may be collected. Node-API has nothing for this, so the
// one function of V8 that does is looked up when the addon is loaded; where it is missing, memory is held by references alone.
#pragma once

#include <memory>

#include "addon.h"

namespace kgot {

using Pin = std::shared_ptr<void>;

/** Holds what backs a typed array, until the pin is dropped. */
Pin pin(napi_env env, napi_value array);

}  // namespace kgot
