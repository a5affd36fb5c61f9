/** Tools that go wrong, each in its own way, and one that says which process it is in. */
import { defineTool } from 'kgot-temporal/tools';
import { z } from 'zod';

const circle: Record<string, unknown> = {};
circle['again'] = circle;

const WAYS: Record<string, () => unknown> = {
  // They fail.
  throws: () => {
    throw new Error('the service is down');
  },
  throws_nothing: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- as tools do
    throw undefined;
  },
  throws_long: () => {
    throw new Error('x'.repeat(10_000_000));
  },
  hangs: () => new Promise(() => {}),
  ignores_signal: () => new Promise(() => {}),
  // They give what cannot be used.
  gives_50_mb: () => 'x'.repeat(50_000_000),
  gives_many: () => Array.from({ length: 300_000 }, (_, index) => ({ index, name: `number ${index}` })),
  gives_circle: () => circle,
  gives_function: () => ({ next: () => 1 }),
  gives_wrong_type: () => ({ text: 7 }),
  // They give what is no text, and can be written as one.
  gives_nothing: () => undefined,
  gives_bigint: () => ({ count: 10n ** 20n }),
  gives_date: () => new Map([['founded', new Date(0)]]),
  // They harm their process.
  rejects_later: () => {
    void Promise.resolve().then(() => Promise.reject(new Error('rejected behind its back')));
    return 'fine';
  },
  throws_later: () => {
    setImmediate(() => {
      throw new Error('thrown behind its back');
    });
    return 'fine';
  },
  exits: () => process.exit(3),
  spins: () => {
    for (;;);
  },
  tells_process: () => ({ process: process.pid }),
};

export default Object.entries(WAYS).map(([name, execute]) =>
  defineTool({
    name,
    description: name,
    input: z.object({ turn: z.number() }),
    output: name === 'gives_wrong_type' ? z.object({ text: z.string() }) : z.unknown(),
    timeouts: { attemptSeconds: name === 'hangs' ? 1 : 60 },
    retry: { attempts: name === 'tells_process' ? 3 : 1 },
    execute,
  }),
);
