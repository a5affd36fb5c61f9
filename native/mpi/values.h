// Values of JavaScript as C++, and the memory of typed arrays.
#pragma once

#include "addon.h"

namespace kgot {

/** The arguments of a call. Missing ones are undefined. */
template <size_t N>
struct Arguments {
  napi_value values[N];

  Arguments(napi_env env, napi_callback_info info) {
    size_t count = N;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }

  int32_t integer(napi_env env, size_t index) const {
    int32_t value = 0;
    napi_get_value_int32(env, values[index], &value);
    return value;
  }

  double number(napi_env env, size_t index) const {
    double value = 0;
    napi_get_value_double(env, values[index], &value);
    return value;
  }

  bool boolean(napi_env env, size_t index) const {
    bool value = false;
    napi_get_value_bool(env, values[index], &value);
    return value;
  }
};

/** The elements of a typed array, where they are. `array` is nullptr for null: no memory. */
struct Elements {
  napi_value array = nullptr;
  napi_value buffer = nullptr;
  void* data = nullptr;
  int count = 0;
  MPI_Datatype type = MPI_DATATYPE_NULL;
};

/** Reads a typed array or null. @returns false with an MpiError thrown when it is neither, or larger than MPI can count */
bool read_elements(napi_env env, const char* operation, napi_value value, Elements* elements);
/** The same where JavaScript has said the type's number. */
bool read_elements(napi_env env, const char* operation, napi_value value, int32_t type, Elements* elements);

/** Refuses memory that may go away while MPI uses it, before an operation starts. @returns false with an MpiError thrown */
bool stays(napi_env env, const char* operation, const Elements& elements);

/** The type of elements by the number that JavaScript gives it. */
MPI_Datatype datatype_of(int32_t code);

/** The operation by its number. MPI_OP_NULL for none. */
MPI_Op op_of(int32_t code);

/** For MINLOC and MAXLOC: elements are pairs of a value and a place. @returns false where MPI has no such pairs */
bool as_pairs(Elements* elements);

napi_value undefined(napi_env env);
napi_value integer(napi_env env, int32_t value);
napi_value number(napi_env env, double value);
napi_value boolean(napi_env env, bool value);
napi_value text(napi_env env, const char* value);
void set(napi_env env, napi_value object, const char* name, napi_value value);
void define(napi_env env, napi_value exports, const char* name, napi_callback callback);

/** Makes an array buffer over memory that is not JavaScript's. */
napi_value foreign_memory(napi_env env, void* data, size_t bytes);

}  // namespace kgot
