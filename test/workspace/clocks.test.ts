/**
 * The host's clock is for what is shown or stored: it may be set at any moment, by hours. How long something takes goes by
 * `elapsedMs`. So every place that reads a clock stands here with its reason; one that is new or gone fails the test.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every way to read a clock; `performance` and `hrtime` because `Runtime` has them already. */
const CLOCK =
  /\b(?:[\w#.]+\.now|performance\.timeOrigin|hrtime(?:\.bigint)?|uptime)\b(?!:)|\bnew Date\(\s*\)|(?<![\w.])Date\(\s*\)/g;

interface Use {
  readonly path: string;
  /** How often the file reads a clock. */
  readonly times: number;
  readonly why: string;
}

const CORE: readonly Use[] = [
  { path: 'journal/dead-letter-store.ts', times: 2, why: 'when a retry was asked for and a record dropped, stored' },
  { path: 'journal/replay-store.ts', times: 4, why: 'when a replay was asked for and when it ended, stored' },
  { path: 'journal/open.ts', times: 1, why: 'when a damaged journal was set aside, stored and in its name' },
  {
    path: 'journal/room.ts',
    times: 2,
    why: 'when the journal is full, shown; the age of what was stored with a time of receipt',
  },
  {
    path: 'journal/writer.ts',
    times: 1,
    why: 'since when nothing can be written is for a person to read',
  },
  {
    path: 'journal/source-journal.ts',
    times: 2,
    why: 'the name of a kept answer; how far back an older copy may have sent, where a clock that is ahead costs replay flags alone',
  },
  { path: 'lane/deliver.ts', times: 1, why: 'when a batch first went out, stored with a dead letter' },
  { path: 'lane/gone-lane.ts', times: 1, why: 'since when it is blocked, shown' },
  { path: 'lane/health/health.ts', times: 1, why: 'since when there is a problem, shown' },
  { path: 'lane/settle/dead-letter-queue.ts', times: 2, why: 'stored with a dead letter, at first and again' },
  {
    path: 'lane/health/report.ts',
    times: 2,
    why: 'since when it runs, compared with the times of events for what is shown; when the last event was acked, shown',
  },
  { path: 'journal-configuration.ts', times: 1, why: 'how long before its first start a sink begins, stored' },
  { path: 'relay.ts', times: 1, why: 'handed to sinks, which compare it with dates of their peer' },
  { path: 'running-relay.ts', times: 1, why: 'since when it runs, shown' },
  { path: 'source/api/feed-api.ts', times: 1, why: 'stored as the time of receipt' },
  { path: 'source/api/server-clock.ts', times: 3, why: 'compared with the server' },
  { path: 'source/doctor/doctor.ts', times: 1, why: 'stored as the time of receipt' },
  { path: 'source/doctor/asker.ts', times: 3, why: 'compared with the server, shown' },
  { path: 'source/api/date-doubt.ts', times: 1, why: 'compared with the server' },
  { path: 'source/doctor/estimate.ts', times: 1, why: 'stored as the time of receipt' },
  { path: 'source/health/health.ts', times: 2, why: 'until when to wait, and since when there is a problem, shown' },
  { path: 'start-refusals.ts', times: 2, why: 'compared with configured times' },
  { path: 'source/refuse-source.ts', times: 1, why: 'compared with a configured time' },
  {
    path: 'source/coverage/start.ts',
    times: 2,
    why: 'compared with a configured time; how long a machine may have slept',
  },
];

const AGENT: readonly Use[] = [
  { path: 'agent.ts', times: 1, why: 'since when a configuration is in force or refused, shown' },
  { path: 'cli-documents.ts', times: 1, why: 'a time of receipt, shown' },
  { path: 'cli-looking.ts', times: 1, why: 'how long ago was meant' },
  { path: 'commands/backfill.ts', times: 1, why: 'compared with a time that was asked for' },
  { path: 'commands/dead-letters.ts', times: 1, why: 'compared with a time that was asked for' },
  { path: 'commands/demo.ts', times: 1, why: 'when the simulated log began, stored' },
  { path: 'commands/get.ts', times: 1, why: 'a time of receipt, shown' },
  { path: 'commands/replay.ts', times: 1, why: 'how long ago was meant' },
  { path: 'commands/journal-care.ts', times: 1, why: 'compared with a time that was asked for' },
  { path: 'commands/doctor.ts', times: 1, why: 'when a test event happened, which is shown' },
  { path: 'http/status-page/messages.ts', times: 1, why: 'when what the status page shows was so, shown' },
  { path: 'runtime.ts', times: 2, why: 'where both clocks come from' },
  { path: 'sink-context.ts', times: 2, why: 'where both clocks come from, without a relay' },
];

const ELASTICSEARCH: readonly Use[] = [
  { path: 'connect.ts', times: 1, why: 'compared with the date of a Retry-After' },
  { path: 'sink.ts', times: 1, why: 'the index of now, looked at by check' },
];

const DATADOG: readonly Use[] = [
  { path: 'emulator/emulator.ts', times: 2, why: 'the clock of the emulator, which tests may set' },
  { path: 'emulator/intake.ts', times: 1, why: 'compared with the dates of logs, by the emulator’s clock' },
  { path: 'intake-clock.ts', times: 3, why: 'compared with the clock of the intake, and with the monotonic one' },
  {
    path: 'sink.ts',
    times: 3,
    why: 'compared with the date of a Retry-After; with the clock of the intake, by check and where events may be too old',
  },
];

const KAFKA: readonly Use[] = [
  { path: 'answer/judge.ts', times: 1, why: 'compared with the times of events that a topic refuses' },
  { path: 'check/asked.ts', times: 1, why: 'compared with the times of records that the topic holds' },
  { path: 'sink.ts', times: 1, why: 'the time of records whose own time a topic refuses' },
];

const SPLUNK: readonly Use[] = [
  { path: 'acks/desk.ts', times: 1, why: 'compared with the date of a Retry-After' },
  { path: 'endpoint.ts', times: 1, why: 'compared with the date on which a cookie ends' },
  { path: 'sink.ts', times: 2, why: 'compared with the date of a Retry-After; with the clock of the server, by check' },
];

const KAFKA_JOURNAL: readonly Use[] = [
  { path: 'client/producer.ts', times: 1, why: 'stored as the time of records, by which nothing is decided' },
  { path: 'lane/lane-journal.ts', times: 1, why: 'stored as the time of records, by which nothing is decided' },
  { path: 'lane/open-lane.ts', times: 1, why: 'stored as the time of records, by which nothing is decided' },
  { path: 'retention/keeper.ts', times: 1, why: 'retention, by the time of records as they were written' },
  { path: 'writer/partition-writer.ts', times: 1, why: 'since when nothing can be written, shown' },
  { path: 'writer/peer-watch.ts', times: 1, why: 'since when something is waited for, shown' },
];

/** Its clock is the API's, which it makes up. */
const SIMULATOR: readonly Use[] = [
  { path: 'audit-log.ts', times: 1, why: 'its own clock' },
  { path: 'cli.ts', times: 2, why: 'an option of that name' },
  { path: 'server.ts', times: 2, why: 'how long an answer took, by a monotonic clock' },
  { path: 'simulator.ts', times: 5, why: 'where its own clock begins' },
];

const KIT: readonly Use[] = [
  { path: 'cases/http-network.ts', times: 2, why: 'waits until the time that is shown has moved' },
  { path: 'cases/http-status.ts', times: 1, why: 'the title of a case' },
  { path: 'examples/webhook.ts', times: 1, why: 'compared with the date of a Retry-After' },
];

const ALLOWED: readonly Use[] = [
  ...CORE.map((use) => within('core', use)),
  ...AGENT.map((use) => within('agent', use)),
  ...ELASTICSEARCH.map((use) => within('sink-elasticsearch', use)),
  ...DATADOG.map((use) => within('sink-datadog', use)),
  ...KAFKA.map((use) => within('sink-kafka', use)),
  ...KAFKA_JOURNAL.map((use) => within('journal-kafka', use)),
  ...SPLUNK.map((use) => within('sink-splunk-hec', use)),
  ...SIMULATOR.map((use) => within('openai-simulator', use)),
  ...KIT.map((use) => within('sink-testkit', use)),
];

function within(folder: string, { path, ...rest }: Use): Use {
  return { path: `packages/${folder}/src/${path}`, ...rest };
}

/** Lines without their comments. */
function codeOf(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<=^|\s)\/\/.*$/gm, '');
}

