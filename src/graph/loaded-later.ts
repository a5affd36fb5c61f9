import type { GraphStore } from './graph-store.ts';

/**
 * A store whose code is loaded when it is first used: drivers of servers, of which most processes use none, take half a second.
 *
 * @param groups whether it has {@link GraphStore.applyTogether}
 */
export function loadedLater(load: () => Promise<GraphStore>, { groups }: { groups: boolean }): GraphStore {
  let store: Promise<GraphStore> | undefined;
  const loaded = (): Promise<GraphStore> => (store ??= load());
  return {
    apply: async (...write) => (await loaded()).apply(...write),
    ...(groups ? { applyTogether: async (writes) => (await loaded()).applyTogether!(writes) } : {}),
    read: async (...place) => (await loaded()).read(...place),
    query: async (...question) => (await loaded()).query(...question),
    code: async (...question) => (await loaded()).code(...question),
    describe: async (run) => (await loaded()).describe(run),
    neighbours: async (...question) => (await loaded()).neighbours(...question),
    stored: async (run) => (await loaded()).stored(run),
    drop: async (run) => (await loaded()).drop(run),
    close: async () => (await store)?.close(),
  };
}
