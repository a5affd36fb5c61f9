import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { installDebianPackages } from './debian-packages.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A headless Chromium with a profile of its own that reaches for nothing but what it is shown. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium() ?? (await installChromium());
  const args = [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ];
  return chromium.launch({ executablePath, args, timeout: 120_000 });
}

/** The current details of a run, on the tab "User Metadata" of its page: the UI shows their Markdown in a frame of its own. */
export function currentDetails(page: Page): FrameLocator {
  return page.locator('iframe').last().contentFrame();
}

/** CHROMIUM_PATH, else a Chromium or Chrome on PATH. */
function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return given;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** Installs Debian's Chromium where that can be done without asking anybody. */
async function installChromium(): Promise<string> {
  if (!(await installDebianPackages('chromium', 'fonts-dejavu-core'))) {
    throw new Error('There is no Chromium on PATH: install one, or name it with CHROMIUM_PATH.');
  }
  const path = findChromium();
  if (path === undefined) throw new Error('Chromium was installed, but is not on PATH.');
  return path;
}
