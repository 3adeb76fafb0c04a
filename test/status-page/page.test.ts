/**
 * The status page in a real browser, against a running agent that asks for a token: live figures, light and dark, a phone, the
 * keyboard, a screen reader's rules (axe-core), no word to another host, and a connection that is lost and comes back. The
 * tests of one page share it, in their order: a browser's start is dear.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { startChromium } from '../services/chromium.ts';
import { needed } from '../services/needed.ts';
import { openHostile, SHOWN } from './hostile.ts';
import { openWorld, type World } from './world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TOKEN = 'a-token-of-enough-letters';

const browser = needed<Browser>({ name: 'Chromium', get: startChromium, giveBack: (chromium) => chromium.close() });
const world = needed<World>({
  name: 'agent',
  get: () => openWorld({ token: TOKEN }),
  giveBack: (one) => one.close(),
});
const seen = needed<Seen>({ name: 'page', get: () => open('light') });

interface Seen {
  readonly page: Page;
  /** Of every request of the page: the method and the host. */
  readonly asked: Set<string>;
  /** Errors of the page and of its policy. */
  readonly errors: string[];
}

async function open(colorScheme: 'light' | 'dark', url: string = world().url): Promise<Seen> {
  const page = await browser().newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(30_000);
  const asked = new Set<string>();
  const errors: string[] = [];
  page.on('request', (request) => asked.add(`${request.method()} ${new URL(request.url()).host}`));
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (line) => {
    if (line.type() === 'error') errors.push(line.text());
  });
  await page.goto(url);
  return { page, asked, errors };
}

async function showToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.keyboard.press('Enter');
}

/** Until everything there is to show is shown: figures, lines of a chart, dead letters, what is wrong. */
async function whole(page: Page): Promise<void> {
  await page
    .getByRole('row', { name: /siem.*retrying/ })
    .first()
    .waitFor();
  await page
    .getByText(/^audit-relay dead-letters retry tickets\/\d+$/)
    .first()
    .waitFor();
  await page.locator('.plot canvas').first().waitFor();
}

/** In the row that begins with this name. */
function cell(page: Page, { table, row, column }: Readonly<Record<'table' | 'row' | 'column', string>>): Locator {
  const rows = page.getByRole('table', { name: table }).getByRole('row', { name: new RegExp(`^${row}`) });
  return rows.locator(`[data-title="${column}"]`);
}

async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}

interface AxeWindow {
  readonly axe: {
    run(options: object): Promise<{ readonly violations: readonly AxeViolation[] }>;
  };
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** By axe-core: WCAG 2.2 AA and its best practices. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    // The script above has put it there.
    const { axe } = window as unknown as AxeWindow;
    const { violations: found } = await axe.run({ resultTypes: ['violations'] });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('a browser', () => {
  test('is asked for the token, told when it is wrong, and shown the status for the right one', async () => {
    const { page } = seen();
    await showToken(page, 'wrong-token-of-enough-letters');
    await page.getByRole('alert').filter({ hasText: 'This is not the token' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await showToken(page, TOKEN);
    await whole(page);
  });

  test('shows live figures, the law, what is wrong, feeds and dead letters', async () => {
    const { page } = seen();
    const law = { table: 'Every event accounted for', column: '= Acked' };
    const acked = async (): Promise<number> =>
      Number((await textOf(cell(page, { ...law, row: 'archive' }))).replace(/\D/g, ''));
    const before = await acked();
    await expect.poll(acked, { timeout: 30_000 }).toBeGreaterThan(before);
    for (const row of ['archive', 'lake', 'tickets', 'siem']) {
      expect(await textOf(cell(page, { ...law, row, column: 'Sum' }))).toBe('adds up');
    }
    expect(await textOf(page.getByRole('region', { name: 'What is wrong' }))).toContain('Sink siem');
    expect(await textOf(page.getByRole('table', { name: 'Sources' }))).toContain('tenant feed');
    const letters = await textOf(page.getByRole('table', { name: 'Dead letters' }));
    expect(letters).toMatch(/tickets\/\d+.*HTTP 400: field target.key is too long.*api_key\./);
  });

  test('shows the configuration, and no secret or person anywhere', async () => {
    const { page } = seen();
    await page.getByText('As it runs').click();
    const yaml = await textOf(page.getByRole('region', { name: 'The configuration' }));
    expect(yaml).toContain('api_key: ${OPENAI_ADMIN_KEY}');
    expect(yaml).toContain('index: security');
    const all = await page.content();
    expect(all).not.toContain('canary');
    expect(all).not.toContain(TOKEN);
    expect(all).not.toMatch(/[\w.]+@[\w-]+\.\w+/);
  });

  test('asks the page’s own host alone, breaks no rule of its policy, and only reads', async () => {
    const { page, asked, errors } = seen();
    errors.length = 0;
    await page.reload();
    // The tab has kept the token; nothing else has.
    await whole(page);
    expect([...asked]).toEqual([`GET ${new URL(world().url).host}`]);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => [document.cookie, localStorage.length, location.search])).toEqual(['', 0, '']);
  });

  test('is led by the keyboard, in the order of the page', async () => {
    const { page } = seen();
    const stop = async (): Promise<string> => {
      await page.keyboard.press('Tab');
      return page.evaluate(
        () => document.activeElement?.closest('label, summary, section, button')?.textContent?.slice(0, 12) ?? '',
      );
    };
    expect(await stop()).toBe('What is wron');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toMatch(/docs\/ERRORS\.md$/);
    expect(await stop()).toBe('15 min');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: '1 h' }).isChecked()).toBe(true);
    expect(await stop()).toBe('As it runs, ');
    await page.keyboard.press('Enter');
    expect(await stop()).toBe('name: acme-r');
    expect(await stop()).toBe('Forget the t');
  });

  test.each([1280, 768, 360])('scrolls to no side and cuts no word at %d pixels', async (width) => {
    const { page } = seen();
    await page.setViewportSize({ width, height: 900 });
    const wide = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await expect.poll(wide).toBe(0);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('th, td, li, p:not(.detail)')]
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 1 && scrollWidth > clientWidth + 1)
        .map(({ textContent }) => textContent),
    );
    expect(cut).toEqual([]);
  });

  test.each([1280, 360])('passes a screen reader’s rules at %d pixels', async (width) => {
    const { page } = seen();
    await page.setViewportSize({ width, height: 900 });
    expect(await violations(page)).toEqual([]);
  });
});

