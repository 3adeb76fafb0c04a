/** Dead letters for a human, in lines of 80 characters. */
import { printable } from '../printable.ts';
import type { Contents } from './document.ts';
import type { DeadLetterHead } from './item.ts';

const COLUMNS = 80;

/** Two lines: which event, and why. */
export function listText(head: DeadLetterHead): string {
  const { id, kind, reason, attempts, last, retryAsked, event } = head;
  const again = retryAsked === undefined ? '' : ', goes again';
  const why = `${kind.replace('_', ' ')}, ${attempts} send(s)${again}: ${printable(reason)}`;
  return `${cut(`${id}  ${secondOf(last)}  ${printable(event?.type ?? 'no event')}`)}\n${cut(`    ${why}`)}\n`;
}

/** All of it, a field a line, then the event and the document. */
export function showText(head: DeadLetterHead, { raw, format, document }: Contents): string {
  const { id, sink, source, kind, reason, attempts, first, last, retryAsked, event } = head;
  const rows: readonly (readonly [name: string, text: string | undefined])[] = [
    ['sink', sink],
    ['source', source],
    ['event', event?.id],
    ['type', event?.type],
    ['happened', event && `${event.time}, feed ${event.feed}`],
    ['kind', kind],
    ['reason', reason],
    ['sends', String(attempts)],
    [sink === undefined ? 'received' : 'first sent', first],
    ['set aside', last],
    ['goes again', retryAsked && `asked for at ${retryAsked}`],
  ];
  const lines = rows.flatMap(([name, text]) => (text === undefined ? [] : wrapped(name.padEnd(12), printable(text))));
  const whole =
    raw === undefined ? ['  it is no event, so that nothing in it can be redacted: --original shows it'] : [];
  return [
    id,
    ...lines,
    ...whole,
    ...(raw === undefined ? [] : [`raw`, indented(raw)]),
    ...(document === undefined ? [] : [`document (${format}, as it would go out now)`, indented(document)]),
    '',
  ].join('\n');
}

/** `3 dead letters (1 goes again)`. */
export function countText(count: number, again: number): string {
  return `${count} dead letter${count === 1 ? '' : 's'}${again === 0 ? '' : `, ${again} of them asked to go again`}`;
}

function secondOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}

function cut(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}

function wrapped(name: string, text: string): readonly string[] {
  const width = COLUMNS - name.length - 2;
  const pieces = text.match(new RegExp(`.{1,${width}}(?= |$)|.{${width}}`, 'g')) ?? [''];
  return pieces.map(
    (piece, at) => `  ${at === 0 ? name : ' '.repeat(name.length)}${at === 0 ? piece : piece.trimStart()}`,
  );
}

/** Spread over lines where that changes nothing of it: a number beyond 2^53 stands in its own text alone. */
function indented(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value) === json ? JSON.stringify(value, null, 2) : json;
  } catch {
    return json;
  }
}
