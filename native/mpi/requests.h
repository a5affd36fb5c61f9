// Operations under way: slots, which JavaScript knows by number.
#pragma once

#include <vector>

#include "pin.h"
#include "values.h"

namespace kgot {

enum class Kind { request, receive, probe };

struct Slot {
  bool used = false;
  Kind kind = Kind::request;
  MPI_Request request = MPI_REQUEST_NULL;
  /** For receives of values and probes: what they look for. */
  MPI_Comm comm = MPI_COMM_NULL;
  int source = MPI_ANY_SOURCE;
  int tag = MPI_ANY_TAG;
  /** The message that a receive of a value made room for. */
  napi_ref message = nullptr;
  /** Memory in use until the operation has ended. */
  Pin pins[2];
  std::vector<int> counts;
  std::vector<int> displacements;
  int flag = 0;
  /** The element that a fetching operation sends and brings. */
  alignas(8) unsigned char element[16] = {};
};

/** A slot of its own, which the caller fills in. It stays where it is until it is released. */
int32_t take_slot();
Slot& slot_at(int32_t index);
void release_slot(napi_env env, int32_t index);

/**
 * Ends the start of an operation whose request the slot holds: looks for a moment whether it has ended already.
 *
 * @param microseconds to look at most
 * @returns the slot's number, or -1 when it has ended: `outcome` tells how, the slot is released. nullptr when it failed.
 */
napi_value started(napi_env env, const char* operation, int32_t index, double microseconds);

/** The same for a request that has no slot yet: it gets one, and its array is pinned, only if it has not ended already. */
napi_value started(napi_env env, const char* operation, MPI_Request request, napi_value array, double microseconds);

/** Waits for the operation of a slot, with backoff, and releases the slot. @returns undefined, or nullptr when it failed */
napi_value waited(napi_env env, const char* operation, int32_t index);

/** Waits for a request with backoff. @returns MPI's code */
int wait_for(MPI_Request* request, MPI_Status* status);

}  // namespace kgot
