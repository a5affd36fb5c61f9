// User-level fault mitigation (ULFM): going on after ranks have died. An MPI without it still builds, and calls say so.
#include <algorithm>
#include <vector>

#include "requests.h"

namespace kgot {

namespace {

#if KGOT_ULFM

MPI_Comm comm_argument(napi_env env, const char* operation, const napi_value value) {
  if (!ready(env, operation)) return MPI_COMM_NULL;
  int32_t handle = -1;
  napi_get_value_int32(env, value, &handle);
  return comm_of(env, operation, handle);
}

/** Lets MPI hear of failures: its calls that tell of them do not listen, and a program may do nothing but ask. */
void listen() {
  int found = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_SELF, &found, MPI_STATUS_IGNORE);
}

napi_value revoke(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "revoke", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  const int code = MPIX_Comm_revoke(comm);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "revoke", code);
}

napi_value is_revoked(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "isRevoked", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  int flag = 0;
  listen();
  const int code = MPIX_Comm_is_revoked(comm, &flag);
  return code == MPI_SUCCESS ? boolean(env, flag != 0) : throw_mpi(env, "isRevoked", code);
}

napi_value shrink(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "shrink", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Comm made = MPI_COMM_NULL;
  const int code = MPIX_Comm_shrink(comm, &made);
  return code == MPI_SUCCESS ? integer(env, keep_comm(made)) : throw_mpi(env, "shrink", code);
}

/** agree(comm, flag, wait, microseconds): `outcome.flag` is what all flags have in common, bit by bit */
napi_value agree(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "agree", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  const int32_t index = take_slot();
  Slot& slot = slot_at(index);
  slot.flag = arguments.integer(env, 1);
  const int code = MPIX_Comm_iagree(comm, &slot.flag, &slot.request);
  if (code != MPI_SUCCESS) {
    release_slot(env, index);
    return throw_mpi(env, "agree", code);
  }
  return arguments.boolean(env, 2) ? waited(env, "agree", index) : started(env, "agree", index, arguments.number(env, 3));
}

napi_value failure_ack(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "failureAck", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  listen();
  const int code = MPIX_Comm_failure_ack(comm);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "failureAck", code);
}

/** The members of a group as ranks of a communicator, in order. */
napi_value ranks_of(napi_env env, MPI_Comm comm, MPI_Group failed) {
  int size = 0;
  MPI_Group_size(failed, &size);
  std::vector<int> inside(static_cast<size_t>(size)), ranks(static_cast<size_t>(size));
  for (int each = 0; each < size; each += 1) inside[static_cast<size_t>(each)] = each;
  MPI_Group all;
  MPI_Comm_group(comm, &all);
  MPI_Group_translate_ranks(failed, size, inside.data(), all, ranks.data());
  MPI_Group_free(&all);
  if (failed != MPI_GROUP_EMPTY) MPI_Group_free(&failed);
  std::sort(ranks.begin(), ranks.end());
  napi_value array;
  napi_create_array_with_length(env, static_cast<size_t>(size), &array);
  for (int each = 0; each < size; each += 1) {
    napi_set_element(env, array, static_cast<uint32_t>(each), integer(env, ranks[static_cast<size_t>(each)]));
  }
  return array;
}

napi_value failure_get_acked(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "failureGetAcked", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Group failed = MPI_GROUP_EMPTY;
  const int code = MPIX_Comm_failure_get_acked(comm, &failed);
  return code == MPI_SUCCESS ? ranks_of(env, comm, failed) : throw_mpi(env, "failureGetAcked", code);
}

/** getFailed(comm): the ranks known to have failed, acknowledged or not */
napi_value get_failed(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const MPI_Comm comm = comm_argument(env, "getFailed", arguments.values[0]);
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Group failed = MPI_GROUP_EMPTY;
  listen();
  const int code = MPIX_Comm_get_failed(comm, &failed);
  return code == MPI_SUCCESS ? ranks_of(env, comm, failed) : throw_mpi(env, "getFailed", code);
}

#endif

}  // namespace

void define_fault_tolerance(napi_env env, napi_value exports) {
  set(env, exports, "ulfm", boolean(env, KGOT_ULFM != 0));
#if KGOT_ULFM
  define(env, exports, "revoke", revoke);
  define(env, exports, "isRevoked", is_revoked);
  define(env, exports, "shrink", shrink);
  define(env, exports, "agree", agree);
  define(env, exports, "failureAck", failure_ack);
  define(env, exports, "failureGetAcked", failure_get_acked);
  define(env, exports, "getFailed", get_failed);
#endif
}

}  // namespace kgot
