/** Mistakes that a look at the file and at this machine finds: what `validate` says of each. For `mistakes.test.ts`. */
import { join } from 'node:path';
import type { MistakesWorld } from './mistakes-world.ts';

export interface Config {
  readonly [key: string]: unknown;
}

export interface Mistake {
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

/** A configuration that is right but for what is given. */
export interface Configurations {
  world(): MistakesWorld;
  config(more?: Config): Config;
  ofSource(more: Config): Config;
  ofSink(sink: Config): Config;
  splunk(more?: Config): Config;
}

export function mistakesInTheFile({ world, ...make }: Configurations): readonly Mistake[] {
  const { config, ofSource, ofSink, splunk } = make;
  return [
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
      config: () => ofSource({ api_key: `\${file:${join(world().folder, 'empty.key')}}` }),
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
      config: () =>
        config({ sinks: { a: { type: 'file', path: '/tmp/same' }, b: { type: 'file', path: '/tmp/same' } } }),
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
      config: () => ofSource({ tls: { ca_file: world().keyFile } }),
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
}
