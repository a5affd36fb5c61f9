// Windows: memory that other ranks read and write.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "requests.h"

namespace kgot {

namespace {

struct Window {
  MPI_Win win = MPI_WIN_NULL;
  bool shared = false;
  /** This rank's own part. */
  void* base = nullptr;
  size_t bytes = 0;
  /** The array buffers over its memory, and over that of others; taken away when it is freed. */
  std::vector<napi_ref> buffers;
};

std::vector<Window>& windows = *new std::vector<Window>;

Window* window_of(napi_env env, const char* operation, int32_t handle) {
  if (!ready(env, operation)) return nullptr;
  if (handle >= 0 && static_cast<size_t>(handle) < windows.size() && windows[handle].win != MPI_WIN_NULL) return &windows[handle];
  throw_usage(env, operation, "MPI_ERR_WIN", "This window is freed: keep it until its last operation has ended.");
  return nullptr;
}

void take_back(napi_env env, Window& window) {
  for (napi_ref reference : window.buffers) {
    napi_value buffer;
    if (napi_get_reference_value(env, reference, &buffer) == napi_ok && buffer != nullptr) detach(env, buffer);
    napi_delete_reference(env, reference);
  }
  window.buffers.clear();
}

/** Hands memory of a window to JavaScript, until it is freed. */
napi_value hand_out(napi_env env, Window& window, void* base, size_t bytes) {
  napi_value buffer = foreign_memory(env, base, bytes);
  if (buffer == nullptr) return nullptr;
  forbid_transfer(env, buffer);
  napi_ref reference;
  napi_create_reference(env, buffer, 1, &reference);
  window.buffers.push_back(reference);
  return buffer;
}

/** Zeroes memory; of a large shared one the pages are given back, which takes no time where nobody has written, and no memory. */
void clear(void* base, size_t bytes) {
#ifdef MADV_REMOVE
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t start = reinterpret_cast<uintptr_t>(base);
  const uintptr_t from = (start + page - 1) / page * page;
  const uintptr_t to = (start + bytes) / page * page;
  if (from < to && madvise(reinterpret_cast<void*>(from), to - from, MADV_REMOVE) == 0) {
    std::memset(base, 0, from - start);
    std::memset(reinterpret_cast<void*>(to), 0, start + bytes - to);
    return;
  }
#endif
  std::memset(base, 0, bytes);
}

/** allocateWindow(comm, elements, bytes of one, shared): @returns {handle, memory} */
napi_value allocate(napi_env env, napi_callback_info info) {
  if (!ready(env, "allocateWindow")) return nullptr;
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_of(env, "allocateWindow", arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  const int unit = arguments.integer(env, 2);
  const MPI_Aint bytes = static_cast<MPI_Aint>(arguments.number(env, 1)) * unit;
  const bool shared = arguments.boolean(env, 3);
  Window window;
  window.shared = shared;
  void* base = nullptr;
  const int code = shared ? MPI_Win_allocate_shared(bytes, unit, MPI_INFO_NULL, comm, &base, &window.win)
                          : MPI_Win_allocate(bytes, unit, MPI_INFO_NULL, comm, &base, &window.win);
  if (code != MPI_SUCCESS) return throw_mpi(env, "allocateWindow", code);
  MPI_Win_set_errhandler(window.win, MPI_ERRORS_RETURN);
  window.base = base;
  window.bytes = static_cast<size_t>(bytes);
  if (bytes > 0) clear(base, window.bytes);
  napi_value made;
  napi_create_object(env, &made);
  set(env, made, "memory", hand_out(env, window, base, window.bytes));
  windows.push_back(window);
  set(env, made, "handle", integer(env, static_cast<int32_t>(windows.size() - 1)));
  return made;
}

/** Memory of a rank of a shared window. */
struct Part {
  Window* window = nullptr;
  void* base = nullptr;
  MPI_Aint bytes = 0;
};

/** @returns false with an MpiError thrown when there is none */
bool find_part(napi_env env, const char* operation, const Arguments<2>& arguments, Part* part) {
  part->window = window_of(env, operation, arguments.integer(env, 0));
  if (part->window == nullptr) return false;
  int unit = 0;
  const int code = MPI_Win_shared_query(part->window->win, arguments.integer(env, 1), &part->bytes, &unit, &part->base);
  if (code != MPI_SUCCESS) throw_mpi(env, operation, code);
  return code == MPI_SUCCESS;
}

/** sharedMemory(window, rank): the memory of another rank of a shared window */
napi_value shared_memory(napi_env env, napi_callback_info info) {
  Part part;
  if (!find_part(env, "memoryOf", Arguments<2>(env, info), &part)) return nullptr;
  return hand_out(env, *part.window, part.base, static_cast<size_t>(part.bytes));
}

/** addressOf(window, rank): where the memory of a rank of a shared window lies in this process: {address, bytes} */
napi_value address_of(napi_env env, napi_callback_info info) {
  Part part;
  if (!find_part(env, "addressOf", Arguments<2>(env, info), &part)) return nullptr;
  napi_value found;
  napi_value address;
  napi_create_object(env, &found);
  napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(part.base), &address);
  set(env, found, "address", address);
  set(env, found, "bytes", number(env, static_cast<double>(part.bytes)));
  return found;
}

/** memoryAt(address, bytes): what addressOf found, for another thread, which must not touch it once the window is freed */
napi_value memory_at(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  uint64_t address = 0;
  bool lossless = false;
  napi_get_value_bigint_uint64(env, arguments.values[0], &address, &lossless);
  return foreign_memory(env, reinterpret_cast<void*>(static_cast<uintptr_t>(address)), static_cast<size_t>(arguments.number(env, 1)));
}

/** clearWindow(window): zeroes this rank's own part */
napi_value clear_window(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Window* window = window_of(env, "clear", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  if (window->bytes > 0) clear(window->base, window->bytes);
  return undefined(env);
}

napi_value free_window(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Window* window = window_of(env, "free", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  take_back(env, *window);
  MPI_Win win = window->win;
  window->win = MPI_WIN_NULL;
  const int code = MPI_Win_free(&win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "free", code);
}

napi_value lock(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  Window* window = window_of(env, "lock", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = MPI_Win_lock(arguments.boolean(env, 2) ? MPI_LOCK_EXCLUSIVE : MPI_LOCK_SHARED, arguments.integer(env, 1), 0, window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "lock", code);
}

napi_value unlock(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Window* window = window_of(env, "unlock", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = MPI_Win_unlock(arguments.integer(env, 1), window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "unlock", code);
}

napi_value flush(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Window* window = window_of(env, "flush", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = MPI_Win_flush(arguments.integer(env, 1), window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "flush", code);
}

/** Calls on all targets at once. */
template <int (*call)(MPI_Win)>
napi_value on_all(napi_env env, const char* operation, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Window* window = window_of(env, operation, arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = call(window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, operation, code);
}

napi_value flush_all(napi_env env, napi_callback_info info) { return on_all<MPI_Win_flush_all>(env, "flushAll", info); }
napi_value unlock_all(napi_env env, napi_callback_info info) { return on_all<MPI_Win_unlock_all>(env, "unlockAll", info); }

napi_value lock_all(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Window* window = window_of(env, "lockAll", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = MPI_Win_lock_all(0, window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "lockAll", code);
}

/** sync(window): what this rank wrote into its memory, and what others did, is seen */
napi_value sync(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  Window* window = window_of(env, "sync", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int code = MPI_Win_sync(window->win);
  return code == MPI_SUCCESS ? undefined(env) : throw_mpi(env, "sync", code);
}

/** The numbers that src/mpi/native.ts gives them. */
enum Access { put, get, accumulate };
const char* const names[] = {"put", "get", "accumulate"};

/** access(window, kind, array, target, offset, op, start, microseconds): as a request, or ended at the target too */
napi_value access(napi_env env, napi_callback_info info) {
  Arguments<8> arguments(env, info);
  const int32_t kind = arguments.integer(env, 1);
  const char* operation = names[kind];
  Window* window = window_of(env, operation, arguments.integer(env, 0));
  Elements elements;
  if (window == nullptr || !read_elements(env, operation, arguments.values[2], &elements)) return nullptr;
  const int target = arguments.integer(env, 3);
  const MPI_Aint offset = static_cast<MPI_Aint>(arguments.number(env, 4));
  const MPI_Op op = op_of(arguments.integer(env, 5));
  if ((op == MPI_MINLOC || op == MPI_MAXLOC) && !as_pairs(&elements)) {
    return throw_usage(env, operation, "MPI_ERR_TYPE", "MINLOC and MAXLOC take an Int32Array of pairs: a value, then its place.");
  }
  if (arguments.boolean(env, 6)) {
    if (!stays(env, operation, elements)) return nullptr;
    const int32_t index = take_slot();
    Slot& slot = slot_at(index);
    slot.pins[0] = pin(env, elements.array);
    int code = MPI_ERR_ARG;
    if (kind == put) code = MPI_Rput(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, window->win, &slot.request);
    if (kind == get) code = MPI_Rget(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, window->win, &slot.request);
    if (kind == accumulate) code = MPI_Raccumulate(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, op, window->win, &slot.request);
    if (code != MPI_SUCCESS) {
      release_slot(env, index);
      return throw_mpi(env, operation, code);
    }
    return started(env, operation, index, arguments.number(env, 7));
  }
  int code = MPI_ERR_ARG;
  if (kind == put) code = MPI_Put(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, window->win);
  if (kind == get) code = MPI_Get(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, window->win);
  if (kind == accumulate) code = MPI_Accumulate(elements.data, elements.count, elements.type, target, offset, elements.count, elements.type, op, window->win);
  if (code == MPI_SUCCESS) code = MPI_Win_flush(target, window->win);
  if (code != MPI_SUCCESS) return throw_mpi(env, operation, code);
  return undefined(env);
}

/** fetchAndOp(window, type, target, offset, op): takes its value from scratch and leaves the result there */
napi_value fetch_and_op(napi_env env, napi_callback_info info) {
  Arguments<5> arguments(env, info);
  Window* window = window_of(env, "fetchAndOp", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int target = arguments.integer(env, 2);
  int code = MPI_Fetch_and_op(scratch.value, scratch.result, datatype_of(arguments.integer(env, 1)), target,
                              static_cast<MPI_Aint>(arguments.number(env, 3)), op_of(arguments.integer(env, 4)), window->win);
  if (code == MPI_SUCCESS) code = MPI_Win_flush(target, window->win);
  if (code != MPI_SUCCESS) return throw_mpi(env, "fetchAndOp", code);
  return undefined(env);
}

/** startFetchAndOp(window, type, target, offset, op, microseconds): the same as a request */
napi_value start_fetch_and_op(napi_env env, napi_callback_info info) {
  Arguments<6> arguments(env, info);
  Window* window = window_of(env, "fetchAndOp", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int32_t index = take_slot();
  Slot& slot = slot_at(index);
  std::memcpy(slot.element, scratch.value, 8);
  const MPI_Datatype type = datatype_of(arguments.integer(env, 1));
  const int code = MPI_Rget_accumulate(slot.element, 1, type, slot.element + 8, 1, type, arguments.integer(env, 2),
                                       static_cast<MPI_Aint>(arguments.number(env, 3)), 1, type, op_of(arguments.integer(env, 4)),
                                       window->win, &slot.request);
  if (code != MPI_SUCCESS) {
    release_slot(env, index);
    return throw_mpi(env, "fetchAndOp", code);
  }
  return started(env, "fetchAndOp", index, arguments.number(env, 5));
}

/** compareAndSwap(window, type, target, offset): scratch has the new value and the one to compare with, then the old one */
napi_value compare_and_swap(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  Window* window = window_of(env, "compareAndSwap", arguments.integer(env, 0));
  if (window == nullptr) return nullptr;
  const int target = arguments.integer(env, 2);
  int code = MPI_Compare_and_swap(scratch.value, scratch.compare, scratch.result, datatype_of(arguments.integer(env, 1)), target,
                                  static_cast<MPI_Aint>(arguments.number(env, 3)), window->win);
  if (code == MPI_SUCCESS) code = MPI_Win_flush(target, window->win);
  if (code != MPI_SUCCESS) return throw_mpi(env, "compareAndSwap", code);
  return undefined(env);
}

}  // namespace

void detach_windows(napi_env env) {
  for (Window& window : windows) take_back(env, window);
}

void define_windows(napi_env env, napi_value exports) {
  define(env, exports, "allocateWindow", allocate);
  define(env, exports, "sharedMemory", shared_memory);
  define(env, exports, "addressOf", address_of);
  define(env, exports, "memoryAt", memory_at);
  define(env, exports, "clearWindow", clear_window);
  define(env, exports, "freeWindow", free_window);
  define(env, exports, "lock", lock);
  define(env, exports, "unlock", unlock);
  define(env, exports, "lockAll", lock_all);
  define(env, exports, "unlockAll", unlock_all);
  define(env, exports, "flush", flush);
  define(env, exports, "flushAll", flush_all);
  define(env, exports, "sync", sync);
  define(env, exports, "access", access);
  define(env, exports, "fetchAndOp", fetch_and_op);
  define(env, exports, "startFetchAndOp", start_fetch_and_op);
  define(env, exports, "compareAndSwap", compare_and_swap);
  set(env, exports, "scratch", foreign_memory(env, &scratch, sizeof(scratch)));
}

}  // namespace kgot
