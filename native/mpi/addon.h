// What the parts of the addon share. One environment of Node uses MPI, from one thread: all state is of the process.
#pragma once

#define NAPI_VERSION 8
#include <mpi.h>
#include <node_api.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#if defined(MPIX_ERR_PROC_FAILED) || defined(OMPI_HAVE_MPI_EXT_FTMPI)
#define KGOT_ULFM 1
#else
#define KGOT_ULFM 0
#endif

namespace kgot {

enum class State { before, starting, running, finalized };

/** Where MPI stands in this process, and whose it is. Other environments look at it from other threads. */
struct Process {
  std::atomic<State> state{State::before};
  std::atomic<napi_env> owner{nullptr};
  /** Whether the program failed, so that the other ranks are to end with it. */
  bool failed = false;
};
extern Process process;

/** Figures of the last call that ended at once, which JavaScript reads from shared memory. */
struct Outcome {
  double source;
  double tag;
  double bytes;
  /** 1 when a call that may wait has ended already. */
  double done;
  /** What an agreement came to. */
  double flag;
};
extern Outcome outcome;

/** One number in and one out, for operations on single elements: no value passes through Node-API. */
struct Scratch {
  alignas(8) unsigned char value[8];
  alignas(8) unsigned char compare[8];
  alignas(8) unsigned char result[8];
};
extern Scratch scratch;

/** Of the next array to send or receive: each number would take longer as an argument than all of them do here. */
struct Envelope {
  int32_t comm;
  /** Node-API's number of the array's type, for which V8 would take longest. */
  int32_t type;
  /** Where it goes to, or comes from. */
  int32_t rank;
  int32_t tag;
  /** How long the start of an operation looks for its end. */
  int32_t microseconds;
};
extern Envelope envelope;

void set_outcome(const MPI_Status& status);

// errors.cc

/** Throws an MpiError of MPI's own. @returns nullptr */
napi_value throw_mpi(napi_env env, const char* operation, int code);
/** Throws an MpiError for what the caller did wrong. @returns nullptr */
napi_value throw_usage(napi_env env, const char* operation, const char* error_class, const char* text);
/** Writes class and text of a code to JavaScript: {code, class, text}. */
napi_value describe_code(napi_env env, napi_callback_info info);
/** Takes the constructor of MpiError, of which each environment has its own. */
napi_value set_error_class(napi_env env, napi_callback_info info);
int class_of(int code);

// lifecycle.cc

/** Whether this environment may call MPI now; else an MpiError is thrown. */
bool ready(napi_env env, const char* operation);
void define_lifecycle(napi_env env, napi_value exports);

// comm.cc

/** The communicator of a handle. @returns MPI_COMM_NULL, with an MpiError thrown, when it is freed or was none */
MPI_Comm comm_of(napi_env env, const char* operation, int32_t handle);
int32_t keep_comm(MPI_Comm comm);
void define_comm(napi_env env, napi_value exports);

// point-to-point.cc, collectives.cc, requests.cc, windows.cc, fault-tolerance.cc

void define_point_to_point(napi_env env, napi_value exports);
void define_collectives(napi_env env, napi_value exports);
void define_requests(napi_env env, napi_value exports);
void define_windows(napi_env env, napi_value exports);
void define_fault_tolerance(napi_env env, napi_value exports);

/** Gives up what is under way, before MPI ends. */
void abandon_requests();
/** Takes the memory of all windows from JavaScript, before MPI ends. */
void detach_windows(napi_env env);

}  // namespace kgot
