/** The pictures of the status page that stand in the documents: of an agent at work, with one sink in trouble. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { startChromium } from '../services/chromium.ts';
import { openWorld, type World } from './world.ts';

interface Picture {
  readonly name: string;
  readonly scheme: 'light' | 'dark';
  readonly width: number;
  readonly height: number;
}

/** What is seen first on a desk, in both, and on a phone. */
const PICTURES: readonly Picture[] = [
  { name: 'status-page-light', scheme: 'light', width: 1200, height: 1010 },
  { name: 'status-page-dark', scheme: 'dark', width: 1200, height: 1010 },
  { name: 'status-page-phone', scheme: 'light', width: 360, height: 760 },
];

/** Writes each as `<name>.png`. @param seconds of history in the charts */
export async function takePictures(folder: string, seconds: number, isWhole: boolean): Promise<void> {
  const browser = await startChromium();
  try {
    const world = await openWorld({ events: 4_000, rate: 12 });
    try {
      await setTimeout(seconds * 1_000);
      for (const picture of PICTURES) await take({ browser, world, folder, isWhole }, picture);
    } finally {
      await world.close();
    }
  } finally {
    await browser.close();
  }
}

interface Studio {
  readonly browser: Browser;
  readonly world: World;
  readonly folder: string;
  readonly isWhole: boolean;
}

async function take({ browser, world, folder, isWhole }: Studio, picture: Picture): Promise<void> {
  const { name, scheme, width, height } = picture;
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height } });
  await page.goto(world.url);
  await page.locator('.plot canvas').nth(2).waitFor();
  await page.getByRole('radio', { name: '5 min', exact: true }).check();
  // Two messages more: what has just begun is drawn to its end.
  for (let n = 0; n < 2; n += 1) await page.waitForResponse(() => true, { timeout: 2_500 }).catch(() => undefined);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
  await page.close();
}
