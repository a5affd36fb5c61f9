// Keeps memory and array buffers together. A reference keeps a buffer, but not its memory when the program transfers it:
// that belongs to another buffer then. Node-API has nothing for this, so the functions of V8 that do are looked up when the
// addon is loaded; where they are missing, the rule of docs/mpi.md is all there is: what is in use must not be transferred.
#pragma once

#include <memory>

#include "addon.h"

namespace kgot {

using Pin = std::shared_ptr<void>;

/** Holds what backs a typed array, until the pin is dropped. */
Pin pin(napi_env env, napi_value array);

/** Whether the program can take memory from an array's buffer while it keeps it. */
bool is_resizable(napi_env env, napi_value buffer);

/** Makes every transfer of a buffer fail, until `detach`. */
void forbid_transfer(napi_env env, napi_value buffer);

/** Takes its memory from a buffer, also where transfers were forbidden. */
void detach(napi_env env, napi_value buffer);

}  // namespace kgot
