/** Three processes deliver one lane while one is killed and one stands still for longer than its session. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUpTopics } from '@audit-relay/journal-kafka';
import { expect, onTestFinished, test } from 'vitest';
import { useBroker } from '../broker.ts';
import { configOf, testRuntime } from './collect.ts';
import { fill } from './filling.ts';
import { startTold } from './told-process.ts';

const broker = useBroker({ version: '4.4.0' });
const DELIVERER = fileURLToPath(new URL('../../dist/kafka/journal/deliver-process.js', import.meta.url));
const PARTITIONS = 4;

interface Delivered {
  readonly id: string;
  readonly replay: boolean;
}

function deliveredIn(file: string): readonly Delivered[] {
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' })
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [id = '', replay] = line.split(' ');
    return { id, replay: replay === 'true' };
  });
}

test('nothing is lost, and of what goes out twice one copy alone is no replay', async () => {
  const config = { ...configOf(broker().addresses.plain, `processes-${process.pid}`), partitions: PARTITIONS };
  await setUpTopics(config, testRuntime());
  const folder = mkdtempSync(join(tmpdir(), 'lane-processes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'delivered');
  const start = () => startTold(DELIVERER, [broker().addresses.plain, config.topic_prefix, String(PARTITIONS), file]);
  const arrived = async (ids: readonly string[]): Promise<void> => {
    const missing = (): number => {
      const held = new Set(deliveredIn(file).map(({ id }) => id));
      return ids.filter((id) => !held.has(id)).length;
    };
    await expect.poll(missing, { timeout: 60_000, interval: 100 }).toBe(0);
  };
  const ids = [...(await fill(config, 30))];
  const [killed, stopped] = [start(), start(), start()];
  await expect.poll(() => deliveredIn(file).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(5);
  killed?.signal('SIGKILL');
  ids.push(...(await fill(config, 15, 30)));
  stopped?.signal('SIGSTOP');
  ids.push(...(await fill(config, 15, 45)));
  // The third one has all of it, once both sessions are over.
  await arrived(ids);
  stopped?.signal('SIGCONT');
  ids.push(...(await fill(config, 15, 60)));
  await arrived(ids);

  const unflagged = new Map(ids.map((id) => [id, 0]));
  for (const { id, replay } of deliveredIn(file)) if (!replay) unflagged.set(id, (unflagged.get(id) ?? 0) + 1);
  // Whoever stood still may say late what another has said since; it was the first all the same.
  expect([...unflagged].filter(([, copies]) => copies > 1)).toEqual([]);
  expect(unflagged.size).toBe(ids.length);
});
