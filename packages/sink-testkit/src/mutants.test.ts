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

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

/** Titles of the failed cases, by the name of the mutant. */
type Failed = ReadonlyMap<string, readonly string[]>;

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly title: string;
      readonly ancestorTitles: readonly string[];
    }[];
  }[];
}

/** Runs one file of mutants in a vitest of its own. `cases` is a pattern of full names. */
async function failedCases(file: URL, cases = ''): Promise<Failed> {
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
    return byName(JSON.parse(await readFile(outputFile, 'utf8')) as Report);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function byName({ testResults }: Report): Failed {
  const failed = new Map<string, string[]>();
  for (const { status, title, ancestorTitles } of testResults.flatMap((result) => result.assertionResults)) {
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
      failedCases(new URL('./__fixtures__/answers.mutants.ts', import.meta.url)),
      failedCases(new URL('./__fixtures__/conduct.mutants.ts', import.meta.url)),
      failedCases(new URL('./__fixtures__/patient.mutants.ts', import.meta.url), patient),
    ]);
    failed = new Map(runs.flatMap((run) => [...run]));
  }, 120_000);

  for (const { name, caughtBy } of [...ANSWER_MUTANTS, ...CONDUCT_MUTANTS, ...PATIENT_MUTANTS]) {
    test(name, () => expect(failed.get(name) ?? []).toContain(caughtBy));
  }
});
