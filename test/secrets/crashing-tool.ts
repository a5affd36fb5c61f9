import { CANARIES, echoOf } from './canaries.ts';

/** A tool's file that fails where nobody waits for it, with keys in what it says. */
void Promise.reject(new Error(`Crashed with ${Object.values(CANARIES).map(echoOf).join(' ')}`));
await new Promise(() => undefined);
