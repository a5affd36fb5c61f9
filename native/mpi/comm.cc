// Communicators: a handle is a number, which is never given twice.
#include <vector>

#include "requests.h"

namespace kgot {

namespace {

std::vector<MPI_Comm> comms;

/** Takes a new communicator over: errors come back as codes. */
napi_value kept(napi_env env, const char* operation, int code, MPI_Comm comm) {
  if (code != MPI_SUCCESS) return throw_mpi(env, operation, code);
  if (comm == MPI_COMM_NULL) return integer(env, -1);
  return integer(env, keep_comm(comm));
}

napi_value rank(napi_env env, napi_callback_info info) {
  if (!ready(env, "rank")) return nullptr;
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "rank", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  int value = 0;
  MPI_Comm_rank(comm, &value);
  return integer(env, value);
}

napi_value size(napi_env env, napi_callback_info info) {
  if (!ready(env, "size")) return nullptr;
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "size", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  int value = 0;
  MPI_Comm_size(comm, &value);
  return integer(env, value);
}

/** split(comm, colour or -1, key) */
napi_value split(napi_env env, napi_callback_info info) {
  if (!ready(env, "split")) return nullptr;
  Arguments<3> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "split", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  const int colour = arguments.integer(env, 1);
  MPI_Comm made = MPI_COMM_NULL;
  const int code = MPI_Comm_split(comm, colour < 0 ? MPI_UNDEFINED : colour, arguments.integer(env, 2), &made);
  return kept(env, "split", code, made);
}

/** splitShared(comm, key): the ranks that can share memory with this one */
napi_value split_shared(napi_env env, napi_callback_info info) {
  if (!ready(env, "splitShared")) return nullptr;
  Arguments<2> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "splitShared", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Comm made = MPI_COMM_NULL;
  const int code = MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, arguments.integer(env, 1), MPI_INFO_NULL, &made);
  return kept(env, "splitShared", code, made);
}

napi_value dup(napi_env env, napi_callback_info info) {
  if (!ready(env, "dup")) return nullptr;
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "dup", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Comm made = MPI_COMM_NULL;
  const int code = MPI_Comm_dup(comm, &made);
  return kept(env, "dup", code, made);
}

napi_value free_comm(napi_env env, napi_callback_info info) {
  if (!ready(env, "free")) return nullptr;
  Arguments<1> arguments(env, info);
  const int32_t handle = arguments.integer(env, 0);
  MPI_Comm comm = comm_of(env, "free", handle);
  if (comm == MPI_COMM_NULL) return nullptr;
  comms[handle] = MPI_COMM_NULL;
  const int code = MPI_Comm_free(&comm);
  if (code != MPI_SUCCESS) return throw_mpi(env, "free", code);
  return undefined(env);
}

}  // namespace

MPI_Comm comm_of(napi_env env, const char* operation, int32_t handle) {
  if (handle >= 0 && static_cast<size_t>(handle) < comms.size() && comms[handle] != MPI_COMM_NULL) return comms[handle];
  throw_usage(env, operation, "MPI_ERR_COMM", "This communicator is freed: keep it until its last operation has ended.");
  return MPI_COMM_NULL;
}

int32_t keep_comm(MPI_Comm comm) {
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  comms.push_back(comm);
  return static_cast<int32_t>(comms.size() - 1);
}

void define_comm(napi_env env, napi_value exports) {
  define(env, exports, "rank", rank);
  define(env, exports, "size", size);
  define(env, exports, "split", split);
  define(env, exports, "splitShared", split_shared);
  define(env, exports, "dup", dup);
  define(env, exports, "freeComm", free_comm);
}

}  // namespace kgot
