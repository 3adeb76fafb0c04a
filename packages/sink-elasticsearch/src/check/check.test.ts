/** What `doctor` is told of a cluster, finding by finding. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { describe, expect, test } from 'vitest';
import { ok, refusal } from '../__fixtures__/emulator.ts';
import { STREAM, world } from '../__fixtures__/world.ts';

/** The findings as `name verdict`. */
async function verdicts(here: Awaited<ReturnType<typeof world>>): Promise<readonly string[]> {
  return (await here.check()).map(({ name, verdict }) => `${name} ${verdict}`);
}

test('a cluster that is well and has our template', async () => {
  const here = await world();
  await here.send(batchOf(envelopes(1)));
  await here.setUp();
  const before = here.emulator.asked.length;
  expect(await verdicts(here)).toEqual([
    'reach ok',
    'credentials ok',
    'privilege create_doc ok',
    'privilege auto_configure ok',
    'privilege read ok',
    'privilege view_index_metadata ok',
    'privilege monitor ok',
    'index template ok',
    'target ok',
    'writable ok',
    'disk ok',
  ]);
  const asked = here.emulator.asked.slice(before);
  expect(asked.filter((line) => !line.startsWith('GET '))).toEqual(['POST /_security/user/_has_privileges']);
});

describe('finds', () => {
  test.each([
    {
      name: 'credentials that are refused',
      path: /./,
      reply: refusal(401, 'security_exception'),
      finding: 'credentials fail',
    },
    { name: 'a cluster that is not well', path: /./, reply: refusal(503, 'x'), finding: 'reach fail' },
    { name: 'a cluster that is no Elasticsearch', path: /GET \/$/, reply: { body: '{}' }, finding: 'reach fail' },
    {
      name: 'a key that may not ask for the version',
      path: /GET \/$/,
      reply: refusal(403, 'security_exception'),
      finding: 'reach warn',
    },
    {
      name: 'a disk that is full',
      path: /_health_report/,
      reply: ok({ indicators: { disk: { status: 'red' } } }),
      finding: 'disk fail',
    },
    {
      name: 'a disk that fills',
      path: /_health_report/,
      reply: ok({ indicators: { disk: { status: 'yellow' } } }),
      finding: 'disk warn',
    },
    {
      name: 'a template that cannot be seen',
      path: /_template/,
      reply: refusal(403, 'security_exception'),
      finding: 'index template warn',
    },
    {
      name: 'settings that cannot be seen',
      path: /_settings/,
      reply: refusal(403, 'security_exception'),
      finding: 'writable warn',
    },
    {
      name: 'a stream that cannot be seen',
      path: /_data_stream/,
      reply: refusal(403, 'security_exception'),
      finding: 'target fail',
    },
  ])('$name', async ({ path, reply, finding }) => {
    const here = await world();
    here.emulator.rollover(STREAM);
    here.emulator.answers(path, reply);
    const checks = await here.check();
    expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toContain(finding);
    for (const { verdict, fix } of checks) expect(verdict === 'ok' || (fix ?? '') !== '').toBe(true);
  });

  test.each([
    { block: 'read_only', says: 'read_only to null' },
    { block: 'write', says: 'write to null' },
    { block: 'read_only_allow_delete', says: 'free disk space' },
  ])('the block $block on the index that is written to, and says what takes it away', async ({ block, says }) => {
    const here = await world();
    here.emulator.rollover(STREAM);
    here.emulator.rollover(STREAM);
    const settings = { index: { blocks: { [block]: 'true', metadata: 'true' } } };
    here.emulator.answers(/_settings/, ok({ [`.ds-${STREAM}-000002`]: { settings } }));
    expect(await here.check()).toContainEqual({
      name: 'writable',
      verdict: 'fail',
      detail: expect.stringContaining(block),
      fix: expect.stringContaining(says),
    });
    expect(here.emulator.asked).toContain(`GET /.ds-${STREAM}-000002/_settings`);
  });

  test.each([
    { keys: {}, lacks: 'create_doc', verdict: 'fail' },
    { keys: { mode: 'index', overwrites: true }, lacks: 'index', verdict: 'fail' },
    { keys: {}, lacks: 'auto_configure', verdict: 'fail' },
    { keys: {}, lacks: 'read', verdict: 'fail' },
    { keys: { duplicate_guard: 'best_effort' }, lacks: 'read', verdict: 'warn' },
    { keys: { mode: 'index' }, lacks: 'view_index_metadata', verdict: 'warn' },
    { keys: {}, lacks: 'monitor', verdict: 'warn' },
  ])('a missing privilege by name: $lacks of $keys', async ({ keys, lacks, verdict }) => {
    const here = await world(keys);
    here.emulator.lacks.add(lacks);
    expect(await here.check()).toContainEqual(
      expect.objectContaining({ name: `privilege ${lacks}`, verdict, fix: expect.stringContaining(lacks) }),
    );
  });

  test('that there is no template yet, and the command that makes one', async () => {
    const checks = await (await world()).check();
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'index template',
        verdict: 'warn',
        fix: expect.stringContaining('audit-relay setup'),
      }),
    );
  });

  test('that Elastic’s integration is not installed', async () => {
    const here = await world({ elastic_integration: true });
    expect(await verdicts(here)).toContain('index template fail');
  });
});

test('a stream or index that is not there yet is no fault', async () => {
  for (const keys of [{}, { mode: 'index' }]) {
    expect(await (await world(keys)).check()).toContainEqual({
      name: 'target',
      verdict: 'ok',
      detail: expect.stringContaining('the first event creates it'),
    });
  }
});
