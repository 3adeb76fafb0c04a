/** That our templates are put in place on request, and what is said when they cannot be. */
import { batchOf, envelopes } from '@audit-relay/sink-testkit';
import { expect, test } from 'vitest';
import { refusal } from './__fixtures__/emulator.ts';
import { type World, world } from './__fixtures__/world.ts';

async function outcomes(here: World, dryRun = false): Promise<readonly string[]> {
  return (await here.setUp(dryRun)).map(({ outcome }) => outcome);
}

function writes({ emulator }: World): number {
  return emulator.asked.filter((line) => line.startsWith('PUT ')).length;
}

test.each([{}, { mode: 'index' }])(
  'setup creates the templates, and changes nothing the second time: %o',
  async (keys) => {
    const here = await world(keys);
    expect(await outcomes(here, true)).toEqual(['created', 'created']);
    expect(writes(here)).toBe(0);
    expect(await outcomes(here)).toEqual(['created', 'created']);
    expect(await outcomes(here)).toEqual(['current', 'current']);
    expect(writes(here)).toBe(2);
  },
);

test('setup leaves Elastic’s integration alone', async () => {
  const here = await world({ elastic_integration: true });
  expect(await outcomes(here)).toEqual(['left alone']);
  expect(here.emulator.asked).toEqual([]);
});

test('setup says why it could not, and does not throw', async () => {
  const here = await world();
  here.emulator.answers(/GET \/$/, refusal(401, 'security_exception'));
  expect(await here.setUp()).toMatchObject([
    { outcome: 'failed', detail: expect.stringContaining('401'), fix: expect.stringContaining('doctor') },
  ]);
  here.emulator.answers(/GET \/$/, refusal(403, 'security_exception'));
  expect(await here.setUp()).toMatchObject([{ outcome: 'failed', fix: expect.stringContaining('monitor') }]);
  await here.emulator.close();
  expect(await here.setUp()).toMatchObject([{ outcome: 'failed' }]);
});

test('manage_template puts them in place before the first event', async () => {
  const { emulator, send } = await world({ manage_template: true });
  expect(await send(batchOf(envelopes(1)))).toEqual({ kind: 'acked' });
  const firstBulk = emulator.asked.findIndex((line) => line.includes('_bulk'));
  expect(emulator.asked.slice(0, firstBulk).filter((line) => line.startsWith('PUT '))).toHaveLength(2);
});

test('manage_template holds everything when the right is missing, and names it', async () => {
  const { emulator, send } = await world({ manage_template: true });
  emulator.lacks.add('manage_index_templates');
  expect(await send(batchOf(envelopes(1)))).toMatchObject({
    kind: 'blocked',
    reason: expect.stringContaining('manage_index_templates'),
  });
  expect(emulator.bulks).toEqual([]);
});
