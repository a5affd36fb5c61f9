// Collectives, all through MPI's nonblocking ones: a rank that waits for the others does so with backoff, or not at all.
#include "requests.h"

namespace kgot {

namespace {

/** The numbers that src/mpi/native.ts gives them. */
enum Collective { barrier, bcast, reduce, allreduce, scatter, scatterv, gather, gatherv, allgather, allgatherv };

const char* const names[] = {"barrier",  "bcast",  "reduce",  "allreduce", "scatter",
                             "scatterv", "gather", "gatherv", "allgather", "allgatherv"};

/** Counts of all ranks, laid one after the other. */
void read_counts(const Elements& given, Slot& slot) {
  const int32_t* counts = static_cast<const int32_t*>(given.data);
  int before = 0;
  for (int each = 0; each < given.count; each += 1) {
    slot.counts.push_back(counts[each]);
    slot.displacements.push_back(before);
    before += counts[each];
  }
}

int start(int32_t kind, MPI_Comm comm, Slot& slot, const Elements& from, const Elements& into, int root, MPI_Op op) {
  MPI_Request* request = &slot.request;
  const void* sent = from.array == nullptr ? MPI_IN_PLACE : from.data;
  const int* counts = slot.counts.data();
  const int* displacements = slot.displacements.data();
  switch (kind) {
    case barrier: return MPI_Ibarrier(comm, request);
    case bcast: return MPI_Ibcast(into.data, into.count, into.type, root, comm, request);
    case reduce: {
      // Whoever is not the root receives nothing: its own array is what it sends.
      const bool is_root = into.array != nullptr;
      const Elements& described = is_root ? into : from;
      return MPI_Ireduce(sent, is_root ? into.data : nullptr, described.count, described.type, op, root, comm, request);
    }
    case allreduce: return MPI_Iallreduce(sent, into.data, into.count, into.type, op, comm, request);
    case scatter: return MPI_Iscatter(from.data, into.count, into.type, into.data, into.count, into.type, root, comm, request);
    case scatterv: return MPI_Iscatterv(from.data, counts, displacements, into.type, into.data, into.count, into.type, root, comm, request);
    case gather: return MPI_Igather(from.data, from.count, from.type, into.data, from.count, from.type, root, comm, request);
    case gatherv: return MPI_Igatherv(from.data, from.count, from.type, into.data, counts, displacements, from.type, root, comm, request);
    case allgather: return MPI_Iallgather(from.data, from.count, from.type, into.data, from.count, from.type, comm, request);
    case allgatherv: return MPI_Iallgatherv(from.data, from.count, from.type, into.data, counts, displacements, from.type, comm, request);
    default: return MPI_ERR_ARG;
  }
}

/** Whether the arrays hold what is taken from them and put into them: they may have been transferred since they were checked. */
bool hold_enough(int32_t kind, MPI_Comm comm, const Slot& slot, const Elements& from, const Elements& into) {
  int size = 1;
  MPI_Comm_size(comm, &size);
  const int64_t all = slot.counts.empty() ? 0 : slot.displacements.back() + static_cast<int64_t>(slot.counts.back());
  switch (kind) {
    case reduce: return into.array == nullptr || into.count == from.count;
    case allreduce: return into.count == from.count;
    case scatter: return from.array == nullptr || from.count >= static_cast<int64_t>(into.count) * size;
    case scatterv: return from.array == nullptr || from.count >= all;
    case gather: return into.array == nullptr || into.count >= static_cast<int64_t>(from.count) * size;
    case gatherv: return into.array == nullptr || into.count >= all;
    case allgather: return into.count >= static_cast<int64_t>(from.count) * size;
    case allgatherv: return into.count >= all;
    default: return true;
  }
}

/** collective(comm, kind, from | null, into | null, counts | null, root, op, wait, microseconds) */
napi_value collective(napi_env env, napi_callback_info info) {
  Arguments<9> arguments(env, info);
  const int32_t kind = arguments.integer(env, 1);
  const char* operation = kind >= barrier && kind <= allgatherv ? names[kind] : "collective";
  if (!ready(env, operation)) return nullptr;
  const MPI_Comm comm = comm_of(env, operation, arguments.integer(env, 0));
  Elements from, into, counts;
  if (comm == MPI_COMM_NULL || !read_elements(env, operation, arguments.values[2], &from) ||
      !read_elements(env, operation, arguments.values[3], &into) || !read_elements(env, operation, arguments.values[4], &counts)) {
    return nullptr;
  }
  const bool wait = arguments.boolean(env, 7);
  if (!wait && !(stays(env, operation, from) && stays(env, operation, into))) return nullptr;
  const MPI_Op op = op_of(arguments.integer(env, 6));
  if ((op == MPI_MINLOC || op == MPI_MAXLOC) && !(as_pairs(&from) && as_pairs(&into))) {
    return throw_usage(env, operation, "MPI_ERR_TYPE", "MINLOC and MAXLOC take an Int32Array of pairs: a value, then its place.");
  }
  const int32_t index = take_slot();
  Slot& slot = slot_at(index);
  if (counts.array != nullptr) read_counts(counts, slot);
  if (!hold_enough(kind, comm, slot, from, into)) {
    release_slot(env, index);
    return throw_usage(env, operation, "MPI_ERR_BUFFER", "An array was transferred before its turn: keep it until the promise has resolved.");
  }
  if (!wait) {
    slot.pins[0] = pin(env, from.array);
    slot.pins[1] = pin(env, into.array);
  }
  const int code = start(kind, comm, slot, from, into, arguments.integer(env, 5), op);
  if (code != MPI_SUCCESS) {
    release_slot(env, index);
    return throw_mpi(env, operation, code);
  }
  return wait ? waited(env, operation, index) : started(env, operation, index, arguments.number(env, 8));
}

}  // namespace

void define_collectives(napi_env env, napi_value exports) { define(env, exports, "collective", collective); }

}  // namespace kgot
