/** The model of a source's way in, on Kafka: the same as on the embedded journal, with a crash between any two steps of a transaction. */
import type { SourceJournal } from '@audit-relay/core/journal';
import { type KafkaJournalConfig, type OpenSources, openSources, setUpTopics } from '@audit-relay/journal-kafka';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ModelledJournal,
  modelStep,
  runSourceModel,
} from '../../../packages/core/dist/journal/__fixtures__/source-model.js';
import { useBroker } from '../broker.ts';
import { configOf, fixed, testRuntime } from './collect.ts';
import { standingEntries } from './entries.ts';

const broker = useBroker({ version: '4.4.0' });

class KafkaModel implements ModelledJournal {
  readonly #config: KafkaJournalConfig;
  readonly #runtime = testRuntime(() => this.#onStep());
  #onStep: () => void = () => undefined;
  #open: OpenSources | undefined;

  constructor(prefix: string) {
    this.#config = configOf(broker().addresses.plain, prefix, { partitions: 1 });
  }

  async begin(): Promise<void> {
    await setUpTopics(this.#config, this.#runtime);
    await this.open();
  }

  async open(): Promise<void> {
    this.#open = await openSources({ config: this.#config, runtime: this.#runtime, assignment: fixed([0]) });
    await this.#open.configure({ sources: [{ name: 'acme', feeds: ['organization'] }], lanes: [] });
  }

  source(): SourceJournal {
    if (this.#open === undefined) throw new Error('not open');
    return this.#open.source('acme');
  }

  async reopen(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** What throws at a step sends nothing after it, as a process that has ended. */
  async crash(work: (source: SourceJournal) => Promise<unknown>, at: number): Promise<void> {
    let seen = 0;
    this.#onStep = () => {
      seen += 1;
      if (seen === at) throw new Error('cut here');
    };
    await work(this.source()).catch(() => undefined);
    this.#onStep = () => undefined;
    await this.reopen();
  }

  async entries(): Promise<readonly string[]> {
    return (await standingEntries(this.#config)).map(({ id }) => id);
  }

  async close(): Promise<void> {
    await this.#open?.close();
  }
}

test('whatever is committed, forgotten and cut, the journal holds what the model says', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(modelStep, { minLength: 5, maxLength: 20 }), async (steps) => {
      runs += 1;
      const model = new KafkaModel(`model-${process.pid}-${runs}`);
      await model.begin();
      try {
        await runSourceModel(model, steps);
      } finally {
        await model.close();
      }
    }),
    { numRuns: 4 },
  );
  expect.hasAssertions();
});
