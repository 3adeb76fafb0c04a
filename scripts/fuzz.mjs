/**
 * `npm run test:fuzz -- --minutes 60 --seed 1`, `-- --inputs 10000000` or `-- --patterns`: the properties of `test/fuzz/` with as many
 * inputs as there is time for; with `--record` the counts are appended to `docs/evidence/fuzz.md`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { run } from './run.mjs';

/** Inputs of all targets in `npm test`. */
const SHORT = 12_730;
const FILES = ['core', 'sinks', 'second-answers', 'agent', 'answers', 'kafka'].map(
  (name) => `test/fuzz/${name}.test.ts`,
);
/** The most that stand in one file. */
const TARGETS_OF_A_FILE = 5;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    patterns: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'audit-relay-fuzz-'));
const report = join(folder, 'counts');
// The targets of a file come one after another, the files beside each other: each has its part of the time.
const minutes =
  values.minutes === undefined ? {} : { FUZZ_MINUTES: String(Number(values.minutes) / TARGETS_OF_A_FILE) };
const share = values.inputs === undefined ? (values.minutes === undefined ? 1 : 1e9) : Number(values.inputs) / SHORT;
const env = {
  ...process.env,
  ...minutes,
  FUZZ_SHARE: String(share),
  FUZZ_SEED: values.seed,
  FUZZ_REPORT: report,
  ...(values.patterns ? { FUZZ_PATTERNS: 'all' } : {}),
};
const files = values.patterns ? ['test/fuzz/patterns.test.ts'] : FILES;
const command = ['vitest', 'run', '--project', 'across', '--testTimeout', '0', ...files];
const isGood = prepare() && run(command, 'inherit', env).exitCode === 0;
const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
const counts = lines.map((line) => JSON.parse(line)).map(({ name, inputs }) => `| ${name} | ${inputs} |`);
const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim();
const day = new Date().toISOString().slice(0, 10);
const verdict = isGood ? 'No promise broken.' : '**A promise was broken.**';
const text = `\n## ${day}, commit ${commit}\n\nSeed ${values.seed}. ${verdict}\n\n| target | inputs |\n|---|---:|\n${counts.join('\n')}\n`;
process.stdout.write(text);
if (values.record && counts.length > 0) appendFileSync(new URL('../docs/evidence/fuzz.md', import.meta.url), text);
rmSync(folder, { recursive: true });
process.exitCode = isGood ? 0 : 1;