function usesIn(text: string): readonly string[] {
  return codeOf(text).match(CLOCK) ?? [];
}

function productFiles(): readonly string[] {
  return readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
    .filter((folder) => folder.isDirectory())
    .flatMap(({ name }) => {
      const source = join('packages', name, 'src');
      return readdirSync(join(ROOT, source), { recursive: true, encoding: 'utf8' }).map((path) => join(source, path));
    })
    .filter((path) => path.endsWith('.ts') && !/\.test\.|\/__fixtures__\//.test(path));
}

test('every place that reads a clock is known, with its reason', () => {
  const found = productFiles()
    .map((path) => [path, usesIn(readFileSync(join(ROOT, path), 'utf8')).length] as const)
    .filter(([, times]) => times > 0);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(ALLOWED.map(({ path, times }) => [path, times])));
});

describe('a clock is seen', () => {
  test.each([
    'const at = Date.now();',
    'const at = runtime.now();',
    'this.#options.runtime.now() - began',
    'const { now } = Date; Date.now',
    'new Date()',
    'new Date( )',
    'Date()',
    'performance.now()',
    'process.hrtime.bigint()',
    'process.uptime()',
    '({ now: Date.now })',
  ])('in %s', (code) => {
    expect(usesIn(code)).toHaveLength(1);
  });

  test.each([
    'new Date(atMs)',
    'runtime.elapsedMs()',
    '// Date.now()',
    '/** `now()` */',
    'readonly now: () => number;',
    'isNow()',
  ])('and not in %s', (code) => {
    expect(usesIn(code)).toEqual([]);
  });
});
