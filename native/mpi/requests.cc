#include "requests.h"

#include <deque>
#include <memory>

#include "backoff.h"

namespace kgot {

namespace {

// Never destroyed: what is still pinned when the process ends must outlive the engine that it belongs to.
std::deque<Slot>& slots = *new std::deque<Slot>;
std::vector<int32_t> free_slots;

/** Requests under way, side by side for MPI_Testsome, and their slots. */
std::vector<MPI_Request> requests;
std::vector<int32_t> owners;
/** Receives of values and probes under way, in the order in which they were posted. */
std::vector<int32_t> looking;

/** What JavaScript is told about each operation that ended: see COMPLETION in src/mpi/progress.ts. */
struct Completion {
  double slot;
  double code;
  double source;
  double tag;
  double bytes;
  double flag;
};
constexpr size_t at_once = 256;
Completion completions[at_once];
std::deque<Completion> completed;

bool is_pending_failure(int code) {
#if KGOT_ULFM
  return class_of(code) == MPIX_ERR_PROC_FAILED_PENDING;
#else
  (void)code;
  return false;
#endif
}

/** Ends a request that MPI keeps although it failed. @returns the code, or success when it was matched after all */
int end_kept(MPI_Request* request, int code, MPI_Status* status) {
  if (*request == MPI_REQUEST_NULL) return code;
  MPI_Cancel(request);
  int flag = 0;
  Backoff backoff;
  while (true) {
    const int tested = MPI_Test(request, &flag, status);
    if (flag != 0 || (tested != MPI_SUCCESS && !is_pending_failure(tested))) break;
    if (tested != MPI_SUCCESS) {
      MPI_Request_free(request);
      return code;
    }
    backoff.pause();
  }
  int cancelled = 1;
  if (flag != 0) MPI_Test_cancelled(status, &cancelled);
  return cancelled != 0 ? code : MPI_SUCCESS;
}

void complete(int32_t index, int code, const MPI_Status& status) {
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  const bool known = code == MPI_SUCCESS;
  completed.push_back({static_cast<double>(index), static_cast<double>(code), known ? static_cast<double>(status.MPI_SOURCE) : -1.0,
                       known ? static_cast<double>(status.MPI_TAG) : -1.0, known ? static_cast<double>(bytes) : 0.0,
                       static_cast<double>(slots[index].flag)});
  slots[index].request = MPI_REQUEST_NULL;
  for (Pin& each : slots[index].pins) each.reset();
}

bool matches(const Slot& slot, MPI_Comm comm, const MPI_Status& status) {
  return slot.comm == comm && (slot.source == MPI_ANY_SOURCE || slot.source == status.MPI_SOURCE) &&
         (slot.tag == MPI_ANY_TAG || slot.tag == status.MPI_TAG);
}

/** Makes room for a message and receives it. Its slot then waits for a request as any other. */
int receive_message(napi_env env, Slot& slot, MPI_Message* message, const MPI_Status& status) {
  int bytes = 0;
  MPI_Get_count(&status, MPI_BYTE, &bytes);
  napi_value buffer;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, static_cast<size_t>(bytes), &data, &buffer) != napi_ok) return MPI_ERR_NO_MEM;
  napi_create_reference(env, buffer, 1, &slot.message);
  return MPI_Imrecv(data, bytes, MPI_BYTE, message, &slot.request);
}

void stop_looking(size_t place) { looking.erase(looking.begin() + static_cast<std::ptrdiff_t>(place)); }

/** The first receive, up to a place, that a message suits. */
size_t first_for(size_t place, const MPI_Status& status) {
  const MPI_Comm comm = slots[looking[place]].comm;
  for (size_t each = 0; each < place; each += 1) {
    const Slot& slot = slots[looking[each]];
    if (slot.kind == Kind::receive && matches(slot, comm, status)) return each;
  }
  return place;
}

