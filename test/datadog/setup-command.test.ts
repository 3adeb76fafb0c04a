/** The command itself, as a process of its own: `audit-relay setup`, ended by SIGKILL between two of its requests and run again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ended, start } from '../agent/command.ts';
import { type Content, inside, KINDS, useContract, world } from './setup-world.ts';

const contract = useContract();
let folder: string;
let contents: readonly Content[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-datadog-setup-'));
  contents = (await inside()).contentsFor('openai-audit', KINDS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A configuration with the sink `siem` at this API. */
function configured(api: string): void {
  const sink = `{ type: datadog, site: eu, api_url: "${api}", api_key: "\${API_KEY}", app_key: "\${APP_KEY}" }`;
  writeFileSync(
    join(folder, 'audit-relay.yaml'),
    `sources: { a: { type: openai, api_key: sk-admin } }\nsinks: { siem: ${sink} }\n`,
  );
}

test('a dry run, a run that is killed on its way, and one that finishes it: each object once, and no key in sight', async () => {
  const { emulator, url } = await world(contract());
  const { apiKey, appKey, stores } = emulator;
  configured(url);
  const setup = (...more: readonly string[]) =>
    start({ args: ['setup', 'datadog', ...more], cwd: folder, env: { API_KEY: apiKey, APP_KEY: appKey } });
  const ended: Ended[] = [];

  ended.push(await setup('--dry-run').ended);
  expect(ended[0]).toMatchObject({ code: 0, talk: expect.stringContaining('Nothing was changed') });
  expect(ended[0]?.out.match(/^ {2}created /gm)).toHaveLength(contents.length);
  expect(emulator.seen.filter(({ method }) => method !== 'GET')).toEqual([]);

  const killed = setup();
  emulator.onWritten = (count) => count === 10 && killed.child.kill('SIGKILL');
  ended.push(await killed.ended);
  expect(ended[1]).toMatchObject({ code: null });
  expect(Object.values(stores).flatMap((store) => [...store.keys()])).toHaveLength(10);

  ended.push(await setup('--json').ended);
  expect(ended[2]).toMatchObject({ code: 0, talk: '' });
  const [{ steps }] = JSON.parse(ended[2]?.out ?? '');
  const counts = (outcome: string): number =>
    steps.filter((step: { readonly outcome: string }) => step.outcome === outcome).length;
  expect([counts('current'), counts('created')]).toEqual([10, contents.length - 10]);
  const titles = Object.values(stores).flatMap((store) => [...store.values()].map(({ name, title }) => name ?? title));
  expect(new Set(titles)).toEqual(new Set(contents.map(({ title }) => title)));
  expect(titles).toHaveLength(contents.length);

  const said = ended.map(({ out, talk }) => out + talk).join();
  expect([said.includes(apiKey), said.includes(appKey)]).toEqual([false, false]);
  expect(emulator.problems).toEqual([]);
});

test('what went wrong ends with 1 and names the fix', async () => {
  const { emulator, url } = await world(contract());
  emulator.scopes.delete('monitors_write');
  configured(url);
  const env = { API_KEY: emulator.apiKey, APP_KEY: emulator.appKey };
  const { code, out } = await start({ args: ['setup', '--sink', 'siem'], cwd: folder, env }).ended;
  expect(code).toBe(1);
  expect(out).toMatch(
    /failed {6}monitor OpenAI audit logs: nothing for a day: .*\n {14}give the key the scope monitors_write/,
  );
});
