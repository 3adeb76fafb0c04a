/**
 * `npm run test:mutants [-- part of a name …]`: makes each deliberate bug in a copy of its package and runs the tests that must
 * catch it. Prints which test did, and ends with 1 when one was not caught or when the tests fail without any.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Some bugs make a test wait for ever. */
const CONFIG =
  "export default { test: { include: ['packages/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000 } };\n";

type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly test: string }
  | { readonly kind: 'none' };

const wanted = process.argv.slice(2);
const mutants = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
try {
  prepare();
  process.exitCode = tryAll() ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function prepare(): void {
  mkdirSync(join(copy, 'packages'));
  for (const name of new Set(mutants.map(folderOf))) {
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/\/(dist|node_modules)$/.test(path),
    });
    // Its own refers to packages that are not copied.
    writeFileSync(join(copy, name, 'tsconfig.json'), '{}\n');
  }
  // There what a copied package imports of another is the built one.
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'vitest.config.mjs'), CONFIG);
}

function folderOf({ package: name = 'core' }: Pick<Mutant, 'package'>): string {
  return `packages/${name}`;
}

function testsOf(mutant: Mutant): readonly string[] {
  return mutant.tests.map((path) => `${folderOf(mutant)}/src/${path}`);
}

function tryAll(): boolean {
  const sound = outcomeOf([...new Set(mutants.flatMap(testsOf))]);
  if (sound.kind !== 'passed') {
    console.log(`without any bug: ${sound.kind === 'failed' ? `failed in "${sound.test}"` : 'no test ran'}`);
    return false;
  }
  const survivors = mutants.filter((mutant) => !isCaught(mutant));
  console.log(`\n${mutants.length} deliberate bugs, ${survivors.length} not caught`);
  return mutants.length > 0 && survivors.length === 0;
}

function isCaught(mutant: Mutant): boolean {
  const file = join(copy, folderOf(mutant), 'src', mutant.file);
  const sound = readFileSync(file, 'utf8');
  if (sound.split(mutant.from).length !== 2) return told(mutant, 'its text is not there once', false);
  try {
    writeFileSync(
      file,
      sound.replace(mutant.from, () => mutant.to),
    );
    const outcome = outcomeOf(testsOf(mutant));
    if (outcome.kind === 'failed') return told(mutant, outcome.test, true);
    return told(mutant, outcome.kind === 'passed' ? 'every test passed' : 'no test ran', false);
  } finally {
    writeFileSync(file, sound);
  }
}

function told({ name }: Mutant, what: string, caught: boolean): boolean {
  console.log(`${caught ? 'caught  ' : 'SURVIVED'}  ${name}\n          ${what}`);
  return caught;
}

/** `none` where the copy cannot be read as a program, which proves nothing. */
function outcomeOf(tests: readonly string[]): Outcome {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const flags = ['--bail', '1', '--reporter', 'json', '--outputFile', report];
  spawnSync(process.execPath, [vitest, 'run', '--root', copy, ...flags, ...tests], { cwd: copy, stdio: 'ignore' });
  const { testResults = [] } = reportIn(report);
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { kind: 'failed', test: failed.fullName };
  return results.some(({ status }) => status === 'passed') && testResults.every(({ status }) => status === 'passed')
    ? { kind: 'passed' }
    : { kind: 'none' };
}

interface Report {
  readonly testResults?: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function reportIn(path: string): Report {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return {};
  }
}