/** Takes a message for the receive at a place. @returns whether there was one; that receive looks no longer */
bool take(napi_env env, size_t place, int source, int tag) {
  const int32_t index = looking[place];
  Slot& slot = slots[index];
  MPI_Status status;
  MPI_Message message = MPI_MESSAGE_NULL;
  int found = 0;
  int code = MPI_Improbe(source, tag, slot.comm, &found, &message, &status);
  if (code == MPI_SUCCESS && found == 0) return false;
  stop_looking(place);
  int done = 0;
  if (code == MPI_SUCCESS) code = receive_message(env, slot, &message, status);
  if (code == MPI_SUCCESS) code = MPI_Test(&slot.request, &done, &status);
  if (code != MPI_SUCCESS || done != 0) {
    complete(index, code, status);
  } else {
    requests.push_back(slot.request);
    owners.push_back(index);
  }
  return true;
}

/** Goes through receives of values and probes once, in their order. */
void look(napi_env env) {
  for (size_t place = 0; place < looking.size();) {
    const int32_t index = looking[place];
    const Slot& slot = slots[index];
    MPI_Status status;
    int found = 0;
    const int code = MPI_Iprobe(slot.source, slot.tag, slot.comm, &found, &status);
    if (code != MPI_SUCCESS || (found != 0 && slot.kind == Kind::probe)) {
      stop_looking(place);
      complete(index, code, status);
      continue;
    }
    if (found == 0) {
      place += 1;
      continue;
    }
    // It may have come since an earlier receive looked, and others that suit that one before it.
    const size_t first = first_for(place, status);
    const Slot& earlier = slots[looking[first]];
    const bool taken = first == place ? take(env, place, status.MPI_SOURCE, status.MPI_TAG) : take(env, first, earlier.source, earlier.tag);
    place = taken ? first : place + 1;
  }
}

void test_requests() {
  static std::vector<int> indices;
  static std::vector<MPI_Status> statuses;
  if (indices.size() < requests.size()) {
    indices.resize(requests.size() * 2);
    statuses.resize(requests.size() * 2);
  }
  int count = 0;
  const int code = MPI_Testsome(static_cast<int>(requests.size()), requests.data(), &count, indices.data(), statuses.data());
  if (count == MPI_UNDEFINED || count <= 0) return;
  std::vector<int32_t> still;
  for (int each = 0; each < count; each += 1) {
    const int place = indices[each];
    const int one = code == MPI_ERR_IN_STATUS ? statuses[each].MPI_ERROR : code;
    const int ended = end_kept(&requests[place], one, &statuses[each]);
    complete(owners[place], ended, statuses[each]);
    owners[place] = -1;
  }
  size_t kept = 0;
  for (size_t place = 0; place < owners.size(); place += 1) {
    if (owners[place] < 0) continue;
    owners[kept] = owners[place];
    requests[kept] = requests[place];
    kept += 1;
  }
  owners.resize(kept);
  requests.resize(kept);
}

/**
 * progress(microseconds): goes on with all that is under way, and sleeps for a moment when nothing ended.
 *
 * @returns how many ended, up to as many as are told at once
 */
napi_value progress(napi_env env, napi_callback_info info) {
  if (!ready(env, "progress")) return nullptr;
  Arguments<1> arguments(env, info);
  if (!looking.empty()) look(env);
  if (!requests.empty()) {
    test_requests();
    // MPI_Testsome looks, and then lets MPI progress: what that brought is seen by a second look alone.
    if (completed.empty()) test_requests();
  }
  if (completed.empty()) {
    const timespec pause = {0, arguments.integer(env, 0) * INT64_C(1000)};
    // Another rank may need this core to send what is waited for.
    static Courtesy courtesy;
    if (pause.tv_nsec == 0) courtesy.give_way();
    else nanosleep(&pause, nullptr);
  }
  size_t told = 0;
  while (told < at_once && !completed.empty()) {
    completions[told] = completed.front();
    completed.pop_front();
    told += 1;
  }
  return integer(env, static_cast<int32_t>(told));
}

/** takeMessage(slot): the memory of a received value; the slot is released. */
napi_value take_message(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const int32_t index = arguments.integer(env, 0);
  napi_value message = nullptr;
  if (slots[index].message != nullptr) napi_get_reference_value(env, slots[index].message, &message);
  release_slot(env, index);
  return message == nullptr ? undefined(env) : message;
}

