/** The emulator: a server before one intake, with its own clock in `Date`, and faults on request. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { no } from './answers.ts';
import type { EmulatorReply, EmulatorRequest } from './exchange.ts';
import { Intake, type IntakeSettings } from './intake.ts';
import type { DatadogLog } from './logs.ts';

export interface EmulatorOptions {
  /** API keys that are taken; without one none is. */
  readonly keys: readonly string[];
  /** Default `intake`. */
  readonly receiver?: IntakeSettings['receiver'];
  /** Of a body before it is packed: default 5,000,000, as the intake has it. */
  readonly maxBytes?: number;
  /** Default 1,000, as the intake has it. */
  readonly maxEntries?: number;
  /** Milliseconds since the epoch: default the clock of this machine. */
  readonly now?: () => number;
  /** PEM texts; absent: http. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A fault: what is answered in place of the intake; undefined: it answers itself. `handled` is what it would have said. */
export type Fault = (request: EmulatorRequest, handled: () => EmulatorReply) => EmulatorReply | undefined;

/** A running emulator, on 127.0.0.1. */
export class IntakeEmulator {
  /** All requests so far, in order of arrival. */
  readonly requests: EmulatorRequest[] = [];
  readonly settings: IntakeSettings;
  readonly intake: Intake;
  readonly #server: ReturnType<typeof createServer>;
  readonly #isTls: boolean;
  #fault: Fault = () => undefined;

  constructor({ keys, receiver = 'intake', maxBytes = 5_000_000, maxEntries = 1_000, now, tls }: EmulatorOptions) {
    this.settings = { keys: new Set(keys), receiver, maxBytes, maxEntries, now: now ?? (() => Date.now()) };
    this.intake = new Intake(this.settings);
    this.#isTls = tls !== undefined;
    const listener: RequestListener = (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http${this.#isTls ? 's' : ''}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What can be searched. */
  get logs(): readonly DatadogLog[] {
    return this.intake.logs;
  }

  /** What got a yes and was dropped for its date. */
  get dropped(): Intake['dropped'] {
    return this.intake.dropped;
  }

  /** From the next request on. */
  answer(fault: Fault): void {
    this.#fault = fault;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(message);
    if (request === undefined) return this.#give(no(400, 'Content encoding is invalid'), response);
    this.requests.push(request);
    const handled = (): EmulatorReply => this.intake.handle(request);
    this.#give(this.#fault(request, handled) ?? handled(), response);
  }

  #give({ status, headers, body, fault }: EmulatorReply, response: ServerResponse): void {
    if (fault === 'hang') return;
    const date = new Date(this.settings.now()).toUTCString();
    if (fault === 'reset') response.socket?.resetAndDestroy();
    else response.writeHead(status, { date, ...headers }).end(body);
  }
}

export async function startIntakeEmulator(options: EmulatorOptions): Promise<IntakeEmulator> {
  const emulator = new IntakeEmulator(options);
  await emulator.listen();
  return emulator;
}

const UNPACK: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: (body) => gunzipSync(body),
  deflate: (body) => inflateSync(body),
};

/** Undefined: packed in a way that the intake does not know, or not as it says. */
async function requestOf(message: IncomingMessage): Promise<EmulatorRequest | undefined> {
  const parts: Buffer[] = [];
  // Without `setEncoding` a request yields nothing but buffers.
  for await (const part of message) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const text = textOf(body, message.headers['content-encoding'] ?? 'identity');
  if (text === undefined) return undefined;
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? '', path: message.url ?? '', headers, text, packedBytes: body.length };
}

/** Not UTF-8 is not taken either. */
function textOf(body: Buffer, coding: string): string | undefined {
  try {
    const unpacked = UNPACK[coding]?.(body);
    return unpacked === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(unpacked);
  } catch {
    return undefined;
  }
}
