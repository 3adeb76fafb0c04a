/** The model of a source's way in, on the embedded journal: a crash is its folder as it stands at a step. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ModelledJournal, modelStep, runSourceModel } from './__fixtures__/source-model.ts';
import type { Journal, SourceJournal } from './journal.ts';
import { openJournal } from './open.ts';

const NEVER = new AbortController().signal;

class EmbeddedModel implements ModelledJournal {
  readonly #folder = mkdtempSync(join(tmpdir(), 'source-model-'));
  #path = join(this.#folder, '0');
  #onStep: () => void = () => undefined;
  #journal: Journal | undefined;
  #lives = 0;

  async open(): Promise<void> {
    const log = (): void => this.#onStep();
    const runtime = { now: () => 0, elapsedMs: () => 0, sleep: () => Promise.resolve(), random: () => 0, log };
    const config = { path: this.#path, max_bytes: 16 << 20, retention: 1e12, create: 'auto' } as const;
    this.#journal = await openJournal(config, runtime);
    const sources = [{ name: 'acme', feeds: ['organization'] }] as const;
    await this.#journal.configure({ sources, lanes: [{ name: 'all', startFrom: 'beginning' }] });
  }

  source(): SourceJournal {
    if (this.#journal === undefined) throw new Error('not open');
    return this.#journal.source('acme');
  }

  async reopen(): Promise<void> {
    await this.#journal?.close();
    await this.open();
  }

  async crash(work: (source: SourceJournal) => Promise<unknown>, at: number): Promise<void> {
    this.#lives += 1;
    const path = join(this.#folder, String(this.#lives));
    let seen = 0;
    const copy = (): void => {
      seen += 1;
      if (seen === at) cpSync(this.#path, path, { recursive: true, filter: (name) => !name.endsWith('.sock') });
    };
    this.#onStep = copy;
    await work(this.source());
    this.#onStep = () => undefined;
    while (seen < at) copy();
    await this.#journal?.close();
    this.#path = path;
    await this.open();
  }

  async entries(): Promise<readonly string[]> {
    const count = this.#journal?.stats().entries ?? 0;
    const found: string[] = [];
    const lane = this.#journal?.lane('all');
    while (found.length < count) found.push(...((await lane?.read(1e6, NEVER)) ?? []).map((one) => one.entry.id));
    return found;
  }

  async close(): Promise<void> {
    await this.#journal?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

test('whatever is committed, forgotten and cut, the journal holds what the model says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(modelStep, { maxLength: 25 }), async (steps) => {
      const model = new EmbeddedModel();
      try {
        await model.open();
        await runSourceModel(model, steps);
      } finally {
        await model.close();
      }
    }),
    { numRuns: 8 },
  );
  expect.hasAssertions();
});
