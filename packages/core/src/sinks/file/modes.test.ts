/** Files of events are their owner's alone, though the umask keeps nobody out. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { batch, send, world } from './file.test.world.ts';

test('the file, those that it was set aside as, and the index of their ids', async () => {
  const usual = process.umask(0);
  onTestFinished(() => void process.umask(usual));
  const { folder, start } = world({ max_bytes: 80 });
  const sink = await start();
  for (const id of ['a', 'b', 'c', 'd', 'e']) await send(sink, batch([id]));
  await sink.close();
  await (await start()).close();
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  expect(left).toEqual(expect.arrayContaining(['events.ndjson', 'events.ndjson.2', 'events.ndjson.ids/data.mdb']));
  const modes = left.map((path) => [path, (statSync(join(folder, path)).mode & 0o777).toString(8)]);
  expect(modes.filter(([path, mode]) => mode !== (path?.endsWith('.ids') ? '700' : '600'))).toEqual([]);
});
