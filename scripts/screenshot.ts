/** Takes the picture of a run in Temporal's UI that the documentation shows: `node scripts/screenshot.ts`. */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { countryQuestions } from '../bench/country-questions.ts';
import { startOracle } from '../cli/eval/start-oracle.ts';
import { openRuntime } from '../cli/runtime/open-runtime.ts';
import { startRun } from '../src/client/client.ts';
import { currentDetails, launchChromium } from '../test/support/chromium.ts';

const PICTURE = join(import.meta.dirname, '../docs/ui.png');

/** Milliseconds of one call of the oracle: what a fast hosted model takes. */
const LATENCY = 400;

/** Pixels below the timeline's last line that its axis takes. */
const TIME_AXIS = 85;
const MARGIN = 16;

/** Documents beside those that hold the answer. */
const OTHERS = ['Andorra', 'France', 'Morocco'];

const data = await mkdtemp(join(tmpdir(), 'kgot-screenshot-'));
const question = countryQuestions().find(({ id }) => id === 'capital-beside-portugal')!;
const file = join(data, 'questions.jsonl');
await writeFile(file, `${JSON.stringify(question)}\n`);
const oracle = await startOracle({ file, latency: LATENCY });
const runtime = await openRuntime({ data, log: (line) => process.stderr.write(`${line}\n`) });
const browser = await launchChromium();
try {
  const id = question.id;
  await (await startRun(runtime.client, { ...inputOf(), options: { models: models(), votes: 3 } }, { id })).result();
  const [details, timeline] = await takePictures(browser, `${runtime.uiUrl}/namespaces/default/workflows/${id}`);
  await mkdir(join(PICTURE, '..'), { recursive: true });
  await writeFile(PICTURE, await pasteTogether(browser, [details, timeline]));
  process.stderr.write(`${PICTURE}: ${Math.round((await stat(PICTURE)).size / 1000)} kB\n`);
} finally {
  await browser.close();
  await runtime.close();
  oracle.close();
  await rm(data, { recursive: true, force: true });
}

function inputOf(): { question: string; documents: { name: string; mediaType: string; text: string }[] } {
  const titles = [...question.decomposition.map(({ paragraph }) => question.paragraphs[paragraph]!.title), ...OTHERS];
  const documents = question.paragraphs
    .filter(({ title }) => titles.includes(title))
    .map(({ title, text }) => ({ name: title, mediaType: 'text/markdown', text }));
  return { question: question.question, documents };
}

function models() {
  const model = { provider: 'oracle', name: 'oracle', url: oracle.url };
  return { planner: model, executor: model };
}

/** The run's page with its current details, and its timeline, both without the UI's navigation. */
async function takePictures(browser: Browser, url: string): Promise<[Buffer, Buffer]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 2000 } });
  await page.goto(url);
  await page.getByRole('button', { name: 'Descending' }).click();
  const lastLine = page.getByText('run.reconcile').first();
  await lastLine.waitFor();
  const timeline = await takePicture(page, page.getByRole('heading', { name: 'Timeline' }), lastLine, TIME_AXIS);

  await page.getByRole('tab', { name: 'User Metadata' }).click();
  await currentDetails(page).getByText('Answer:').waitFor();
  const details = await takePicture(page, page.locator('main header'), page.getByTestId('user-metadata').locator('..'));
  return [details, timeline];
}

/** From the top of one element to the bottom of another, over the whole width of the page's content. */
async function takePicture(page: Page, from: Locator, to: Locator, below = 0): Promise<Buffer> {
  // What the UI moves into place has come to rest by then.
  await page.waitForTimeout(1_500);
  const { x, width } = (await page.locator('main header').boundingBox())!;
  const { y: top } = (await from.boundingBox())!;
  const { y, height } = (await to.boundingBox())!;
  const bottom = y + height + below;
  const clip = { x: x - MARGIN, y: top - MARGIN, width: width + 2 * MARGIN, height: bottom - top + 2 * MARGIN };
  return page.screenshot({ clip });
}

async function pasteTogether(browser: Browser, pictures: Buffer[]): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 100 } });
  const images = pictures.map((picture) => `<img src="data:image/png;base64,${picture.toString('base64')}">`);
  await page.setContent(
    `<style>body { margin: 0; width: min-content; } img { display: block; } img + img { border-top: 2px solid #c9d9f0; }</style>${images.join('')}`,
  );
  return page.locator('body').screenshot();
}
