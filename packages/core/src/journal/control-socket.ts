/**
 * Questions to the process that holds a journal, over the socket in its folder: one line of JSON each
 * way. The socket is the owner's alone (0600), so whoever may read the journal may ask, and nobody else.
 */
import { connect, type Socket } from 'node:net';
import type { JsonValue } from '../event.ts';

/** Of one line, in characters. Questions are short; the longest answer is a status of many sinks. */
const MAX_QUESTION = 65_536;
const MAX_ANSWER = 2 ** 20;
const ANSWER_MS = 30_000;

/**
 * What the owner says to a question, to be written as JSON; undefined: nothing. Never rejects: what is wrong is part of
 * the answer.
 */
export type ControlHandler = (question: JsonValue) => Promise<unknown>;

/** The owner's side of one connection. */
export function serveControl(socket: Socket, answering: ControlHandler): void {
  // Who only looks whether somebody lives here closes at once.
  socket.on('error', () => socket.destroy());
  void lineFrom(socket, MAX_QUESTION)
    .then(async (line) => {
      const question = line === undefined ? undefined : parsed(line);
      const answer = question === undefined ? undefined : await answering(question);
      if (answer === undefined) socket.destroy();
      else socket.end(`${JSON.stringify(answer)}\n`);
    })
    .catch(() => socket.destroy());
}

/** Asks whoever listens at `path`. Undefined: nobody does, or nobody who understands. */
export async function requestControl(
  path: string,
  question: JsonValue,
  withinMs: number = ANSWER_MS,
): Promise<JsonValue | undefined> {
  const socket = connect(path);
  const timer = setTimeout(() => socket.destroy(), withinMs);
  socket.on('error', () => socket.destroy());
  socket.once('connect', () => socket.write(`${JSON.stringify(question)}\n`));
  try {
    const line = await lineFrom(socket, MAX_ANSWER);
    return line === undefined ? undefined : parsed(line);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The first line; undefined when the connection ends before, or when it is longer. */
function lineFrom(socket: Socket, maxCharacters: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxCharacters) socket.destroy();
    });
    socket.once('close', () => resolve(undefined));
  });
}

function parsed(line: string): JsonValue | undefined {
  try {
    // What JSON.parse returns is a JSON value by definition.
    return JSON.parse(line) as JsonValue;
  } catch {
    return undefined;
  }
}
