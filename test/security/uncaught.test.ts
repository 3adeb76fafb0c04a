/**
 * An error that nobody catches, thrown by a sink's module from a timer or into no hand: whatever the command, it says one code
 * and no secret, leaves none in a report of the crash, and ends with 1.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../agent/command.ts';
import { canary, filesBelow, leaksIn } from './canaries.ts';

const PASSWORD = canary('password');
const KEY = canary('key');
const SECRETS = [PASSWORD, KEY];

/** What is thrown, and how: `error` has secrets in every part of it. */
const THROWN = {
  'from a timer': 'setTimeout(() => { throw error; }, 1);',
  'into no hand': 'Promise.reject(error);',
  'as a text': 'setTimeout(() => { throw error.message; }, 1);',
  'into no hand, as a text': 'Promise.reject(error.message);',
  'with a code of the system': "setTimeout(() => { throw Object.assign(error, { code: 'ECONNRESET' }); }, 1);",
} as const;

/** Throws while it loads or, with a `place`, while it is asked there, and then never answers. */
function moduleOf({ place, thrown }: { readonly place: 'load' | 'check' | 'setup'; readonly thrown: string }): string {
  const at = (here: string): string =>
    here === place ? `${thrown} await new Promise(() => setTimeout(() => {}, 60_000));` : '';
  return `
import { readFileSync } from 'node:fs';
const told = 'the peer said ' + readFileSync(new URL('./password', import.meta.url)) + ' to ' + process.env.KEY;
const error = Object.assign(new Error(told), { config: { password: told }, cause: new Error(told) });
${at('load')}
export const sink = {
  type: 'loose',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 1, maxBytes: 1e6, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 1_000 }),
  open: async () => ({
    send: async () => ({ kind: 'acked' }),
    check: async () => { ${at('check')} return []; },
    close: async () => undefined,
  }),
  setup: async () => { ${at('setup')} return []; },
};
`;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-uncaught-'));
  writeFileSync(join(folder, 'password'), PASSWORD);
  for (const [, place, how] of CASES) {
    writeFileSync(join(folder, `${place} ${how}.mjs`), moduleOf({ place, thrown: THROWN[how] }));
    const config = {
      sources: { acme: { type: 'openai', api_key: '${KEY}', base_url: 'http://127.0.0.1:1/v1' } },
      sinks: { loose: { type: `./${place} ${how}.mjs`, password: `\${file:${join(folder, 'password')}}` } },
      journal: { path: join(folder, 'journal') },
      http: { listen: '127.0.0.1:0' },
    };
    writeFileSync(join(folder, `${place} ${how}.yaml`), JSON.stringify(config));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every command reads its configuration in one way; those that ask a sink run its code in two places more. */
const CASES = [
  [['validate'], 'load', 'from a timer'],
  [['status'], 'load', 'from a timer'],
  [['run'], 'load', 'into no hand'],
  [['doctor'], 'check', 'from a timer'],
  [['doctor', '--json'], 'check', 'with a code of the system'],
  [['doctor'], 'check', 'into no hand, as a text'],
  [['setup'], 'setup', 'from a timer'],
  [['setup', '--json'], 'setup', 'into no hand'],
  [['setup'], 'setup', 'as a text'],
] as const;

test.concurrent.each(CASES)('%j, thrown at %s %s', async (args, place, how) => {
  // Node would write a report of what nobody catches, with every variable.
  const env = { KEY, NODE_OPTIONS: '--report-uncaught-exception' };
  const { code, out, talk } = await run({ args: [...args, '--config', `${place} ${how}.yaml`], cwd: folder, env });
  expect({ code, codes: talk.match(/\b(UNCAUGHT|ECONNRESET|ERR_\w+)\b/g) }).toEqual({ code: 1, codes: ['UNCAUGHT'] });
  expect(talk).toContain('the peer said [hidden] to undefined');
  expect(leaksIn([{ where: 'said', bytes: Buffer.from(out + talk) }], SECRETS)).toEqual([]);
});

test('nothing of it is left on the disk', () => {
  const left = filesBelow(folder).filter(({ where }) => !/^password$|\.mjs$/.test(where));
  expect(left.length).toBeGreaterThan(0);
  expect(leaksIn(left, SECRETS)).toEqual([]);
});
