// Errors of MPI as MpiError, with class and text.
#include <cstring>

#include "values.h"

namespace kgot {

namespace {

struct Name {
  int value;
  const char* name;
};

#define KGOT_NAME(name) {name, #name}
const Name names[] = {
    KGOT_NAME(MPI_ERR_BUFFER),      KGOT_NAME(MPI_ERR_COUNT),        KGOT_NAME(MPI_ERR_TYPE),
    KGOT_NAME(MPI_ERR_TAG),         KGOT_NAME(MPI_ERR_COMM),         KGOT_NAME(MPI_ERR_RANK),
    KGOT_NAME(MPI_ERR_REQUEST),     KGOT_NAME(MPI_ERR_ROOT),         KGOT_NAME(MPI_ERR_GROUP),
    KGOT_NAME(MPI_ERR_OP),          KGOT_NAME(MPI_ERR_TOPOLOGY),     KGOT_NAME(MPI_ERR_DIMS),
    KGOT_NAME(MPI_ERR_ARG),         KGOT_NAME(MPI_ERR_UNKNOWN),      KGOT_NAME(MPI_ERR_TRUNCATE),
    KGOT_NAME(MPI_ERR_OTHER),       KGOT_NAME(MPI_ERR_INTERN),       KGOT_NAME(MPI_ERR_IN_STATUS),
    KGOT_NAME(MPI_ERR_PENDING),     KGOT_NAME(MPI_ERR_ASSERT),       KGOT_NAME(MPI_ERR_BASE),
    KGOT_NAME(MPI_ERR_DISP),        KGOT_NAME(MPI_ERR_INFO),         KGOT_NAME(MPI_ERR_LOCKTYPE),
    KGOT_NAME(MPI_ERR_NO_MEM),      KGOT_NAME(MPI_ERR_NOT_SAME),     KGOT_NAME(MPI_ERR_RMA_CONFLICT),
    KGOT_NAME(MPI_ERR_RMA_SYNC),    KGOT_NAME(MPI_ERR_SIZE),         KGOT_NAME(MPI_ERR_SPAWN),
    KGOT_NAME(MPI_ERR_RMA_RANGE),   KGOT_NAME(MPI_ERR_RMA_ATTACH),   KGOT_NAME(MPI_ERR_RMA_SHARED),
    KGOT_NAME(MPI_ERR_RMA_FLAVOR),  KGOT_NAME(MPI_ERR_WIN),          KGOT_NAME(MPI_ERR_UNSUPPORTED_OPERATION),
    KGOT_NAME(MPI_ERR_NO_SUCH_FILE),
#if KGOT_ULFM
    {MPIX_ERR_PROC_FAILED, "MPI_ERR_PROC_FAILED"},
    {MPIX_ERR_PROC_FAILED_PENDING, "MPI_ERR_PROC_FAILED_PENDING"},
    {MPIX_ERR_REVOKED, "MPI_ERR_REVOKED"},
#endif
};
#undef KGOT_NAME

const char* name_of_class(int error_class) {
  for (const Name& each : names) {
    if (each.value == error_class) return each.name;
  }
  return "MPI_ERR_OTHER";
}

napi_value throw_error(napi_env env, const char* operation, int code, const char* error_class, const char* message) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  napi_value constructor, fields, error;
  if (data == nullptr || napi_get_reference_value(env, static_cast<napi_ref>(data), &constructor) != napi_ok) return nullptr;
  napi_create_object(env, &fields);
  set(env, fields, "operation", text(env, operation));
  if (code != MPI_SUCCESS) set(env, fields, "code", integer(env, code));
  set(env, fields, "errorClass", text(env, error_class));
  set(env, fields, "text", text(env, message));
  if (napi_new_instance(env, constructor, 1, &fields, &error) == napi_ok) napi_throw(env, error);
  return nullptr;
}

void text_of_code(int code, char* message) {
  int length = 0;
  message[0] = 0;
  if (MPI_Error_string(code, message, &length) != MPI_SUCCESS) std::strcpy(message, "unknown error");
  // Open MPI begins its texts with the class.
  const char* colon = std::strstr(message, ": ");
  if (std::strncmp(message, "MPI_", 4) == 0 && colon != nullptr) std::memmove(message, colon + 2, std::strlen(colon + 2) + 1);
}

}  // namespace

int class_of(int code) {
  int error_class = MPI_ERR_UNKNOWN;
  MPI_Error_class(code, &error_class);
  return error_class;
}

napi_value throw_mpi(napi_env env, const char* operation, int code) {
  char message[MPI_MAX_ERROR_STRING];
  text_of_code(code, message);
  return throw_error(env, operation, code, name_of_class(class_of(code)), message);
}

napi_value throw_usage(napi_env env, const char* operation, const char* error_class, const char* message) {
  return throw_error(env, operation, MPI_SUCCESS, error_class, message);
}

napi_value set_error_class(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  napi_ref reference;
  napi_create_reference(env, arguments.values[0], 1, &reference);
  napi_set_instance_data(env, reference, nullptr, nullptr);
  return undefined(env);
}

napi_value describe_code(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const int code = arguments.integer(env, 0);
  char message[MPI_MAX_ERROR_STRING];
  text_of_code(code, message);
  napi_value described;
  napi_create_object(env, &described);
  set(env, described, "code", integer(env, code));
  set(env, described, "errorClass", text(env, name_of_class(class_of(code))));
  set(env, described, "text", text(env, message));
  return described;
}

}  // namespace kgot
