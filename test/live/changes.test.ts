/**
 * A configuration that changes under the running command: only what changed begins anew, from its cursor; nothing is lost,
 * nothing comes twice that a restart would not bring twice; a bad file is refused and the old one runs on. Counted by id.
 */
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Running } from '../agent/command.ts';
import { type Config, source, type World, world } from './world.ts';

let here: World;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.end());

/** How long a file has to stand still before it is taken. */
const STILL_MS = 400;

const disk = (path: string, more: Config = {}): Config => ({ type: 'file', path, ...more });

interface Line {
  readonly code: string;
  readonly sinks?: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
  readonly sources?: Line['sinks'];
}

/** Writes it and waits until it is in force. */
async function apply(agent: Running, config: Config): Promise<void> {
  const applied = agent.lines('"CONFIG_APPLIED"', 1);
  here.write(config);
  await applied;
}

/** Stops it cleanly; gives its log. */
async function stopped(agent: Running): Promise<readonly Line[]> {
  agent.child.kill('SIGTERM');
  const { code, talk } = await agent.ended;
  expect(code).toBe(0);
  return talk.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
}

function once(file: string): void {
  const ids = here.ids(file);
  expect(ids.length - new Set(ids).size).toBe(0);
  const known = new Set(here.truth());
  expect(ids.filter((id) => !known.has(id))).toEqual([]);
}

const NONE = { added: [], changed: [], removed: [] };

function differences(log: readonly Line[]): readonly object[] {
  return log.filter(({ code }) => code === 'CONFIG_APPLIED').map(({ sinks, sources }) => ({ sinks, sources }));
}

test('a sink changes, one comes and one goes: the others run on, and each has every event once', async () => {
  const { config, complete, ids } = here;
  const [one, two, three] = [disk('one.ndjson'), disk('two.ndjson'), disk('three.ndjson')];
  here.write(config({ one, two }));
  const agent = await here.start();
  await complete('one.ndjson');
  const before = new Set(ids('one.ndjson'));
  // `one` is held to other limits, `two` goes, `three` begins at the oldest event held, `late` with what comes.
  const late = disk('late.ndjson', { start_from: 'now' });
  await apply(agent, config({ one: disk('one.ndjson', { batch: { max_events: 7 } }), three, late }));
  await complete('one.ndjson');
  await complete('three.ndjson');
  const atItsReturn = ids('two.ndjson').length;
  // It comes back, from where it stood.
  await apply(agent, config({ one, two, three, late }));
  for (const file of ['one.ndjson', 'two.ndjson', 'three.ndjson']) await complete(file);
  const log = await stopped(agent);
  for (const file of ['one.ndjson', 'two.ndjson', 'three.ndjson', 'late.ndjson']) once(file);
  expect(ids('two.ndjson').length).toBeGreaterThan(atItsReturn);
  expect(ids('late.ndjson').filter((id) => before.has(id))).toEqual([]);
  expect(ids('late.ndjson').length).toBeGreaterThan(0);
  expect(differences(log)).toEqual([
    { sinks: { added: ['three', 'late'], changed: ['one'], removed: ['two'] }, sources: NONE },
    { sinks: { added: ['two'], changed: ['one'], removed: [] }, sources: NONE },
  ]);
  // Nothing that runs on was opened anew.
  expect(log.filter(({ code }) => code === 'STARTED')).toHaveLength(1);
});

test('a source changes and another comes and goes: no event is read twice or left out', async () => {
  const { config, complete, simulator } = here;
  const sinks = { one: disk('one.ndjson') };
  const acme = source(simulator.url);
  here.write(config(sinks));
  const agent = await here.start();
  await complete('one.ndjson');
  await apply(agent, config(sinks, { sources: { acme: { ...acme, poll_interval: '2s' } } }));
  await complete('one.ndjson');
  const other = { ...acme, base_url: 'http://127.0.0.1:9/v1', feeds: ['organization'] };
  await apply(agent, config(sinks, { sources: { acme, other } }));
  await complete('one.ndjson');
  await apply(agent, config(sinks, { sources: { acme } }));
  await complete('one.ndjson');
  const log = await stopped(agent);
  once('one.ndjson');
  expect(differences(log).map((one) => Object(one).sources)).toEqual([
    { added: [], changed: ['acme'], removed: [] },
    { added: ['other'], changed: ['acme'], removed: [] },
    { added: [], changed: [], removed: ['other'] },
  ]);
});

