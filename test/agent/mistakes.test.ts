/**
 * Forty mistakes of somebody who sets it up, against the real command: each ends in a message that names the cause and the fix, by a
 * code that `docs/ERRORS.md` has, and with the page's address. What only a running agent meets (a full disk, a sink that goes
 * down, logging that was never on) is in `full-disk-new.test.ts` and `quiet-or-broken.test.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultKey } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../docs/markdown.ts';
import { type Config, type Mistake, mistakesInTheFile } from './mistakes-in-the-file.ts';
import { command, type MistakesWorld, mistakesWorld, OTHER_KEY } from './mistakes-world.ts';
import { canMount, smallDisk } from './small-disk.ts';

/** What is right, but for what a mistake says otherwise. */
const RIGHT = { KEY: defaultKey, TOKEN: 'a-token-of-splunk' };
const VALIDATE = ['validate', '-c', 'relay.yaml'];
const PAGE = 'https://github.com/audit-relay/audit-relay/blob/main/docs/ERRORS.md';

let world: MistakesWorld;
beforeAll(async () => {
  world = await mistakesWorld();
});
afterAll(() => world.end());

const source = (more: Config = {}): Config => ({
  type: 'openai',
  api_key: '${KEY}',
  base_url: world.urls.good,
  requests_per_second: 100,
  ...more,
});

const config = (more: Config = {}): Config => ({
  sources: { acme: source() },
  sinks: { disk: { type: 'file', path: join(world.folder, 'out.ndjson') } },
  journal: { path: join(world.folder, 'journal') },
  http: { listen: '127.0.0.1:0' },
  ...more,
});

const ofSource = (more: Config): Config => config({ sources: { acme: source(more) } });
const ofSink = (sink: Config): Config => config({ sinks: { siem: sink } });
const splunk = (more: Config = {}): Config => ({
  type: 'splunk-hec',
  url: world.urls.splunk,
  token: '${TOKEN}',
  ...more,
});

const IN_THE_FILE = mistakesInTheFile({ world: () => world, config, ofSource, ofSink, splunk });

const doctor = ['doctor', '-c', 'relay.yaml'];
const AT_THE_PEERS: readonly Mistake[] = [
  {
    name: 'a wrong or expired key',
    config: () => config(),
    args: doctor,
    env: { KEY: 'sk-admin-revoked' },
    code: 1,
    says: [/the key is wrong or revoked/, /fix: api_key must be an admin key/],
  },
  {
    name: 'a key without the scope',
    config: () => ofSource({ base_url: world.urls.scope }),
    args: doctor,
    code: 1,
    says: [/fail access: .*right/, /fix: .*api\.audit_logs\.read/],
  },
  {
    name: 'logging that nobody turned on',
    config: () => ofSource({ base_url: world.urls.off }),
    args: doctor,
    code: 0,
    says: [/warn events: the feed is empty/, /fix: .*(owner|turn)/],
  },
  {
    name: 'nothing at the address of the API',
    config: () => ofSource({ base_url: `http://127.0.0.1:1/v1` }),
    args: doctor,
    code: 1,
    says: [/fail reach: .*refuses the connection/, /fix: check .*port|fix: check url/],
  },
  {
    name: 'a name that DNS does not know',
    config: () => ofSource({ base_url: 'https://api.nowhere.invalid/v1' }),
    args: doctor,
    code: 1,
    says: [/fail .*(DNS|name|resolve)/i, /fix: /],
  },
  {
    name: 'a portal that answers in the place of the API',
    config: () => ofSource({ base_url: world.urls.html }),
    args: doctor,
    code: 1,
    says: [/fail /, /fix: /],
  },
  {
    name: 'a clock that is off by years',
    config: () => ofSource({ base_url: world.urls.ahead }),
    args: doctor,
    code: 0,
    says: [/warn clock: this host is \d+ s behind/, /fix: set this host’s clock by NTP/],
  },
  {
    name: 'the authority of somebody else',
    config: () => ofSource({ base_url: world.urls.tls, tls: { ca_file: world.stranger } }),
    args: doctor,
    code: 1,
    says: [/fail .*certificate/, /fix: .*ca_file/],
  },
  {
    name: 'a proxy in the way that wants credentials',
    config: () => ofSource({ base_url: 'https://api.example.test/v1', proxy: world.urls.proxy }),
    args: doctor,
    code: 1,
    says: [/fail .*PROXY_407|credentials/, /fix: /],
  },
  {
    name: 'a token that Splunk does not know',
    config: () => ofSink(splunk()),
    args: doctor,
    code: 1,
    says: [/fail .*[Tt]oken/, /fix: /],
  },
  {
    name: 'an index that the token may not write to',
    config: () => ofSink(splunk({ url: world.urls.index, index: 'securty' })),
    args: doctor,
    code: 1,
    says: [/fail index: the token does not allow securty, or there is no such index/, /fix: add securty to the token/],
  },
  {
    name: 'a collector that is not there',
    config: () => ofSink(splunk({ url: `http://127.0.0.1:1` })),
    args: doctor,
    code: 1,
    says: [/fail reach: .*refuses the connection/, /fix: check .*port|fix: check url/],
  },
  {
    name: 'the port of another process',
    config: () => config({ http: { listen: new URL(world.urls.good).host } }),
    args: doctor,
    code: 1,
    says: [/fail HTTP_LISTEN: .*another process has this port/, /http\.listen/],
  },
  {
    name: 'the folder of something else for a journal',
    config: () => config({ journal: { path: join(world.folder, 'foreign') } }),
    args: doctor,
    code: 1,
    says: [/fail JOURNAL_FOREIGN: /, /fix: /],
  },
  {
    name: 'a volume that was not mounted',
    config: () => config({ journal: { path: join(world.folder, 'lost'), create: 'never' } }),
    args: doctor,
    code: 1,
    says: [/fail JOURNAL_MISSING: /, /fix: .*mount/],
  },
  {
    name: 'a start that lies ahead',
    config: () => ofSource({ backfill_start_time: '2999-01-01' }),
    args: doctor,
    code: 1,
    says: [/fail START_IN_FUTURE: .*lies in the future/],
  },
];

