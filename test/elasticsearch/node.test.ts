/**
 * What real nodes do that the sink has to live with. Where one of these fails, a new version behaves otherwise and
 * the sink's reasoning has to be looked at again.
 */
import { describe, expect, test } from 'vitest';
import { allowStream, ask, copiesById, order, useNode } from './node.ts';

const DOCUMENT = '{"@timestamp":"2026-03-01T12:00:00Z"}';

function creating(...ids: readonly string[]): string {
  return ids.map((id) => `{"create":{"_id":"${id}"}}\n${DOCUMENT}\n`).join('');
}

describe.each(['9.5.3', '8.19.2'] as const)('Elasticsearch %s', (version) => {
  const node = useNode({ version });

  test('says that it is Elasticsearch', async () => {
    const { headers } = await fetch(`${node().url}/_cluster/health`);
    expect(headers.get('x-elastic-product')).toBe('Elasticsearch');
  });

  test('takes an id once into one backing index, and again after a rollover', async () => {
    const { url } = node();
    await allowStream(url, 'logs-rollover-*');
    const bulk = (): Promise<unknown> => order(url, 'POST /logs-rollover-a/_bulk', creating('one'));
    expect(await bulk()).toMatchObject({ items: [{ create: { status: 201 } }] });
    expect(await bulk()).toMatchObject({ items: [{ create: { status: 409 } }] });
    await order(url, 'POST /logs-rollover-a/_rollover');
    expect(await bulk()).toMatchObject({ items: [{ create: { status: 201 } }] });
    expect(await copiesById(url, 'logs-rollover-a')).toEqual(new Map([['one', 2]]));
  });

  test('refuses a whole bulk for one id of more than 512 bytes', async () => {
    const answer = await ask(node().url, 'POST /long-ids/_bulk', creating('short', 'x'.repeat(513)));
    expect(answer.status).toBe(400);
    expect((await ask(node().url, 'GET /long-ids')).status).toBe(404);
  });

  test('refuses the items of a data stream without a template when asked to', async () => {
    const path = '/logs-unknown-a/_bulk?require_data_stream=true';
    expect(await order(node().url, `POST ${path}`, creating('one'))).toMatchObject({
      items: [{ create: { status: 404 } }],
    });
  });

  // With this setting what is acknowledged outlives a SIGKILL, which `loss.test.ts` shows of a node that is killed.
  test('has what it acknowledges on disk', async () => {
    const { url } = node();
    await order(url, 'PUT /synced');
    expect(await order(url, 'GET /synced/_settings?include_defaults=true&flat_settings=true')).toMatchObject({
      synced: { defaults: { 'index.translog.durability': 'REQUEST' } },
    });
  });
});
