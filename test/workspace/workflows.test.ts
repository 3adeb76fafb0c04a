/**
 * What runs when something is pushed or released, with tokens that write: each foreign step is one commit, since a tag may be
 * moved to other code, and each job has the rights that it needs and no more.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../.github/workflows');
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>>;
}

const texts = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));

/** As written, with the comment behind it, which YAML forgets. */
const used = texts.flatMap(({ text }) =>
  [...text.matchAll(/\buses: *(.*)$/gm)].map(([, written = '']) => written.trim()),
);

function workflow(name: string): Workflow {
  // GitHub's own form, which `actionlint` checks in `test/deploy/release.test.ts`.
  return parse(readFileSync(join(FOLDER, name), 'utf8')) as Workflow;
}

describe('an action', () => {
  test('is named by its commit, and the version that this was', () => {
    const jobs = texts.flatMap(({ name }) => Object.values(workflow(name).jobs));
    expect(used).toHaveLength(jobs.flatMap(({ steps }) => steps.filter(({ uses }) => uses !== undefined)).length);
    expect(used.filter((one) => !PINNED.test(one))).toEqual([]);
  });

  test('is the same one wherever it is used', () => {
    const names = [...new Set(used)].map((one) => one.replace(/@.*$/, ''));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

test('a tag, a branch, a short commit and a commit without its version are seen', () => {
  const sha = 'a'.repeat(40);
  const cases = ['a/b@v4', 'a/b@main', `a/b@${sha.slice(0, 7)} # v4.0.0`, `a/b@${sha}`, `a/b@${sha} # v4`, './local'];
  expect(cases.filter((one) => PINNED.test(one))).toEqual([]);
  expect(`a/b/c@${sha} # v4.0.0`).toMatch(PINNED);
});

test.each(texts.map(({ name }) => name))('%s may read by default, and a job says what more it needs', (name) => {
  expect(workflow(name).permissions).toEqual({ contents: 'read' });
});

test('CI leaves the bill of materials, also of a run that failed, after all that makes it', () => {
  const { steps } = workflow('ci.yml').jobs['everything'] ?? { steps: [] };
  const made = steps.findIndex(({ run }) => run === '.ci/run');
  const left = steps.findIndex(({ uses = '' }) => uses.startsWith('actions/upload-artifact@'));
  expect(left).toBeGreaterThan(made);
  expect(steps[left]).toMatchObject({
    if: '${{ !cancelled() }}',
    with: { path: 'sbom.cdx.json', 'if-no-files-found': 'error' },
  });
});
