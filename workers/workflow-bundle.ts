import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Runtime } from '@temporalio/worker';
import type { BundlerPlugin, BundleOptions, WorkerOptions } from '@temporalio/worker';
import { siblingModule } from '../src/config/module-path.ts';
import { cacheDirectory } from '../src/config/cache-directory.ts';
import { replaceFile } from '../src/config/replace-file.ts';

export const workflowsPath = siblingModule('../workflows/index.ts', import.meta.url);
export const workflowInterceptors = siblingModule('../workflows/interceptors.ts', import.meta.url);

/** A file that a bundle was made of: its path, bytes, and when it was put there or changed. */
type Source = [path: string, size: number, changed: number];

/**
 * The workflows' code, as a worker loads it. To make it takes seconds, so that it is kept in the cache folder, and made again when one of its
 * files has changed. Where the folder cannot be written, nothing is kept.
 *
 * @param plugins whose workflow interceptors belong to it
 */
export async function workflowBundle({
  plugins,
  dataConverter,
}: {
  plugins: readonly BundlerPlugin[];
  dataConverter: WorkerOptions['dataConverter'];
}): Promise<{ code: string }> {
  const { payloadConverterPath, failureConverterPath } = dataConverter ?? {};
  let options: BundleOptions = {
    workflowsPath,
    workflowInterceptorModules: [workflowInterceptors],
    ...(payloadConverterPath === undefined ? {} : { payloadConverterPath }),
    ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
  };
  for (const plugin of plugins) options = plugin.configureBundler?.(options) ?? options;
  const name = createHash('sha256').update(JSON.stringify(options)).digest('hex');
  const kept = join(cacheDirectory(), 'workflows', `${name}.js`);
  const code = await read(kept);
  if (code !== undefined) return { code };
  const began = Date.now();
  const made = await make(options);
  await keep(kept, made, began).catch(() => undefined);
  return { code: made.code };
}

async function make(options: BundleOptions): Promise<{ code: string; files: string[] }> {
  let files: string[] = [];
  const { code } = await bundleWorkflowCode({
    ...options,
    logger: Runtime.instance().logger,
    webpackConfigHook: (config) => ({
      ...config,
      plugins: [
        ...(config.plugins ?? []),
        (compiler) => {
          compiler.hooks.done.tap('kgot', ({ compilation }) => {
            files = [...compilation.fileDependencies];
          });
        },
      ],
    }),
  });
  // Of its own entry there is no file; and folders in which others come and go were looked through.
  return { code, files: files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile()).sort() };
}

/** @returns undefined where there is none, or a file that it was made of has changed */
async function read(kept: string): Promise<string | undefined> {
  try {
    const text = await readFile(kept, 'utf8');
    const end = text.indexOf('\n');
    const sources = JSON.parse(text.slice('// '.length, end)) as Source[];
    const isCurrent = sources.every(([path, size, changed]) => {
      const now = statSync(path);
      return now.size === size && now.ctimeMs === changed;
    });
    return isCurrent ? text.slice(end + 1) : undefined;
  } catch {
    return undefined;
  }
}

/** @param began when the bundle began to be made: whether a file that has changed since is in it as it is now, nobody knows */
async function keep(
  kept: string,
  { code, files }: { code: string; files: readonly string[] },
  began: number,
): Promise<void> {
  const all = [...files, fileURLToPath(import.meta.resolve('@temporalio/worker'))];
  const sources = all.map((path): Source => {
    const { size, ctimeMs } = statSync(path);
    return [path, size, ctimeMs];
  });
  if (sources.some(([, , changed]) => changed >= began)) return;
  await mkdir(join(kept, '..'), { recursive: true });
  replaceFile(kept, `// ${JSON.stringify(sources)}\n${code}`);
}