test('what a start would refuse is refused, and what needs a restart; the old one runs on, and status says so', async () => {
  const { config, complete, simulator, folder } = here;
  const sinks = { one: disk('one.ndjson') };
  here.write(config(sinks));
  const agent = await here.start();
  await complete('one.ndjson');
  const refused = async (changed: Config | string, pattern: RegExp): Promise<void> => {
    const told = agent.seen(pattern);
    here.write(changed);
    await told;
  };
  await refused(
    config(sinks, { sources: { renamed: source(simulator.url) } }),
    /"reason":"SOURCE_RENAMED".*"CONFIG_REFUSED"/,
  );
  await refused('{ "sources": ', /"reason":"CONFIG_YAML".*"CONFIG_REFUSED"/);
  await refused(
    config(sinks, { journal: { path: `${folder}/journal`, retention: '1d' } }),
    /"CONFIG_NEEDS_RESTART".*journal\.retention cannot change while the agent runs/,
  );
  const { code, out } = await here.command('status', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out).configuration).toMatchObject({ refused: 3, refusal: { code: 'CONFIG_NEEDS_RESTART' } });
  await complete('one.ndjson');
  const back = agent.seen(/"CONFIG_UNCHANGED"/);
  here.write(config(sinks));
  await back;
  expect((await here.command('status')).code).toBe(0);
  await stopped(agent);
  once('one.ndjson');
});

test('SIGHUP takes over what is not watched; many changes end in the last; a stop in the middle of one loses nothing', async () => {
  const { config, complete } = here;
  const of = (n: number, more: Config = {}): Config =>
    config({ one: disk('one.ndjson', { batch: { max_events: n } }), ...more }, { config: { watch: false } });
  here.write(of(1));
  const agent = await here.start();
  const unchanged = agent.lines('"CONFIG_UNCHANGED"', 1);
  agent.child.kill('SIGHUP');
  await unchanged;
  const applied = agent.lines('"CONFIG_APPLIED"', 1);
  for (let n = 2; n < 30; n += 1) {
    here.write(of(n));
    agent.child.kill('SIGHUP');
  }
  await applied;
  await complete('one.ndjson');
  here.write(of(30, { two: disk('two.ndjson') }));
  agent.child.kill('SIGHUP');
  await agent.seen(/"CONFIG_APPLIED".*two added/);
  here.write(of(31, { two: disk('two.ndjson') }));
  agent.child.kill('SIGHUP');
  // Whether the change or the end comes first is chance.
  await stopped(agent);
  const next = await here.start();
  await complete('one.ndjson');
  await complete('two.ndjson');
  await stopped(next);
  once('one.ndjson');
  once('two.ndjson');
});

test('killed in the middle of changes, it goes on with the file that stands there', async () => {
  const { config, complete } = here;
  const of = (n: number): Config =>
    config({
      one: disk('one.ndjson', { batch: { max_events: n } }),
      ...(n % 2 === 0 ? { two: disk('two.ndjson') } : {}),
    });
  here.write(of(1));
  for (const life of [2, 3, 4]) {
    const agent = await here.start();
    // The sink that ends says so at debug alone; where in the change the kill falls is chance.
    const applied = agent.lines('"CONFIG_APPLIED"', 1);
    here.write(of(life));
    await Promise.race([applied, setTimeout(STILL_MS + 40 * life)]);
    applied.catch(() => undefined);
    await here.kill(agent);
  }
  const agent = await here.start();
  await complete('one.ndjson');
  await complete('two.ndjson');
  await stopped(agent);
  // A file sink looks before it writes: what went out again as replay is in it once.
  once('one.ndjson');
  once('two.ndjson');
});
