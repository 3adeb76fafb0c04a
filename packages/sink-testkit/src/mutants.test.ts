/** The kit on sinks that break the contract: each is caught, and by the case that is meant for it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ANSWER_MUTANTS } from './__fixtures__/mutants-of-answers.ts';
import { CONDUCT_MUTANTS, PATIENT_MUTANTS } from './__fixtures__/mutants-of-conduct.ts';
import { NETWORK_MUTANTS } from './__fixtures__/mutants-of-network.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/** Those that wait a timeout out. */
const ALL_BUT_PATIENT = '^(?!.*gives up by itself)';

/** Titles of the failed cases, by the name of the mutant. */
type Failed = ReadonlyMap<string, readonly string[]>;

/** One case in vitest's JSON report: the part that is read here. */
interface Case {
  readonly status: string;
  readonly title: string;
  readonly ancestorTitles: readonly string[];
  readonly failureMessages: readonly string[];
}

/** Runs one file of mutants in a vitest of its own. `cases` is a pattern of full names. */
async function reported(file: URL, cases = ''): Promise<readonly Case[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sink-testkit-'));
  const outputFile = join(folder, 'report.json');
  try {
    const options = ['--config=src/__fixtures__/mutants.config.mjs', '--reporter=json', `--outputFile=${outputFile}`];
    // Fails, as the cases in it do: what counts is the report.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, [VITEST, 'run', fileURLToPath(file), ...options, '-t', cases], { cwd: PACKAGE }, () =>
        resolve(),
      );
    });
    // Written by vitest's own reporter.
    const report = JSON.parse(await readFile(outputFile, 'utf8')) as {
      readonly testResults: readonly { readonly assertionResults: readonly Case[] }[];
    };
    return report.testResults.flatMap(({ assertionResults }) => assertionResults);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function byName(cases: readonly Case[]): Failed {
  const failed = new Map<string, string[]>();
  for (const { status, title, ancestorTitles } of cases) {
    if (status !== 'failed') continue;
    const name = /^sink \S+ that (.*?)(?: over HTTP)?$/.exec(ancestorTitles.at(-1) ?? '')?.[1] ?? '';
    failed.set(name, [...(failed.get(name) ?? []), title]);
  }
  return failed;
}

describe('the kit catches a sink that', () => {
  let failed: Failed = new Map();
  beforeAll(async () => {
    const patient = PATIENT_MUTANTS.map(({ name, caughtBy }) => `${name}.*${caughtBy}`).join('|');
    const runs = await Promise.all([
      reported(new URL('./__fixtures__/answers.mutants.ts', import.meta.url)),
      reported(new URL('./__fixtures__/conduct.mutants.ts', import.meta.url)),
      reported(new URL('./__fixtures__/network.mutants.ts', import.meta.url), ALL_BUT_PATIENT),
      reported(new URL('./__fixtures__/patient.mutants.ts', import.meta.url), patient),
    ]);
    failed = byName(runs.flat());
  }, 300_000);

  for (const { name, caughtBy } of [...ANSWER_MUTANTS, ...CONDUCT_MUTANTS, ...PATIENT_MUTANTS]) {
    test(name, () => expect(failed.get(name) ?? []).toContain(caughtBy));
  }
  for (const { name, caughtBy } of NETWORK_MUTANTS) {
    test(name, () => expect(failed.get(name) ?? []).toEqual(caughtBy));
  }
});

test('an idsIn that throws is one failure, which names the request, and not one of each case', async () => {
  const cases = await reported(new URL('./__fixtures__/declared.mutants.ts', import.meta.url));
  const messages = cases.flatMap(({ failureMessages }) => failureMessages);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toMatch(/your idsIn threw on this request: POST \/events with .*audit_log-0.*SyntaxError/);
  expect(cases.filter(({ status }) => status === 'skipped').length).toBeGreaterThan(80);
});
