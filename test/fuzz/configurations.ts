/** YAML as nobody would write it: parts of configurations in any order, aliases that multiply, nests without end, keys of any length. */
import * as fc from 'fast-check';
import { broken } from './fuzz.ts';

/** Reads nothing but what is there, and asks nobody. */
export const GOOD = `name: fuzzed
sources:
  acme: { type: openai, api_key: "\${KEY}", base_url: "http://127.0.0.1:9/v1", poll_interval: 30s }
journal: { path: ./journal, max_bytes: 48MB, retention: 7d }
redact: [{ field: actor.session.ip_address, with: mask }]
sinks:
  lines: { type: file, path: lines.ndjson, format: ocsf, when: 'event.action != "logout.succeeded"' }
  out: { type: stdout, batch: { max_events: 7 } }
http: { listen: 127.0.0.1:0 }
`;

const MARKS = [
  '&a ',
  '*a',
  '&b ',
  '*b',
  '<<: ',
  '!!js/function ',
  '!!binary ',
  '!!int ',
  '!x ',
  '%TAG ! t:\n',
  '---\n',
  '...\n',
  '{',
  '}',
  '[',
  ']',
  ': ',
  ', ',
  '- ',
  '? ',
  '|\n',
  '>-\n',
  '"',
  "'",
  '\n',
  '  ',
  '    ',
  '#',
  '\t',
  '\\',
  '\u0000',
  '${',
  '}',
  '${KEY}',
  '${NO:-x}',
  '${file:/dev/null}',
  '${file:',
  '__proto__',
  'constructor',
  '0x1f',
  '1e999',
  '.nan',
  '~',
];
const WORDS = [
  'sources:\n',
  'sinks:\n',
  'journal:\n',
  'http:\n',
  'redact:\n',
  'acme:\n',
  'type: openai\n',
  'type: file\n',
  'type: stdout\n',
  'type: kinesis\n',
  'api_key: k\n',
  'path: p\n',
  'max_bytes: 1GiB\n',
  'when: a == b\n',
  'listen: ::\n',
  'batch: ',
  'tls: ',
];

const mixed = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...MARKS) },
      { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.join(''));

const ofSize = fc.oneof(fc.nat(30), fc.nat(3_000));
const multiplying = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 12 })).map(([levels, width]) => {
  const level = (n: number): string => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(width)}]\n`;
  return `a0: &a0 [x]\n${Array.from({ length: levels }, (_, n) => level(n)).join('')}`;
});
const nested = fc
  .tuple(ofSize, fc.constantFrom(['[', ']'], ['{ a: ', '}'], ['- ', ''], ['? ', ''], ['&a [', ']'], ['!!seq [', ']']))
  .map(([depth, [open = '', close = '']]) => `name: ${open.repeat(depth)}x${close.repeat(depth)}\n`);
const long = fc.tuple(ofSize, fc.constantFrom('k', 'é', '"', '${', '\u2028', '<<')).map(([count, unit]) => {
  const text = unit.repeat(count * 10);
  return `${text}: 1\nsources: { ${JSON.stringify(text)}: { ${JSON.stringify(text)}: ${JSON.stringify(text)} } }\n`;
});

/** A whole file, as bytes. */
export const CONFIGURATION: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: broken(fc.constant(GOOD)) },
  { weight: 4, arbitrary: mixed.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.tuple(mixed, mixed).map(([before, after]) => Buffer.from(`${before}\n${GOOD}${after}`)) },
  { weight: 1, arbitrary: fc.oneof(multiplying, nested, long).map((text) => Buffer.from(`${GOOD}${text}`)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);
