/** Where text that somebody else wrote meets a pattern of ours or the operator's: each case takes the worst that we know. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileWhen, createMapper } from '@audit-relay/core';

const LONG = 1_000_000;

/** By name: each ends in well under a second where time grows with the text, and not within a day where it grows faster. */
export const CASES: Readonly<Record<string, () => void | Promise<void>>> = {
  // Whoever can fail a login chooses the user agent.
  'a nested quantifier over 41 characters': () => filter(`${'a'.repeat(40)}!`, '^(\\\\w+\\\\s?)*$'),
  'a nested quantifier over a long text': () => filter(`${'a'.repeat(LONG)}!`, '^(\\\\w+\\\\s?)*$'),
  'alternatives that overlap': () => filter('a'.repeat(LONG), '(a|aa)+$|(a|a)*b'),
  'several stars': () => filter('a'.repeat(LONG), '(.*)(.*)(.*)(.*)(.*)[^a]'),
  'a pattern that is the event’s own': () =>
    void compileWhen('user_agent.original.matches(openai.audit.details.pattern)')(
      entryOf({ name: '^(a+)+$', agent: 'a'.repeat(LONG) }),
    ),
  'digits that become no duration': () =>
    void compileWhen('duration(user_agent.original) > duration("1s")')(entryOf({ agent: '1'.repeat(LONG) })),
  'records in every format': () => {
    for (const piece of PIECES) mapEverywhere(piece);
  },
  'a value of the configuration that is no number': readLongNumber,
  'the reasons of an Elasticsearch': readReasons,
};

/** What makes a pattern go back: many of what it may take, and then something that it may not. */
const PIECES: readonly string[] = [
  'a',
  'a@',
  '@',
  '.',
  '1',
  '0.',
  ' ',
  '\\n',
  '\\"',
  '\\\\',
  '[',
  '%',
  ':',
  '-',
  'AS',
  ',',
];

function filter(agent: string, pattern: string): void {
  compileWhen(`user_agent.original.matches("${pattern}")`)(entryOf({ agent }));
}

function rawOf({ agent = '', name = 'n', email = 'a@example.com', address = '' }): string {
  const user = `{"id":"u","name":"${name}","email":"${email}"}`;
  const origin = `"ip_address":"${address}","ip_address_details":{"asn":"${address}","country":"${address}","latitude":"${address}"}`;
  const session = `{"user":${user},${origin},"user_agent":"${agent}"}`;
  const payload = `{"error_code":"${agent}","pattern":"${name}","error_message":{"a":["${agent}"]}}`;
  return `{"id":"audit_log-1","type":"login.failed","effective_at":1,"actor":{"type":"session","session":${session}},"login.failed":${payload}}`;
}

function entryOf(texts: Parameters<typeof rawOf>[0]): Parameters<ReturnType<typeof compileWhen>>[0] {
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return { id: 'audit_log-1', type: 'login.failed', timeMs: 0, receivedMs: 0, ...place, raw: rawOf(texts) };
}

function mapEverywhere(piece: string): void {
  // Sixteen pieces, each in three formats: long enough, were the time to grow with the square of it.
  const text = `${piece.repeat(400_000)}!`;
  const map = createMapper({
    identity: { name: 'relay', version: '1' },
    receivedMs: 0,
    normalization: {
      redact: [{ field: 'login.failed.error_message', with: 'hash' }],
      redact_key: 'key',
      normalize: { original: true, severity: {} },
    },
  });
  const mapped = map(rawOf({ agent: text, name: text, email: text, address: text }));
  if (mapped.kind !== 'event') throw new Error(mapped.reason);
  for (const format of ['ecs', 'ocsf', 'raw'] as const) mapped.document(format);
}

async function readLongNumber(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-hostile-'));
  try {
    writeFileSync(join(folder, 'number'), `${'1'.repeat(LONG)}x`);
    const text = `sources: { acme: { type: openai, api_key: "\${KEY}", requests_per_second: "\${file:${folder}/number}" } }`;
    const { readConfigText } = await innerOf('audit-relay', 'config/read.js');
    await (readConfigText as (source: object) => Promise<unknown>)({
      file: 'r.yaml',
      text,
      env: { KEY: 'sk-admin-1' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function readReasons(): Promise<void> {
  const words = await innerOf('@audit-relay/sink-elasticsearch', 'words.js');
  for (const piece of ['[', '[A_', 'action [', 'pipeline with id [', 'action [indices:', '[x/1/']) {
    const error = { type: 'x', reason: piece.repeat(LONG) };
    for (const say of Object.values(words)) {
      if (typeof say === 'function') say(error, error);
    }
  }
}

/** What a package exports to nobody. */
async function innerOf(name: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const home = pathToFileURL(createRequire(import.meta.url).resolve(name));
  // A module that is named at run time has no static type.
  return (await import(new URL(path, home).href)) as Readonly<Record<string, unknown>>;
}
