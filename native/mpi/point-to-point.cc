// Messages between two ranks. Blocking calls wait with backoff, so that a rank that waits long costs nothing.
#include "backoff.h"
#include "requests.h"

namespace kgot {

namespace {

int source_of(int32_t given) { return given == -1 ? MPI_ANY_SOURCE : given; }
int tag_of(int32_t given) { return given == -1 ? MPI_ANY_TAG : given; }

/** The communicator of the envelope, and what the array holds. @returns MPI_COMM_NULL, with an MpiError thrown, where one is not fit */
MPI_Comm addressed(napi_env env, const char* operation, napi_value array, Elements* elements) {
  if (!ready(env, operation)) return MPI_COMM_NULL;
  const MPI_Comm comm = comm_of(env, operation, envelope.comm);
  if (comm == MPI_COMM_NULL || !read_elements(env, operation, array, envelope.type, elements)) return MPI_COMM_NULL;
  return comm;
}

/** send(array), as all of these to whom or from whom `envelope` says */
napi_value send(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Elements elements;
  const MPI_Comm comm = addressed(env, "send", arguments.values[0], &elements);
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  int code = MPI_Isend(elements.data, elements.count, elements.type, envelope.rank, envelope.tag, comm, &request);
  if (code == MPI_SUCCESS) {
    MPI_Status status;
    code = wait_for(&request, &status);
  }
  if (code != MPI_SUCCESS) return throw_mpi(env, "send", code);
  return undefined(env);
}

/** receiveInto(array) */
napi_value receive_into(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Elements elements;
  const MPI_Comm comm = addressed(env, "recvInto", arguments.values[0], &elements);
  if (comm == MPI_COMM_NULL) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Status status;
  int code = MPI_Irecv(elements.data, elements.count, elements.type, source_of(envelope.rank), tag_of(envelope.tag), comm, &request);
  if (code == MPI_SUCCESS) code = wait_for(&request, &status);
  if (code != MPI_SUCCESS) return throw_mpi(env, "recvInto", code);
  set_outcome(status);
  return undefined(env);
}

/** startSend(array) */
napi_value start_send(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Elements elements;
  const MPI_Comm comm = addressed(env, "send", arguments.values[0], &elements);
  if (comm == MPI_COMM_NULL || !stays(env, "send", elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  const int code = MPI_Isend(elements.data, elements.count, elements.type, envelope.rank, envelope.tag, comm, &request);
  if (code != MPI_SUCCESS) return throw_mpi(env, "send", code);
  return started(env, "send", request, elements.array, envelope.microseconds);
}

/** startReceiveInto(array) */
napi_value start_receive_into(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Elements elements;
  const MPI_Comm comm = addressed(env, "recvInto", arguments.values[0], &elements);
  if (comm == MPI_COMM_NULL || !stays(env, "recvInto", elements)) return nullptr;
  MPI_Request request = MPI_REQUEST_NULL;
  const int code = MPI_Irecv(elements.data, elements.count, elements.type, source_of(envelope.rank), tag_of(envelope.tag), comm, &request);
  if (code != MPI_SUCCESS) return throw_mpi(env, "recvInto", code);
  return started(env, "recvInto", request, elements.array, envelope.microseconds);
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
