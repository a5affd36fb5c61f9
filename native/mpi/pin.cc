#include "pin.h"

#include <dlfcn.h>

namespace v8 {

class BackingStore;

/** As much of V8's class as is called; its symbol is weak, so that the addon loads without it. */
class ArrayBuffer {
 public:
  __attribute__((weak)) std::shared_ptr<BackingStore> GetBackingStore();
};

}  // namespace v8

namespace kgot {

namespace {

bool has_backing_stores() {
#if defined(__GLIBCXX__) || defined(__APPLE__)
  static const bool found = dlsym(RTLD_DEFAULT, "_ZN2v811ArrayBuffer15GetBackingStoreEv") != nullptr;
  return found;
#else
  return false;
#endif
}

}  // namespace

Pin pin(napi_env env, napi_value array) {
  napi_value buffer;
  if (array == nullptr || !has_backing_stores()) return nullptr;
  if (napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) return nullptr;
  return reinterpret_cast<v8::ArrayBuffer*>(buffer)->GetBackingStore();
}

}  // namespace kgot