const HOUR_MS = 3_600_000;
const once = ['run', '--once', '--patience', '2s', '-c', 'relay.yaml'];
const past = (): Config => ({ backfill_start_time: new Date(Date.now() - 2 * HOUR_MS).toISOString() });
const inFolder = (name: string, more: Config = {}): Config =>
  config({
    sources: { acme: source(past()) },
    sinks: { disk: { type: 'file', path: join(world.folder, `${name}.ndjson`) } },
    journal: { path: join(world.folder, name) },
    ...more,
  });

const ofOrganization = (id: string): Config =>
  inFolder('named', { sources: { acme: source({ ...past(), organization: { id } }) } });

const AT_A_RUN: readonly Mistake[] = [
  {
    name: 'the key of another organization than before',
    config: () => inFolder('bound'),
    before: () => inFolder('bound'),
    args: once,
    env: { KEY: OTHER_KEY },
    code: 1,
    says: [/SOURCE_OTHER_LOG/, /another log|another organization/, /ONCE_INCOMPLETE/, /adopt/],
  },
  {
    name: 'the id of another organization than before',
    config: () => ofOrganization('org-other'),
    before: () => ofOrganization('org-one'),
    args: once,
    code: 1,
    says: [/SOURCE_CHANGED/, /adopt/],
  },
];

describe.each([
  ['in the file', IN_THE_FILE],
  ['at the peers and on this machine', AT_THE_PEERS],
  ['when it runs', AT_A_RUN],
])('%s', (_, mistakes) => {
  test.each(mistakes)('$name', async ({ config: wrong, before, args = VALIDATE, env = {}, code, says }) => {
    const file = join(world.folder, 'relay.yaml');
    const write = (text: Config | string): void =>
      writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
    const given = (words: readonly string[]): readonly string[] =>
      words.map((arg) => (arg === 'relay.yaml' ? file : arg === '.' ? world.folder : arg));
    if (before !== undefined) {
      write(before());
      expect(await command(given(once), RIGHT)).toMatchObject({ code: 0 });
    }
    if (wrong !== undefined) write(wrong());
    const said = await command(given(args), { ...RIGHT, ...env });
    expect(said, said.text).toMatchObject({ code });
    let rest = said.text;
    for (const words of says) {
      expect(rest, said.text).toMatch(words);
      rest = rest.slice(rest.search(words));
    }
    if (code !== 0) expect(said.text).toContain(PAGE);
    for (const secret of [defaultKey, OTHER_KEY, RIGHT.TOKEN]) expect(said.text).not.toContain(secret);
  });
});

describe.skipIf(!canMount())('on a disk', () => {
  test('that is full: the first start says which folder, and what to do', async () => {
    const disk = smallDisk('1m');
    if (disk === undefined) throw new Error('it could be mounted a moment ago');
    onTestFinished(() => disk.remove());
    writeFileSync(join(disk.folder, 'full'), Buffer.alloc(1 << 20));
    const file = join(world.folder, 'relay.yaml');
    writeFileSync(file, JSON.stringify(config({ journal: { path: join(disk.folder, 'journal') } })));
    const expected = [
      [once, /JOURNAL_FOLDER.*ENOSPC.*room/s],
      [doctor, /fail room: only 0\.0 MiB free on the disk of .*fix: make room there/s],
    ] as const;
    for (const [args, words] of expected) {
      const said = await command(
        args.map((arg) => (arg === 'relay.yaml' ? file : arg)),
        RIGHT,
      );
      expect(said, said.text).toMatchObject({ code: 1, text: expect.stringMatching(words) });
      expect(said.text).toContain(PAGE);
    }
  });
});

test('validate --online says what the doctor says', async () => {
  const file = join(world.folder, 'relay.yaml');
  writeFileSync(file, JSON.stringify(config()));
  const env = { KEY: 'sk-admin-revoked', TOKEN: 'a-token-of-splunk' };
  const [looked, online] = [
    await command(['doctor', '-c', file], env),
    await command(['validate', '--online', '-c', file], env),
  ];
  const timeless = (text: string): string => text.replaceAll(/in \d+ ms|request req_\w+|\d+ MiB free/g, 'what differs');
  expect({ ...online, text: timeless(online.text) }).toEqual({ ...looked, text: timeless(looked.text) });
  expect(online.code).toBe(1);
});

test('each code that they end in stands on the page, and there are forty of them', () => {
  const page = readFileSync(join(ROOT, 'docs/ERRORS.md'), 'utf8');
  const all = [...IN_THE_FILE, ...AT_THE_PEERS, ...AT_A_RUN];
  expect(all.length).toBeGreaterThanOrEqual(40);
  const codes = all.flatMap(({ says }) => says.flatMap(({ source: text }) => text.match(/[A-Z]+_[A-Z_]+[A-Z]/g) ?? []));
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});
