/**
 * Takes the pictures that the documentation shows, all or those named: `node scripts/screenshot.ts [ui] [show] [approval]`.
 * Servers, runs, terminals and browser are real; the oracle and a scripted model answer.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openRuntime } from '../cli/runtime/open-runtime.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { playCountryRun } from './screenshots/country-run.ts';
import { playNoteRun } from './screenshots/note-run.ts';
import { terminalPicture } from './screenshots/terminal.ts';
import { uiPicture } from './screenshots/ui.ts';

const DOCS = join(import.meta.dirname, '../docs');

const named = process.argv.slice(2);
const isWanted = (name: string): boolean => named.length === 0 || named.includes(name);

const browser = await launchChromium();
try {
  if (isWanted('ui')) await save('ui', await takeUi(browser));
  if (isWanted('show') || isWanted('approval')) {
    const { solving, showing } = await playNoteRun();
    if (isWanted('approval')) await save('approval', await terminalPicture(browser, solving));
    if (isWanted('show')) await save('show', await terminalPicture(browser, showing));
  }
} finally {
  await browser.close();
}

async function takeUi(browser: Browser): Promise<Buffer> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-screenshot-'));
  const runtime = await openRuntime({ data, log: (line) => process.stderr.write(`${line}\n`) });
  try {
    const id = await playCountryRun(runtime);
    return await uiPicture(browser, `${runtime.uiUrl}/namespaces/default/workflows/${id}`);
  } finally {
    await runtime.close();
    await rm(data, { recursive: true, force: true });
  }
}

async function save(name: string, picture: Buffer): Promise<void> {
  const file = join(DOCS, `${name}.png`);
  await writeFile(file, picture);
  process.stderr.write(`${file}: ${Math.round(picture.length / 1000)} kB\n`);
}
