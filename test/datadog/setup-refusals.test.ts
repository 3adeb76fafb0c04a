/** Everything that keeps set-up from its work, in our own words with what to do, and without a key in any of them. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SetupStep } from '@audit-relay/sink';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { outcomes, useContract, type World, world } from './setup-world.ts';

const contract = useContract();

function failures(steps: readonly SetupStep[]): readonly SetupStep[] {
  return steps.filter(({ outcome }) => outcome === 'failed');
}

function expectNoKey(steps: readonly SetupStep[], { emulator: { apiKey, appKey } }: World): void {
  expect(JSON.stringify(steps)).not.toContain(apiKey.slice(0, 12));
  expect(JSON.stringify(steps)).not.toContain(appKey.slice(-12));
}

describe('before anything is asked for', () => {
  test.each([
    { what: 'no application key', config: { app_key: undefined }, name: 'application key', fix: /app_key/ },
    {
      what: 'an address for logs alone',
      config: { site: undefined, url: 'https://proxy.example.com', api_url: undefined },
      name: 'site',
      fix: /api_url/,
    },
  ])('$what', async ({ config, name, fix }) => {
    const made = await world(contract());
    expect(await made.run({ config })).toEqual([
      { name, outcome: 'failed', detail: expect.any(String), fix: expect.stringMatching(fix) },
    ]);
    expect(made.emulator.seen).toEqual([]);
  });
});

describe('the keys', () => {
  test.each([
    { what: 'an API key of another site', config: { api_key: 'f'.repeat(32) }, fix: /under api_key.*site/ },
    { what: 'an application key of another organization', config: { app_key: 'f'.repeat(40) }, fix: /under app_key/ },
  ])('$what: one step, and nothing is read or written', async ({ config, fix }) => {
    const made = await world(contract());
    const steps = await made.run({ config });
    expect(steps).toEqual([
      { name: 'keys', outcome: 'failed', detail: expect.any(String), fix: expect.stringMatching(fix) },
    ]);
    expect(made.emulator.seen.map(({ operation }) => operation)).not.toContain('ListMonitors');
    expectNoKey(steps, made);
  });

  test('what the environment says for Datadog’s own tools is not used', async () => {
    vi.stubEnv('DD_API_KEY', 'f'.repeat(32));
    vi.stubEnv('DD_APP_KEY', 'f'.repeat(40));
    vi.stubEnv('DD_SITE', 'example.com');
    onTestFinished(() => void vi.unstubAllEnvs());
    const made = await world(contract());
    expect(failures(await made.run({ config: { setup: ['pipeline'] } }))).toEqual([]);
  });
});

describe('a scope that the application key lacks is named, and keeps no other kind from being set up', () => {
  test.each([
    { scope: 'logs_read_config', name: /^log pipelines$/ },
    { scope: 'logs_write_pipelines', name: /^log pipeline / },
    { scope: 'dashboards_read', name: /^dashboards$/ },
    { scope: 'dashboards_write', name: /^dashboard / },
    { scope: 'security_monitoring_rules_read', name: /^detection rules$/ },
    { scope: 'security_monitoring_rules_write', name: /^detection rule / },
    { scope: 'monitors_read', name: /^monitors$/ },
    { scope: 'monitors_write', name: /^monitor / },
  ])('$scope', async ({ scope, name }) => {
    const made = await world(contract());
    made.emulator.scopes.delete(scope);
    const steps = await made.run();
    const missing = {
      name: expect.stringMatching(name),
      detail: expect.stringContaining(scope),
      fix: expect.stringContaining(scope),
    };
    expect(failures(steps)).toEqual([{ outcome: 'failed', ...missing }]);
    expect(Object.values(made.emulator.stores).filter((store) => store.size === 0)).toHaveLength(1);
    expectNoKey(steps, made);
  });
});

describe('what Datadog, or something before it, answers', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    {
      what: 'too many requests',
      answer: { status: 429, body: '{"errors":[]}', headers: { ...json, 'x-ratelimit-reset': '37' } },
      fix: /in 37 s/,
    },
    {
      what: 'too many requests, without a time',
      answer: { status: 429, body: '{"errors":[]}', headers: json },
      fix: /in a minute/,
    },
    {
      what: 'a fault of its own',
      answer: { status: 503, body: 'upstream', headers: { 'content-type': 'text/plain' } },
      fix: /run it again/,
    },
    {
      what: 'a page in place of JSON',
      answer: { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
      fix: /proxy/,
    },
    {
      what: 'a redirection',
      answer: { status: 302, body: '', headers: { location: 'https://example.com/' } },
      fix: /check site or api_url/,
    },
    {
      what: 'that it knows no such thing',
      answer: { status: 404, body: '{"errors":["Not found"]}', headers: json },
      fix: /check site or api_url/,
    },
  ])('$what', async ({ answer, fix }) => {
    const made = await world(contract());
    made.emulator.instead.set('ListMonitors', answer);
    const steps = await made.run();
    expect(failures(steps)).toEqual([
      { name: 'monitors', outcome: 'failed', detail: expect.any(String), fix: expect.stringMatching(fix) },
    ]);
    expect(outcomes(steps)).toMatchObject({ created: 23 });
    expectNoKey(steps, made);
  });

  test('a body that is refused is told in Datadog’s words, and the next of its kind is tried', async () => {
    const made = await world(contract());
    const refused = { status: 400, body: { errors: ['Invalid rule configuration', 'Query filter cannot be empty'] } };
    made.emulator.instead.set('CreateSecurityMonitoringRule', refused);
    const steps = await made.run({ config: { setup: ['detection_rules'] } });
    expect(failures(steps)).toHaveLength(21);
    expect(failures(steps)[0]).toMatchObject({
      detail: 'Datadog answered 400: Invalid rule configuration; Query filter cannot be empty',
    });
  });

  test('what it answers beyond its documents is read all the same', async () => {
    const made = await world(contract());
    await made.run({ config: { setup: ['monitors'] } });
    const [[id, monitor] = []] = made.emulator.stores.monitors;
    made.emulator.stores.monitors.set(id!, { ...monitor, type: 'a type of tomorrow', options: 'and such options' });
    made.emulator.stores.monitors.set('7', {
      id: 7,
      name: 'OpenAI audit logs',
      tags: ['managed_by:audit-relay'],
      odd: [null, [[]]],
    });
    const steps = await made.run({ config: { setup: ['monitors'] } });
    expect(outcomes(steps)).toEqual({ 'left alone': 2, current: 3 });
  });
});

describe('the network', () => {
  test('nobody listens there', async () => {
    const made = await world(contract());
    await made.emulator.close();
    const [step, ...others] = await made.run();
    expect(step).toMatchObject({ name: 'keys', outcome: 'failed', fix: expect.stringContaining('audit-relay doctor') });
    expect(others).toEqual([]);
  });

  test('somebody listens and says nothing: the sink’s own limit of time ends it', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const made = await world(contract());
    // A server that listens on a port has an address with one.
    const api_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await made.run({ config: { api_url, request_timeout: '200ms' } })).toMatchObject([
      { name: 'keys', outcome: 'failed' },
    ]);
  });

  test('a stop ends it at once, as a step that failed', async () => {
    const made = await world(contract());
    const stop = new AbortController();
    made.emulator.onWritten = (count) => {
      if (count === 3) stop.abort(new Error('stopped'));
      return false;
    };
    expect(await made.run({ signal: stop.signal })).toEqual([
      expect.objectContaining({ name: 'set-up', outcome: 'failed', detail: 'stopped' }),
    ]);
    expect(made.emulator.seen.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });
});
