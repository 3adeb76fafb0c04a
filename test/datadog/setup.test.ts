/** Set-up against an emulator that takes only what Datadog's own OpenAPI documents allow: once, again, and in between. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Content, inside, KINDS, outcomes, useContract, world } from './setup-world.ts';

const contract = useContract();
let contents: readonly Content[];
let written: (content: Content) => object;

beforeAll(async () => {
  const { contentsFor, written: writes } = await inside();
  contents = contentsFor('openai-audit', KINDS);
  written = writes;
});

describe('a first run', () => {
  test('a dry run says what would be made, and writes nothing', async () => {
    const { run, writes, emulator } = await world(contract());
    const steps = await run({ dryRun: true });
    expect(outcomes(steps)).toEqual({ created: contents.length, 'left alone': 1 });
    expect(writes()).toEqual([]);
    expect(emulator.problems).toEqual([]);
    expect(await run()).toEqual(steps);
  });

  test('makes each object by a body that Datadog’s documents allow, of which the official client leaves nothing out', async () => {
    const { run, emulator } = await world(contract());
    expect(outcomes(await run())).toEqual({ created: contents.length, 'left alone': 1 });
    expect(emulator.problems).toEqual([]);
    const bodies = emulator.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
    expect(bodies).toEqual(contents.map((content) => written(content)));
  });

  test('both keys go with each request but the one that asks about the API key, and none is in a path', async () => {
    const { run, emulator } = await world(contract());
    await run();
    const { apiKey, appKey } = emulator;
    expect(new Set(emulator.seen.map(({ headers }) => headers['dd-api-key']))).toEqual(new Set([apiKey]));
    const without = emulator.seen.filter(({ headers }) => headers['dd-application-key'] !== appKey);
    expect(without.map(({ operation }) => operation)).toEqual(['Validate']);
    expect(emulator.seen.filter(({ path }) => path.includes(apiKey.slice(0, 8)))).toEqual([]);
  });

  test('facets are said to be left to the operator, since the API has none', async () => {
    const { run } = await world(contract());
    expect((await run()).at(-1)).toMatchObject({
      name: 'facets',
      outcome: 'left alone',
      fix: expect.stringContaining('Create facet'),
    });
    const { paths } = contract();
    expect(paths.filter((path) => /\/logs\/.*facet/.test(path))).toEqual([]);
  });
});

test('a second run finds all in place and writes nothing', async () => {
  const { run, writes, emulator } = await world(contract());
  await run();
  writes();
  const steps = await run();
  expect(outcomes(steps)).toEqual({ current: contents.length, 'left alone': 1 });
  expect(writes()).toEqual([]);
  expect(emulator.problems).toEqual([]);
});
