// Beginning and end of MPI in this process. Both are final: MPI cannot be started twice.
#include <cstdlib>

#include "values.h"

namespace kgot {

Process process;
Outcome outcome;
Scratch scratch;
Envelope envelope;

namespace {

/** Levels by the numbers of src/mpi/native.ts: those of MPI differ from one MPI to the other. */
const int levels[] = {MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE};

int level_of(int provided) {
  for (int each = 0; each < 4; each += 1) {
    if (levels[each] == provided) return each;
  }
  return 0;
}

/** Ends MPI, which waits for the other ranks. */
int end(napi_env env) {
  process.state = State::finalized;
  abandon_requests();
  detach_windows(env);
  return MPI_Finalize();
}

/** The environment ends without having finalized: a thread that was terminated. */
void clean_up(void* data) {
  if (process.owner != static_cast<napi_env>(data) || process.state != State::running || process.failed) return;
  process.state = State::finalized;
  abandon_requests();
  MPI_Finalize();
}

/** A program that failed takes the other ranks with it, once its error is printed: they would wait for it for ever. */
void at_exit() {
  if (process.state == State::running && process.failed) MPI_Abort(MPI_COMM_WORLD, 1);
}

int attribute(MPI_Comm comm, int key, int otherwise) {
  int* value = nullptr;
  int found = 0;
  MPI_Comm_get_attr(comm, key, &value, &found);
  return found != 0 && value != nullptr ? *value : otherwise;
}

/** initialize(level): @returns what there is: {provided, world, self, version, library, processor, tagUpperBound, faultTolerant} */
napi_value initialize(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  State before = State::before;
  if (!process.state.compare_exchange_strong(before, State::starting)) {
    return throw_usage(env, "initialize", "MPI_ERR_OTHER",
                       before == State::finalized
                           ? "MPI was finalized in this process, and can be started once only."
                           : "MPI belongs to another thread of this process, which started it: call it there.");
  }
  int provided = MPI_THREAD_SINGLE;
  const int code = MPI_Init_thread(nullptr, nullptr, levels[arguments.integer(env, 0) & 3], &provided);
  if (code != MPI_SUCCESS) {
    process.state = State::before;
    return throw_mpi(env, "initialize", code);
  }
  process.owner = env;
  process.state = State::running;
  napi_add_env_cleanup_hook(env, clean_up, env);
  std::atexit(at_exit);

  char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  char processor[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0, version = 0, subversion = 0;
  MPI_Get_library_version(library, &length);
  MPI_Get_processor_name(processor, &length);
  MPI_Get_version(&version, &subversion);

  napi_value facts, numbers;
  napi_create_object(env, &facts);
  set(env, facts, "provided", integer(env, level_of(provided)));
  set(env, facts, "world", integer(env, keep_comm(MPI_COMM_WORLD)));
  set(env, facts, "self", integer(env, keep_comm(MPI_COMM_SELF)));
  napi_create_array_with_length(env, 2, &numbers);
  napi_set_element(env, numbers, 0, integer(env, version));
  napi_set_element(env, numbers, 1, integer(env, subversion));
  set(env, facts, "version", numbers);
  set(env, facts, "library", text(env, library));
  set(env, facts, "processor", text(env, processor));
  set(env, facts, "tagUpperBound", integer(env, attribute(MPI_COMM_WORLD, MPI_TAG_UB, 32767)));
#if KGOT_ULFM && defined(MPIX_FT)
  set(env, facts, "faultTolerant", boolean(env, attribute(MPI_COMM_WORLD, MPIX_FT, 0) != 0));
#else
  set(env, facts, "faultTolerant", boolean(env, false));
#endif
  return facts;
}

napi_value finalize(napi_env env, napi_callback_info) {
  if (!ready(env, "finalize")) return nullptr;
  const int code = end(env);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "finalize", code);
}

/** abort(code): ends all ranks */
napi_value abort_all(napi_env env, napi_callback_info info) {
  if (!ready(env, "abort")) return nullptr;
  Arguments<1> arguments(env, info);
  MPI_Abort(MPI_COMM_WORLD, arguments.integer(env, 0));
  return undefined(env);
}

napi_value wtime(napi_env env, napi_callback_info) {
  if (!ready(env, "wtime")) return nullptr;
  return number(env, MPI_Wtime());
}

/** fail(dies): the program failed; it ends all ranks when it exits, or alone where the others are to live through it */
napi_value fail(napi_env env, napi_callback_info info) {
  if (!ready(env, "fail")) return nullptr;
  Arguments<1> arguments(env, info);
  process.failed = true;
  if (arguments.boolean(env, 0)) process.state = State::finalized;
  return undefined(env);
}

}  // namespace

bool ready(napi_env env, const char* operation) {
  if (process.state == State::running && process.owner == env) return true;
  throw_usage(env, operation, "MPI_ERR_OTHER",
              process.state == State::running  ? "MPI belongs to the thread that initialized it: call it there."
              : process.state == State::finalized ? "MPI is finalized: nothing more can be sent or received."
                                               : "MPI is not initialized: await initialize() first.");
  return false;
}

void set_outcome(const MPI_Status& status) {
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  outcome.source = status.MPI_SOURCE;
  outcome.tag = status.MPI_TAG;
  outcome.bytes = bytes;
}

void define_lifecycle(napi_env env, napi_value exports) {
  define(env, exports, "initialize", initialize);
  define(env, exports, "finalize", finalize);
  define(env, exports, "abort", abort_all);
  define(env, exports, "wtime", wtime);
  define(env, exports, "fail", fail);
  define(env, exports, "setErrorClass", set_error_class);
  define(env, exports, "describeCode", describe_code);
  set(env, exports, "outcome", foreign_memory(env, &outcome, sizeof(outcome)));
  set(env, exports, "envelope", foreign_memory(env, &envelope, sizeof(envelope)));
}

}  // namespace kgot
