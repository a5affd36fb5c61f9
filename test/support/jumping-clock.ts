/** For `node --import`: the clock of the process is a day ahead and a day behind by turns, half a second each. */
const TURN = 500;
const DAY = 86_400_000;
const RealDate = Date;

const now = (): number => RealDate.now() + (Math.floor(performance.now() / TURN) % 2 === 0 ? DAY : -DAY);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: [], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
