// Messages between two ranks. Blocking calls wait with backoff, so that a rank that waits long costs nothing.
#include "backoff.h"
#include "requests.h"

namespace kgot {

namespace {

int source_of(int32_t given) { return given == -1 ? MPI_ANY_SOURCE : given; }
int tag_of(int32_t given) { return given == -1 ? MPI_ANY_TAG : given; }

/** send(comm, array, dest, tag) */
napi_value send(napi_env env, napi_callback_info info) {
  if (!ready(env, "send")) return nullptr;
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "send", arguments.integer(env, 0));
  Elements elements;
  if (comm == MPI_COMM_NULL || !read_elements(env, "send", arguments.values[1], &elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  int code = MPI_Isend(elements.data, elements.count, elements.type, arguments.integer(env, 2), arguments.integer(env, 3), comm, &request);
  if (code == MPI_SUCCESS) {
    MPI_Status status;
    code = wait_for(&request, &status);
  }
  if (code != MPI_SUCCESS) return throw_mpi(env, "send", code);
  return undefined(env);
}

/** receiveInto(comm, array, source, tag) */
napi_value receive_into(napi_env env, napi_callback_info info) {
  if (!ready(env, "recvInto")) return nullptr;
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "recvInto", arguments.integer(env, 0));
  Elements elements;
  if (comm == MPI_COMM_NULL || !read_elements(env, "recvInto", arguments.values[1], &elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Status status;
  int code = MPI_Irecv(elements.data, elements.count, elements.type, source_of(arguments.integer(env, 2)), tag_of(arguments.integer(env, 3)), comm, &request);
  if (code == MPI_SUCCESS) code = wait_for(&request, &status);
  if (code != MPI_SUCCESS) return throw_mpi(env, "recvInto", code);
  set_outcome(status);
  return undefined(env);
}

/** startSend(comm, array, dest, tag, microseconds) */
napi_value start_send(napi_env env, napi_callback_info info) {
  if (!ready(env, "send")) return nullptr;
  Arguments<5> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "send", arguments.integer(env, 0));
  Elements elements;
  if (comm == MPI_COMM_NULL || !read_elements(env, "send", arguments.values[1], &elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  const int code = MPI_Isend(elements.data, elements.count, elements.type, arguments.integer(env, 2), arguments.integer(env, 3), comm, &request);
  if (code != MPI_SUCCESS) return throw_mpi(env, "send", code);
  return started(env, "send", request, elements.array, arguments.number(env, 4));
}

/** startReceiveInto(comm, array, source, tag, microseconds) */
napi_value start_receive_into(napi_env env, napi_callback_info info) {
  if (!ready(env, "recvInto")) return nullptr;
  Arguments<5> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "recvInto", arguments.integer(env, 0));
  Elements elements;
  if (comm == MPI_COMM_NULL || !read_elements(env, "recvInto", arguments.values[1], &elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  const int code = MPI_Irecv(elements.data, elements.count, elements.type, source_of(arguments.integer(env, 2)), tag_of(arguments.integer(env, 3)), comm, &request);
  if (code != MPI_SUCCESS) return throw_mpi(env, "recvInto", code);
  return started(env, "recvInto", request, elements.array, arguments.number(env, 4));
}

/** probe(comm, source, tag, wait): @returns whether there is a message, which `outcome` describes */
napi_value probe(napi_env env, napi_callback_info info) {
  if (!ready(env, "probe")) return nullptr;
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "probe", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  const int source = source_of(arguments.integer(env, 1));
  const int tag = tag_of(arguments.integer(env, 2));
  const bool wait = arguments.boolean(env, 3);
  Backoff backoff;
  while (true) {
    int found = 0;
    MPI_Status status;
    const int code = MPI_Iprobe(source, tag, comm, &found, &status);
    if (code != MPI_SUCCESS) return throw_mpi(env, "probe", code);
    if (found != 0) set_outcome(status);
    if (found != 0 || !wait) return boolean(env, found != 0);
    backoff.pause();
  }
}

/** receive(comm, source, tag): a value of any length. @returns its memory */
napi_value receive(napi_env env, napi_callback_info info) {
  if (!ready(env, "recv")) return nullptr;
  Arguments<3> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "recv", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  const int source = source_of(arguments.integer(env, 1));
  const int tag = tag_of(arguments.integer(env, 2));
  Backoff backoff;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  for (int found = 0; found == 0;) {
    const int code = MPI_Improbe(source, tag, comm, &found, &message, &status);
    if (code != MPI_SUCCESS) return throw_mpi(env, "recv", code);
    if (found == 0) backoff.pause();
  }
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  napi_value buffer;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, static_cast<size_t>(bytes), &data, &buffer) != napi_ok) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  int code = MPI_Imrecv(data, bytes, MPI_BYTE, &message, &request);
  if (code == MPI_SUCCESS) code = wait_for(&request, &status);
  if (code != MPI_SUCCESS) return throw_mpi(env, "recv", code);
  set_outcome(status);
  return buffer;
}

}  // namespace

void define_point_to_point(napi_env env, napi_value exports) {
  define(env, exports, "send", send);
  define(env, exports, "receiveInto", receive_into);
  define(env, exports, "startSend", start_send);
  define(env, exports, "startReceiveInto", start_receive_into);
  define(env, exports, "probe", probe);
  define(env, exports, "receive", receive);
}

}  // namespace kgot
