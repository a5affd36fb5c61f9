import { readSetting } from '../../src/config/read-setting.ts';
import { dataDirectory } from '../../src/config/paths.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { EncryptionCodec } from '../../src/encryption/codec.ts';
import { currentConfiguration } from '../configuration.ts';
import { UserError } from '../errors.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';

/** Where the dev server's UI is. */
const USUAL_UI = 'http://127.0.0.1:8233';

/** Decrypts for Temporal's UI and command line until Ctrl-C. */
export function codecServer(options: GlobalOptions): Promise<void> {
  const keys = readSetting('encryptionKeys');
  if (keys === undefined) {
    throw new UserError('There is nothing to decrypt with: set KGOT_ENCRYPTION_KEYS, as the workers have it.', {
      exitCode: 2,
    });
  }
  const { entries } = currentConfiguration();
  const port = entries.get('codecPort')!.value as number;
  const data = dataDirectory(options.data);
  const origin = (): string =>
    (entries.get('uiOrigin')!.value as string | undefined) ?? readServerState(data)?.uiUrl ?? USUAL_UI;
  return Session.run(options, { worker: false }, async (session) => {
    // Node's HTTP server is loaded for it alone: that takes a twentieth of what any command takes to start.
    const { startCodecServer } = await import('../runtime/codec-server.ts');
    const server = await startCodecServer({ codec: new EncryptionCodec(keys), port, origins: () => [origin()] });
    if (server === undefined) {
      throw new UserError(`The port ${port} is taken: give another with --port.`);
    }
    const { url } = server;
    session.print(
      { url, ui: origin() },
      `Decrypting at ${url} for the UI at ${origin()}. In the UI, set it as the remote codec endpoint (the glasses at the top). Ctrl-C ends it.`,
    );
    await session.untilInterrupted();
    await server.close();
  });
}
