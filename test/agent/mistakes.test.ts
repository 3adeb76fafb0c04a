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
import { command, type MistakesWorld, mistakesWorld, OTHER_KEY } from './mistakes-world.ts';
import { canMount, smallDisk } from './small-disk.ts';

/** What is right, but for what a mistake says otherwise. */
const RIGHT = { KEY: defaultKey, TOKEN: 'a-token-of-splunk' };
const VALIDATE = ['validate', '-c', 'relay.yaml'];
const PAGE = 'https://github.com/audit-relay/audit-relay/blob/main/docs/ERRORS.md';

interface Config {
  readonly [key: string]: unknown;
}

interface Mistake {
  readonly name: string;
  /** What is wrong in the file; a text stands for the file itself. */
  readonly config?: () => Config | string;
  /** What ran once before, with the right key, and did what it should. */
  readonly before?: () => Config;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly code: number;
  /** In this order in what is said. */
  readonly says: readonly RegExp[];
}

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

const IN_THE_FILE: readonly Mistake[] = [
  {
    name: 'no file here',
    args: ['validate', '-c', 'nowhere.yaml'],
    code: 78,
    says: [/CONFIG_UNREADABLE/, /there is no/, /fix: .*--config/],
  },
  {
    name: 'a folder for a file',
    args: ['validate', '-c', '.'],
    code: 78,
    says: [/CONFIG_UNREADABLE/, /is a folder/, /fix: name the file/],
  },
  {
    name: 'a text that is none',
    config: () => 'hello',
    code: 78,
    says: [/CONFIG_INVALID_VALUE/, /expected a map/, /fix: /],
  },
  {
    name: 'a tab for spaces',
    config: () => 'sources:\n\tacme: {}\n',
    code: 78,
    says: [/CONFIG_YAML/, /tab/i, /fix: /],
  },
  { name: 'a brace that is not closed', config: () => '{ "sources": ', code: 78, says: [/CONFIG_YAML/] },
  {
    name: 'one name twice',
    config: () => 'sinks:\n  a: { type: stdout }\n  a: { type: stdout }\n',
    code: 78,
    says: [/CONFIG_DUPLICATE_KEY/, /fix: /],
  },
  {
    name: 'a typo in a key of the top',
    config: () => config({ sinkz: {} }),
    code: 78,
    says: [/CONFIG_UNKNOWN_KEY/, /fix: did you mean sinks\?/],
  },
  {
    name: 'a typo in a key of a source',
    config: () => ofSource({ pol_interval: '1s' }),
    code: 78,
    says: [/sources\.acme\.pol_interval/, /fix: did you mean poll_interval\?/],
  },
  {
    name: 'a typo in a key of a sink',
    config: () => ofSink(splunk({ tokn: 'x' })),
    code: 78,
    says: [/sinks\.siem\.tokn/, /fix: did you mean token\?/],
  },
  {
    name: 'no sink at all',
    config: () => config({ sinks: {} }),
    code: 78,
    says: [/CONFIG_MISSING_KEY/, /at least one of sinks/, /fix: /],
  },
  {
    name: 'no key of the API',
    config: () => ofSource({ api_key: undefined }),
    code: 78,
    says: [/CONFIG_MISSING_KEY/, /sources\.acme/],
  },
  {
    name: 'a variable that is not set',
    config: () => config(),
    env: { KEY: undefined },
    code: 78,
    says: [/CONFIG_UNSET_VARIABLE/, /KEY is not set/, /fix: set (it|KEY)/],
  },
  {
    name: 'a variable that is empty',
    config: () => config(),
    env: { KEY: '' },
    code: 78,
    says: [/CONFIG_UNSET_VARIABLE/, /KEY is set, and empty/, /fix: /],
  },
  {
    name: 'a secret file that is not there',
    config: () => ofSource({ api_key: '${file:/nowhere/key}' }),
    code: 78,
    says: [/CONFIG_SECRET_UNREADABLE/, /\/nowhere\/key/],
  },
  {
    name: 'a secret file that is empty',
    config: () => ofSource({ api_key: `\${file:${join(world.folder, 'empty.key')}}` }),
    code: 78,
    says: [/CONFIG_|empty/],
  },
  {
    name: 'Bearer before the key',
    config: () => config(),
    env: { KEY: 'Bearer sk-admin-1' },
    code: 78,
    says: [/CONFIG_BAD_CREDENTIAL/, /Bearer/, /fix: /],
  },
  {
    name: 'quotes around the key',
    config: () => config(),
    env: { KEY: '"sk-admin-1"' },
    code: 78,
    says: [/CONFIG_BAD_CREDENTIAL/, /quot/, /fix: /],
  },
  {
    name: '$NAME for ${NAME}',
    config: () => ofSource({ api_key: '$KEY' }),
    code: 78,
    says: [/CONFIG_BAD_SUBSTITUTION/, /fix: write \$\{NAME\}/],
  },
  {
    name: 'a type that no sink has',
    config: () => ofSink({ type: 'splnk-hec' }),
    code: 78,
    says: [/CONFIG_SINK_MISSING/, /fix: did you mean splunk-hec\?/],
  },
  {
    name: 'a URL without its scheme',
    config: () => ofSource({ base_url: 'api.openai.com/v1' }),
    code: 78,
    says: [/CONFIG_INVALID_VALUE/, /expected a URL/, /fix: begin it with https/],
  },
  {
    name: 'http where the key would cross the network',
    config: () => ofSource({ base_url: 'http://api.example.com/v1' }),
    code: 78,
    says: [/CONFIG_INVALID_VALUE/, /https/],
  },
  {
    name: 'a duration without its unit',
    config: () => ofSource({ poll_interval: 30 }),
    code: 78,
    says: [/expected a duration/, /fix: add its unit, such as 30s/],
  },
  {
    name: 'a `when` that asks for a field there is not',
    config: () => ofSink({ type: 'stdout', when: 'event.actoin == "x"' }),
    code: 78,
    says: [/WHEN_INVALID/, /actoin/, /fix: /],
  },
  {
    name: 'a format that the sink does not take',
    config: () => ofSink({ type: 'stdout', format: 'csv' }),
    code: 78,
    says: [/CONFIG_INVALID_VALUE/, /ecs|ocsf|raw/],
  },
  {
    name: 'a port that is open to all without a token',
    config: () => config({ http: { listen: '0.0.0.0:9464' } }),
    code: 78,
    says: [/http\.listen/, /token/],
  },
  {
    name: 'home as a shell has it',
    config: () => ofSink({ type: 'file', path: '~/out.ndjson' }),
    code: 78,
    says: [/~ is a word of the shell/, /fix: write the whole path/],
  },
  {
    name: 'two sinks into one file',
    config: () => config({ sinks: { a: { type: 'file', path: '/tmp/same' }, b: { type: 'file', path: '/tmp/same' } } }),
    code: 78,
    says: [/CONFIG_PATH_TAKEN/, /another path|fix: /],
  },
  {
    name: 'an authority whose file is not there',
    config: () => ofSource({ tls: { ca_file: '/nowhere.pem' } }),
    code: 78,
    says: [/CONFIG_FILE_UNUSABLE/, /cannot be read/, /fix: check that it exists/],
  },
  {
    name: 'a key in the place of a certificate',
    config: () => ofSource({ tls: { ca_file: world.keyFile } }),
    code: 78,
    says: [/CONFIG_FILE_UNUSABLE/, /fix: /],
  },
  {
    name: 'a proxy that is no HTTP proxy',
    config: () => ofSource({ base_url: 'https://api.example.test/v1' }),
    env: { HTTPS_PROXY: 'socks5://localhost:1080' },
    code: 78,
    says: [/CONFIG_PROXY_INVALID/, /socks5/, /fix: /],
  },
];

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
