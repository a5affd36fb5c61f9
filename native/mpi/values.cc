#include "values.h"

#include <climits>

#include "pin.h"

namespace kgot {

namespace {

bool datatype_of_array(napi_typedarray_type type, MPI_Datatype* datatype) {
  switch (type) {
    case napi_int8_array: *datatype = MPI_INT8_T; return true;
    case napi_uint8_array:
    case napi_uint8_clamped_array: *datatype = MPI_UINT8_T; return true;
    case napi_int16_array: *datatype = MPI_INT16_T; return true;
    case napi_uint16_array: *datatype = MPI_UINT16_T; return true;
    case napi_int32_array: *datatype = MPI_INT32_T; return true;
    case napi_uint32_array: *datatype = MPI_UINT32_T; return true;
    case napi_float32_array: *datatype = MPI_FLOAT; return true;
    case napi_float64_array: *datatype = MPI_DOUBLE; return true;
    case napi_bigint64_array: *datatype = MPI_INT64_T; return true;
    case napi_biguint64_array: *datatype = MPI_UINT64_T; return true;
    default: return false;
  }
}

}  // namespace

bool read_elements(napi_env env, const char* operation, napi_value value, Elements* elements) {
  napi_typedarray_type type;
  const bool known = napi_get_typedarray_info(env, value, &type, nullptr, nullptr, nullptr, nullptr) == napi_ok;
  return read_elements(env, operation, value, known ? static_cast<int32_t>(type) : -1, elements);
}

bool read_elements(napi_env env, const char* operation, napi_value value, int32_t type, Elements* elements) {
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, nullptr, &length, &data, &elements->buffer, nullptr) != napi_ok) {
    napi_valuetype kind;
    napi_typeof(env, value, &kind);
    if (kind == napi_null || kind == napi_undefined) return true;
    throw_usage(env, operation, "MPI_ERR_BUFFER", "A typed array is needed here, such as new Float64Array(4).");
    return false;
  }
  if (!datatype_of_array(static_cast<napi_typedarray_type>(type), &elements->type)) {
    throw_usage(env, operation, "MPI_ERR_TYPE",
                "MPI has no type for the elements of this array: take integers of 8 to 64 bits, Float32Array or Float64Array.");
    return false;
  }
  if (length > INT_MAX) {
    throw_usage(env, operation, "MPI_ERR_COUNT", "MPI counts to 2147483647 elements at once: pass subarrays.");
    return false;
  }
  elements->array = value;
  elements->data = data;
  elements->count = static_cast<int>(length);
  return true;
}

bool stays(napi_env env, const char* operation, const Elements& elements) {
  if (elements.array == nullptr || !is_resizable(env, elements.buffer)) return true;
  throw_usage(env, operation, "MPI_ERR_BUFFER",
              "An array lies in a resizable ArrayBuffer, whose memory may go away while MPI uses it: pass an array of fixed length.");
  return false;
}

MPI_Datatype datatype_of(int32_t code) {
  MPI_Datatype datatype = MPI_DATATYPE_NULL;
  datatype_of_array(static_cast<napi_typedarray_type>(code), &datatype);
  return datatype;
}

MPI_Op op_of(int32_t code) {
  // The order is that of OPERATIONS in src/mpi/operations.ts.
  static const MPI_Op ops[] = {MPI_SUM,  MPI_PROD, MPI_MIN,  MPI_MAX,  MPI_LAND,   MPI_LOR,    MPI_LXOR,
                               MPI_BAND, MPI_BOR,  MPI_BXOR, MPI_MINLOC, MPI_MAXLOC, MPI_REPLACE, MPI_NO_OP};
  const int32_t known = sizeof(ops) / sizeof(ops[0]);
  return code >= 0 && code < known ? ops[code] : MPI_OP_NULL;
}

bool as_pairs(Elements* elements) {
  if (elements->data == nullptr && elements->array == nullptr) return true;
  if (elements->count % 2 != 0) return false;
  if (elements->type == MPI_INT32_T) {
    elements->type = MPI_2INT;
  } else {
    return false;
  }
  elements->count /= 2;
  return true;
}

napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

napi_value integer(napi_env env, int32_t number) {
  napi_value value;
  napi_create_int32(env, number, &value);
  return value;
}

napi_value number(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}

napi_value boolean(napi_env env, bool flag) {
  napi_value value;
  napi_get_boolean(env, flag, &value);
  return value;
}

napi_value text(napi_env env, const char* string) {
  napi_value value;
  napi_create_string_utf8(env, string, NAPI_AUTO_LENGTH, &value);
  return value;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  set(env, exports, name, function);
}

napi_value foreign_memory(napi_env env, void* data, size_t bytes) {
  napi_value buffer;
  if (bytes == 0 || data == nullptr) {
    void* none;
    napi_create_arraybuffer(env, 0, &none, &buffer);
    return buffer;
  }
  if (napi_create_external_arraybuffer(env, data, bytes, [](napi_env, void*, void*) {}, nullptr, &buffer) != napi_ok) {
    return nullptr;
  }
  return buffer;
}

}  // namespace kgot
