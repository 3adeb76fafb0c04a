/** What the doctor says of Datadog's API: the site and its key, the application key, and how the contents of set-up stand. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Check } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { testContext } from '@audit-relay/sink-testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inside, useContract, type World, world } from './setup-world.ts';

const contract = useContract();

/** The doctor's findings after those of the intake, which is well. */
async function checked(made: World, keys: object = {}): Promise<readonly Check[]> {
  const { apiKey, appKey } = made.emulator;
  const intake = await startIntakeEmulator({ keys: [apiKey, 'f'.repeat(32)] });
  onTestFinished(() => intake.close());
  const all = { url: intake.url, api_key: apiKey, app_key: appKey, api_url: made.url, ...keys };
  const config = datadog.configSchema.parse(
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
  );
  const sink = await datadog.open(config, testContext());
  onTestFinished(() => sink.close());
  const findings = await sink.check(new AbortController().signal);
  expect(findings.slice(0, 3).map(({ name }) => name)).toEqual(['reach', 'key', 'clock']);
  expect(JSON.stringify(findings)).not.toContain(apiKey.slice(0, 12));
  expect(JSON.stringify(findings)).not.toContain(appKey.slice(-12));
  expect(findings.filter(({ verdict, fix }) => verdict !== 'ok' && fix === undefined)).toEqual([]);
  return findings.slice(3);
}

test('a key that the intake takes and the site does not know is told', async () => {
  const [site, ...others] = await checked(await world(contract()), { api_key: 'f'.repeat(32) });
  expect(site).toMatchObject({
    name: 'site',
    verdict: 'fail',
    detail: expect.stringContaining('does not know the key'),
    fix: expect.stringMatching(/app\.datadoghq\.eu is eu/),
  });
  expect(others).toEqual([]);
});

test('the key is shown to the site that is configured and to no other', async () => {
  const made = await world(contract());
  await checked(made, { app_key: undefined });
  expect(made.emulator.seen.map(({ operation }) => operation)).toEqual(['Validate']);
});

test('without an application key the site is asked alone, and Datadog’s client is not loaded', async () => {
  expect(await checked(await world(contract()), { app_key: undefined })).toEqual([
    { name: 'site', verdict: 'ok', detail: '127.0.0.1 knows the key' },
    { name: 'contents', verdict: 'ok', detail: expect.stringContaining('app_key is not there') },
  ]);
});

test('where nobody has said where the API is, nothing is said of it', async () => {
  expect(await checked(await world(contract()), { api_url: undefined })).toEqual([]);
});

describe('an API that is not well leaves a warning, since events need the intake alone', () => {
  test.each([
    { what: 'a fault of its own', answer: { status: 503, body: '{}' } },
    { what: 'too many requests', answer: { status: 429, body: '{"errors":[]}' } },
    { what: 'a page', answer: { status: 200, body: '<html>' } },
    { what: 'a yes that is none', answer: { status: 200, body: '{"valid":false}' } },
  ])('$what', async ({ answer }) => {
    const made = await world(contract());
    made.emulator.instead.set('Validate', answer);
    expect(await checked(made)).toMatchObject([
      { name: 'site', verdict: 'warn', detail: expect.stringContaining('not known whether') },
    ]);
  });

  test('nobody there', async () => {
    const made = await world(contract());
    await made.emulator.close();
    expect(await checked(made)).toMatchObject([{ name: 'site', verdict: 'warn' }]);
  });

  test('one that says nothing: what the intake said is told all the same', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    // A server that listens on a port has an address with one.
    const api_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await checked(await world(contract()), { api_url, request_timeout: '300ms' })).toMatchObject([
      { name: 'site', verdict: 'warn' },
    ]);
  });
});

test('an application key that is not known is told', async () => {
  expect(await checked(await world(contract()), { app_key: 'f'.repeat(40) })).toMatchObject([
    { name: 'site', verdict: 'ok' },
    { name: 'keys', verdict: 'warn', fix: expect.stringContaining('app_key') },
  ]);
});

describe('the contents', () => {
  test('before set-up are not there, after it they are, and a doctor writes nothing', async () => {
    const made = await world(contract());
    const names = ['site', 'log pipelines', 'dashboards', 'detection rules', 'monitors'];
    const before = await checked(made);
    expect(before.map(({ name }) => name)).toEqual(names);
    expect(before.slice(1)).toMatchObject(
      names.slice(1).map(() => ({ verdict: 'warn', fix: expect.stringContaining('audit-relay setup') })),
    );
    expect(before[3]?.detail).toMatch(/^21 not there: OpenAI: /);
    expect(made.writes()).toEqual([]);
    await made.run();
    expect(await checked(made)).toMatchObject(names.map(() => ({ verdict: 'ok' })));
    expect(made.emulator.problems).toEqual([]);
  });

  test('of an earlier release, and changed by somebody, are two things', async () => {
    const made = await world(contract());
    await made.run({ config: { setup: ['monitors'] } });
    const { contentsFor, written } = await inside();
    const [first, second] = contentsFor('openai-audit', ['monitor']);
    const [one, two] = [...made.emulator.stores.monitors];
    made.emulator.stores.monitors.set(two![0], { ...two![1], message: 'ours' });
    expect(await checked(made, { setup: ['monitors'] })).toMatchObject([
      { name: 'site' },
      { name: 'monitors', verdict: 'ok', detail: '4 in place, 1 of them as somebody has changed them' },
    ]);
    made.emulator.stores.monitors.set(one![0], {
      ...one![1],
      ...written({ ...first!, body: { ...first!.body, message: 'old' } }),
    });
    expect((await checked(made, { setup: ['monitors'] }))[1]).toMatchObject({
      verdict: 'warn',
      detail: `1 of an earlier release: ${first!.title}`,
    });
    expect(second!.title).toBe(two![1]['name']);
  });

  test('a scope that is missing is named, for its kind alone', async () => {
    const made = await world(contract());
    await made.run();
    made.emulator.scopes.delete('dashboards_read');
    const findings = await checked(made);
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
      { name: 'dashboards', verdict: 'warn', fix: expect.stringContaining('dashboards_read') },
    ]);
  });
});
