#include "addon.h"

NAPI_MODULE_INIT() {
  kgot::define_lifecycle(env, exports);
  kgot::define_comm(env, exports);
  kgot::define_point_to_point(env, exports);
  kgot::define_requests(env, exports);
  kgot::define_collectives(env, exports);
  kgot::define_windows(env, exports);
  kgot::define_fault_tolerance(env, exports);
  return exports;
}
