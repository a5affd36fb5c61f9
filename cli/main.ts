#!/usr/bin/env node
/** Starts `kgot`, compiled from what an earlier start has kept. */
import { keepCompiled } from '../src/config/keep-compiled.ts';

keepCompiled();
await import('./kgot.ts');