/** takeElement(slot): the element that a fetching operation brought, into scratch; the slot is released. */
napi_value take_element(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  const int32_t index = arguments.integer(env, 0);
  for (size_t each = 0; each < 8; each += 1) scratch.result[each] = slots[index].element[8 + each];
  release_slot(env, index);
  return undefined(env);
}

/** release(slot): after an operation has ended. */
napi_value release(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  release_slot(env, arguments.integer(env, 0));
  return undefined(env);
}

/** cancel(slot): gives up a receive or a probe. @returns whether it is given up: else it ends as any other */
napi_value cancel(napi_env env, napi_callback_info info) {
  if (!ready(env, "cancel")) return nullptr;
  Arguments<1> arguments(env, info);
  const int32_t index = arguments.integer(env, 0);
  for (size_t place = 0; place < looking.size(); place += 1) {
    if (looking[place] != index) continue;
    stop_looking(place);
    release_slot(env, index);
    return boolean(env, true);
  }
  for (size_t place = 0; place < owners.size(); place += 1) {
    // The message of a value is on its way: MPI does not take that back.
    if (owners[place] != index || slots[index].kind == Kind::receive) continue;
    MPI_Status status;
    MPI_Cancel(&requests[place]);
    const int code = wait_for(&requests[place], &status);
    int cancelled = 0;
    if (code == MPI_SUCCESS) MPI_Test_cancelled(&status, &cancelled);
    owners.erase(owners.begin() + static_cast<std::ptrdiff_t>(place));
    requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(place));
    if (cancelled != 0) {
      release_slot(env, index);
      return boolean(env, true);
    }
    complete(index, code, status);
    return boolean(env, false);
  }
  return boolean(env, false);
}

/** receive(comm, source, tag, microseconds): a value of any length. probe(…) alike. @returns its slot, `outcome.done` set when it ended */
template <Kind kind>
napi_value look_for(napi_env env, napi_callback_info info) {
  const char* operation = kind == Kind::probe ? "probe" : "recv";
  if (!ready(env, operation)) return nullptr;
  Arguments<4> arguments(env, info);
  const MPI_Comm comm = comm_of(env, operation, arguments.integer(env, 0));
  if (comm == MPI_COMM_NULL) return nullptr;
  const int32_t index = take_slot();
  Slot& slot = slots[index];
  slot.kind = kind;
  slot.comm = comm;
  slot.source = arguments.integer(env, 1);
  slot.tag = arguments.integer(env, 2);
  if (slot.source == -1) slot.source = MPI_ANY_SOURCE;
  if (slot.tag == -1) slot.tag = MPI_ANY_TAG;
  outcome.done = 0;
  const double microseconds = arguments.number(env, 3);
  // An earlier one may be after the same message: then the order is kept by looking in turn.
  if (looking.empty()) {
    Moment moment(microseconds);
    MPI_Status status;
    MPI_Message message = MPI_MESSAGE_NULL;
    int found = 0;
    do {
      const int code = kind == Kind::probe ? MPI_Iprobe(slot.source, slot.tag, comm, &found, &status)
                                           : MPI_Improbe(slot.source, slot.tag, comm, &found, &message, &status);
      if (code != MPI_SUCCESS) {
        release_slot(env, index);
        return throw_mpi(env, operation, code);
      }
    } while (found == 0 && !moment.is_over());
    if (found != 0) {
      set_outcome(status);
      if (kind == Kind::probe) {
        outcome.done = 1;
        release_slot(env, index);
        return integer(env, index);
      }
      int code = receive_message(env, slot, &message, status);
      int done = 0;
      if (code == MPI_SUCCESS) code = MPI_Test(&slot.request, &done, MPI_STATUS_IGNORE);
      if (code != MPI_SUCCESS) {
        release_slot(env, index);
        return throw_mpi(env, operation, code);
      }
      if (done != 0) {
        outcome.done = 1;
      } else {
        requests.push_back(slot.request);
        owners.push_back(index);
      }
      return integer(env, index);
    }
  }
  looking.push_back(index);
  return integer(env, index);
}

}  // namespace

