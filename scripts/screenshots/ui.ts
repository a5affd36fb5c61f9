import type { Browser, Locator, Page } from 'playwright-core';
import { currentDetails } from '../../test/support/chromium.ts';

/** Pixels below the timeline's last line that its axis takes. */
const TIME_AXIS = 85;
const MARGIN = 16;

/** A picture of a run's page in Temporal's UI: its current details, and its timeline. */
export async function uiPicture(browser: Browser, url: string): Promise<Buffer> {
  return pasteTogether(browser, await takePictures(browser, url));
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
