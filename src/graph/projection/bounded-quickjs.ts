import { newQuickJSWASMModule, newVariant, RELEASE_SYNC } from 'quickjs-emscripten';
import type { QuickJSWASMModule } from 'quickjs-emscripten';

/** Of the global that TypeScript knows only in browsers. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => object;
};

const PAGE = 64 * 1024;
const INITIAL = 16 * 1024 * 1024;

/** QuickJS in so many bytes of memory. It does not count what its values hold: only the memory that it lives in can have a bound. */
export function quickJSWithin(bytes: number): Promise<QuickJSWASMModule> {
  const wasmMemory = new WebAssembly.Memory({ initial: INITIAL / PAGE, maximum: bytes / PAGE });
  return newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory }));
}
