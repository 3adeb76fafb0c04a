/** Asks a proxy for a tunnel (CONNECT, RFC 9110, section 9.3.6) on a connection that is there. */
import type { Socket } from 'node:net';
import { CLOSED, codeOf } from '../fault/fault.ts';
import { tunnelCode } from '../fault/tunnel.ts';
import { Unconnected } from './unconnected.ts';

/** A proxy's answer has no reason to be longer. */
const MAX_HEAD_BYTES = 16 * 2 ** 10;

const END_OF_HEAD = '\r\n\r\n';
/** `HTTP/1.1 200` */
const STATUS_BYTES = 12;

/**
 *     CONNECT api.example.com:443 HTTP/1.1
 *     Host: api.example.com:443
 *     Proxy-Authorization: Basic YWRhOng=
 */
export function openTunnel(socket: Socket, authority: string, proxy: URL): Promise<void> {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...credentialsOf(proxy)];
  return new Promise<void>((resolve, reject) => {
    let head: Buffer = Buffer.alloc(0);
    const end = (error?: Unconnected): void => {
      socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onError = (error: Error): void =>
      end(error instanceof Unconnected ? error : new Unconnected('tunnel', codeOf(error)));
    const onEnd = (): void => end(new Unconnected('tunnel', CLOSED));
    const onData = (part: Buffer): void => {
      head = Buffer.concat([head, part]);
      const answer = answerIn(head);
      if (answer === 'unfinished') return;
      if (answer.status === undefined || answer.status < 200 || answer.status > 299) {
        end(new Unconnected('tunnel', tunnelCode(answer.status)));
        return;
      }
      socket.pause();
      // A host that speaks first.
      if (answer.rest.length > 0) socket.unshift(answer.rest);
      end();
    };
    socket.on('data', onData).once('error', onError).once('end', onEnd).once('close', onEnd);
    socket.write(`${lines.join('\r\n')}${END_OF_HEAD}`);
  });
}

/** Without a status: it is no HTTP, or has no end. */
function answerIn(head: Buffer): { readonly status?: number; readonly rest: Buffer } | 'unfinished' {
  const start = head.toString('latin1', 0, STATUS_BYTES);
  const [, digits] = /^HTTP\/1\.[01] (\d{3})/.exec(start) ?? [];
  const end = head.indexOf(END_OF_HEAD);
  const rest = head.subarray(end + END_OF_HEAD.length);
  // A refusal says all in its first line, and may end there.
  if (digits !== undefined && (end >= 0 || Number(digits) >= 300)) return { status: Number(digits), rest };
  const mayBecome = digits !== undefined ? head.length <= MAX_HEAD_BYTES : isStartOfStatus(start);
  return mayBecome ? 'unfinished' : { rest };
}

function isStartOfStatus(text: string): boolean {
  return text.length < STATUS_BYTES && 'HTTP/1.'.startsWith(text.slice(0, 'HTTP/1.'.length));
}

function credentialsOf({ username, password }: URL): readonly string[] {
  if (username === '' && password === '') return [];
  const pair = Buffer.from(`${plain(username)}:${plain(password)}`).toString('base64');
  return [`Proxy-Authorization: Basic ${pair}`];
}

/** What holds a % that begins no code means it. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
