#include "pin.h"

#include <dlfcn.h>

namespace v8 {

class BackingStore;
class Value;

/** What napi_value is as well: where the value stands. */
template <class T>
class Local {
 public:
  explicit Local(napi_value value) : slot_(value) {}

 private:
  void* slot_;
};

/** As much of V8's class as is called; its symbols are weak, so that the addon loads without them. */
class ArrayBuffer {
 public:
  __attribute__((weak)) std::shared_ptr<BackingStore> GetBackingStore();
  __attribute__((weak)) void SetDetachKey(Local<Value> key);
  __attribute__((weak)) bool IsResizableByUserJavaScript() const;
};

}  // namespace v8

namespace kgot {

namespace {

bool has(const char* symbol) {
#if defined(__GLIBCXX__) || defined(__APPLE__)
  return dlsym(RTLD_DEFAULT, symbol) != nullptr;
#else
  (void)symbol;
  return false;
#endif
}

const bool has_backing_stores = has("_ZN2v811ArrayBuffer15GetBackingStoreEv");
const bool has_detach_keys = has("_ZN2v811ArrayBuffer12SetDetachKeyENS_5LocalINS_5ValueEEE");
const bool has_resizability = has("_ZNK2v811ArrayBuffer27IsResizableByUserJavaScriptEv");

void set_detach_key(napi_value buffer, napi_value key) {
  if (has_detach_keys) reinterpret_cast<v8::ArrayBuffer*>(buffer)->SetDetachKey(v8::Local<v8::Value>(key));
}

}  // namespace

Pin pin(napi_env env, napi_value array) {
  napi_value buffer;
  if (array == nullptr || !has_backing_stores) return nullptr;
  if (napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok) return nullptr;
  return reinterpret_cast<v8::ArrayBuffer*>(buffer)->GetBackingStore();
}

bool is_resizable(napi_env env, napi_value buffer) {
  if (has_resizability && !reinterpret_cast<const v8::ArrayBuffer*>(buffer)->IsResizableByUserJavaScript()) return false;
  // Shared memory, which V8 calls resizable too, only grows.
  napi_value said;
  bool resizable = false;
  if (napi_get_named_property(env, buffer, "resizable", &said) == napi_ok) napi_get_value_bool(env, said, &resizable);
  return resizable;
}

void forbid_transfer(napi_env env, napi_value buffer) {
  // Transfers bring no key with them, so that any will do.
  napi_value key;
  napi_create_string_utf8(env, "window", NAPI_AUTO_LENGTH, &key);
  set_detach_key(buffer, key);
}

void detach(napi_env env, napi_value buffer) {
  napi_value none;
  napi_get_undefined(env, &none);
  set_detach_key(buffer, none);
  napi_detach_arraybuffer(env, buffer);
}

}  // namespace kgot
