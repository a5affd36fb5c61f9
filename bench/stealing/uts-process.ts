/** A process that walks a whole tree alone each time it is told to, and says how many milliseconds that took: `uts-process.ts T1`. */
import { checkFound, TREES, Walk } from './uts.ts';

const name = process.argv[2] as keyof typeof TREES;
process.on('message', () => {
  const began = performance.now();
  const walk = new Walk(TREES[name], Walk.root(TREES[name]));
  walk.go(Infinity);
  const milliseconds = performance.now() - began;
  checkFound(name, walk);
  process.send?.(milliseconds);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
