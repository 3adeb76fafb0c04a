/** What somebody sees: the bytes go to a terminal's emulation, and its screen is read. */
import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import type { ScreenStream } from '../process-io.ts';
import { openScreen } from './screen.ts';

/** A terminal with something on it, and a stream that writes to it. */
async function world(columns = 40, rows = 10) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const written: Promise<void>[] = [];
  const write = (text: string): boolean => {
    written.push(new Promise((resolve) => terminal.write(text.replaceAll(/(?<!\r)\n/g, '\r\n'), resolve)));
    return true;
  };
  const stream = Object.assign(new EventEmitter(), { isTTY: true, columns, rows, write });
  write('$ audit-relay status --watch\n');
  const seen = async (): Promise<readonly string[]> => {
    await Promise.all(written.splice(0));
    const { active } = terminal.buffer;
    const lines = Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row));
    const texts = lines.map((line) => line?.translateToString(true) ?? '');
    return texts.slice(0, texts.findLastIndex((text) => text !== '') + 1);
  };
  const resize = async (toColumns: number, toRows: number): Promise<void> => {
    await Promise.all(written.splice(0));
    terminal.resize(toColumns, toRows);
    Object.assign(stream, { columns: toColumns, rows: toRows });
    stream.emit('resize');
  };
  const screen = openScreen(stream satisfies ScreenStream);
  return { screen, seen, resize };
}

test('each picture takes the place of the one before, whole', async () => {
  const { screen, seen } = await world();
  screen.draw(['one', 'a longer line', 'three']);
  expect(await seen()).toEqual(['one', 'a longer line', 'three']);
  screen.draw(['one', 'short']);
  expect(await seen()).toEqual(['one', 'short']);
  screen.draw(['two', 'short', 'more', 'and more']);
  expect(await seen()).toEqual(['two', 'short', 'more', 'and more']);
});

test('a picture as tall and wide as it may be stands still', async () => {
  const { screen, seen } = await world(12, 6);
  const { columns, rows } = screen.size();
  expect({ columns, rows }).toEqual({ columns: 12, rows: 5 });
  for (const sign of ['a', 'b', 'c']) {
    const lines = Array.from({ length: rows }, () => sign.repeat(columns));
    screen.draw(lines);
    expect(await seen()).toEqual(lines);
  }
});

test.each([
  ['narrower', 10, 10],
  ['wider', 80, 10],
  ['lower', 40, 4],
  ['higher', 40, 30],
])('of a terminal that becomes %s nothing old is left', async (_name, columns, rows) => {
  const { screen, seen, resize } = await world();
  const picture = (): readonly string[] => ['x'.repeat(screen.size().columns), `${screen.size().rows}`];
  screen.onResize(() => screen.draw(picture()));
  screen.draw(['a line that is wider than ten columns', 'two', 'three', 'four', 'five', 'six']);
  await resize(columns, rows);
  expect(await seen()).toEqual(picture());
  screen.draw(['next']);
  expect(await seen()).toEqual(['next']);
});

test('at the end what stood there before is back', async () => {
  const { screen, seen } = await world();
  screen.draw(['one', 'two']);
  screen.end();
  expect(await seen()).toEqual(['$ audit-relay status --watch']);
});

test('without a size it is taken for one of 80 by 24', async () => {
  const stream = Object.assign(new EventEmitter(), { isTTY: true, columns: 0, rows: 0, write: () => true });
  expect(openScreen(stream).size()).toEqual({ columns: 80, rows: 23 });
});
