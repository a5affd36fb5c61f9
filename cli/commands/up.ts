import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';

/** Keeps server, UI and worker running until Ctrl-C. */
export function up(options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    for (;;) {
      const runtime = await session.runtime();
      const { role, address, uiUrl, dataDirectory } = runtime;
      session.print(
        { role, address, uiUrl, dataDirectory },
        `${role === 'owner' ? 'Up' : 'Up already, by another process'}: Temporal at ${address}${uiUrl === undefined ? '' : `, its UI at ${uiUrl}`}, data in ${dataDirectory}. Ctrl-C ends it.`,
      );
      if (role === 'owner') return session.untilInterrupted();
      await runtime.ownerGone(session.signal).catch(() => undefined);
      if (session.signal.aborted) return;
      await session.reopen(runtime);
    }
  });
}