int32_t take_slot() {
  int32_t index;
  if (free_slots.empty()) {
    index = static_cast<int32_t>(slots.size());
    slots.emplace_back();
  } else {
    index = free_slots.back();
    free_slots.pop_back();
  }
  slots[index].used = true;
  return index;
}

Slot& slot_at(int32_t index) { return slots[index]; }

void release_slot(napi_env env, int32_t index) {
  Slot& slot = slots[index];
  if (!slot.used) return;
  if (slot.message != nullptr) napi_delete_reference(env, slot.message);
  slot = Slot();
  free_slots.push_back(index);
}

int wait_for(MPI_Request* request, MPI_Status* status) {
  Backoff backoff;
  while (true) {
    int done = 0;
    const int code = MPI_Test(request, &done, status);
    if (code != MPI_SUCCESS) return end_kept(request, code, status);
    if (done != 0) return MPI_SUCCESS;
    backoff.pause();
  }
}

/** Looks whether a request has ended, for a moment. @returns MPI's code */
static int look_at(MPI_Request* request, double microseconds, int* done, MPI_Status* status) {
  Moment moment(microseconds);
  int code = MPI_SUCCESS;
  do {
    code = MPI_Test(request, done, status);
  } while (*done == 0 && code == MPI_SUCCESS && !moment.is_over());
  if (code == MPI_SUCCESS) return code;
  *done = 1;
  return end_kept(request, code, status);
}

napi_value started(napi_env env, const char* operation, int32_t index, double microseconds) {
  Slot& slot = slots[index];
  MPI_Status status;
  int done = 0;
  const int code = look_at(&slot.request, microseconds, &done, &status);
  if (code != MPI_SUCCESS) {
    release_slot(env, index);
    return throw_mpi(env, operation, code);
  }
  if (done == 0) {
    requests.push_back(slot.request);
    owners.push_back(index);
    return integer(env, index);
  }
  set_outcome(status);
  outcome.flag = slot.flag;
  for (size_t each = 0; each < 8; each += 1) scratch.result[each] = slot.element[8 + each];
  release_slot(env, index);
  return integer(env, -1);
}

napi_value started(napi_env env, const char* operation, MPI_Request request, napi_value array, double microseconds) {
  MPI_Status status;
  int done = 0;
  const int code = look_at(&request, microseconds, &done, &status);
  if (code != MPI_SUCCESS) return throw_mpi(env, operation, code);
  if (done != 0) {
    set_outcome(status);
    return integer(env, -1);
  }
  const int32_t index = take_slot();
  slots[index].request = request;
  slots[index].pins[0] = pin(env, array);
  requests.push_back(request);
  owners.push_back(index);
  return integer(env, index);
}

napi_value waited(napi_env env, const char* operation, int32_t index) {
  Slot& slot = slots[index];
  MPI_Status status;
  const int code = wait_for(&slot.request, &status);
  outcome.flag = slot.flag;
  release_slot(env, index);
  if (code != MPI_SUCCESS) return throw_mpi(env, operation, code);
  set_outcome(status);
  return undefined(env);
}

void abandon_requests() {
  looking.clear();
  for (MPI_Request& request : requests) {
    if (request == MPI_REQUEST_NULL) continue;
    MPI_Cancel(&request);
    int done = 0;
    MPI_Status status;
    MPI_Test(&request, &done, &status);
  }
  // The memory of what could not be taken back stays pinned: the process is about to end.
  requests.clear();
  owners.clear();
  completed.clear();
}

void define_requests(napi_env env, napi_value exports) {
  define(env, exports, "progress", progress);
  define(env, exports, "takeMessage", take_message);
  define(env, exports, "takeElement", take_element);
  define(env, exports, "release", release);
  define(env, exports, "cancel", cancel);
  define(env, exports, "startReceive", look_for<Kind::receive>);
  define(env, exports, "startProbe", look_for<Kind::probe>);
  set(env, exports, "completions", foreign_memory(env, completions, sizeof(completions)));
}

}  // namespace kgot