test('in the dark, the page is dark, and passes a screen reader’s rules', async () => {
  const { page } = await open('dark');
  await showToken(page, TOKEN);
  await whole(page);
  await page.getByText('As it runs').click();
  expect(await violations(page)).toEqual([]);
  const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(Number(/\d+/.exec(ground)?.[0])).toBeLessThan(60);
  await page.close();
});

test('what others say is shown as the text that it is: nothing of it runs, turns the lines beside it or is hidden', async () => {
  const hostile = await openHostile();
  try {
    const { page, asked, errors } = await open('light', hostile.url);
    await page.getByRole('table', { name: 'Dead letters' }).filter({ hasText: SHOWN }).waitFor();
    await page.getByRole('region', { name: 'What is wrong' }).filter({ hasText: SHOWN }).waitFor();
    // Of names that are none, only how many there were.
    await page.getByRole('region', { name: 'New in the API' }).filter({ hasText: '(odd)' }).waitFor();
    const all = await page.evaluate(() => document.body.textContent ?? '');
    expect(all.split(SHOWN).length - 1).toBeGreaterThan(3);
    expect(all).not.toMatch(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
    expect(
      await page.evaluate(() => [Object(window).taken, document.querySelectorAll('img, body script').length]),
    ).toEqual([undefined, 0]);
    expect({ asked: [...asked], errors }).toEqual({ asked: [`GET ${new URL(hostile.url).host}`], errors: [] });
    await page.close();
  } finally {
    await hostile.close();
  }
});

test('a changed configuration that is refused is told, with why, and the old one is shown', async () => {
  const { page } = seen();
  world().spoil();
  await page.getByText('Configuration refused').or(page.getByText('a newer one is refused')).first().waitFor();
  expect(await textOf(page.getByRole('region', { name: 'What is wrong' }))).toMatch(/Configuration.*refused.*sinkz/);
  expect(await textOf(page.getByRole('region', { name: 'The configuration' }))).not.toContain('sinkz');
});

test('a connection that is lost is told, what was shown stays, and it comes back by itself', async () => {
  const { page } = seen();
  await world().kill();
  await page.getByRole('alert').filter({ hasText: 'Connection lost' }).waitFor();
  expect(await textOf(page.getByRole('table', { name: 'Sinks' }))).toContain('archive');
  expect(await violations(page)).toEqual([]);
  await world().restart();
  await page.getByText('Connection lost').waitFor({ state: 'detached' });
  await page.getByText(/^Live, /).waitFor();
  await page.getByRole('button', { name: 'Forget the token' }).click();
  await page.getByLabel('Token').waitFor();
});

test('the page is small: less than 130 KiB in all, and 50 on the wire where a proxy packs it', () => {
  const folder = join(createRequire(import.meta.url).resolve('audit-relay/package.json'), '../dist/page');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const loaded = files.filter((file) => statSync(file).isFile() && !file.endsWith('.txt'));
  const bytes = loaded.map((file) => readFileSync(file));
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  expect(sum(bytes.map(({ length }) => length))).toBeLessThan(130 * 1024);
  expect(sum(bytes.map((each) => gzipSync(each).length))).toBeLessThan(50 * 1024);
});
