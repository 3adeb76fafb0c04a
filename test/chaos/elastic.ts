/** A node of Elasticsearch: the emulated one behind a server, with a key, faults of requests and faults of items. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  actionsIn,
  EmulatedNode,
  type EmulatorRequest,
  failed,
  refusal,
} from '@audit-relay/sink-elasticsearch/emulator';
import { Deliveries, type HeldIds } from './deliveries.ts';
import { ELASTIC_FAULTS, type HttpReply } from './http-faults.ts';
import { type ChaosPeer, type Faults, metBy, type PeerOptions, REQUEST_TIMEOUT_MS, SECRET } from './peer.ts';
import { Wire } from './wire.ts';

/** What is sent again then meets another index, which does not know it: only a look before the write finds it. */
export const ROLLED_OVER = 'done and rolled over, the connection reset';
/** Answers of single items, by the fault's name: the last two wait for an operator. */
export const ITEM_FAULTS: Readonly<Record<string, readonly [status: number, type: string, reason?: string]>> = {
  'some items refused': [429, 'es_rejected_execution_exception'],
  'some items unavailable': [503, 'unavailable_shards_exception'],
  'some items not allowed': [403, 'security_exception', 'action [indices:data/write/bulk[s]] is unauthorized'],
  'some items without an index': [404, 'index_not_found_exception', 'no such index'],
};
const STREAM = 'logs-openai.org_audit-default';

export async function startElastic({ schedule, isPoison, life }: PeerOptions, faults: Faults): Promise<ChaosPeer> {
  const node = new EmulatedNode();
  let secret = SECRET.elastic;
  node.items = ({ id }) => {
    if (isPoison('elastic', id)) return failed(400, 'document_parsing_exception', 'it holds a date that is none');
    const drawn = faults.drawn ?? '';
    const refused = ITEM_FAULTS[drawn];
    if (refused === undefined) return undefined;
    faults.note(drawn);
    return failed(...refused);
  };
  const reply = (request: EmulatorRequest): HttpReply => {
    if (request.headers['authorization'] !== `ApiKey ${secret}`) return refusal(401, 'security_exception', 'no');
    if (faults.drawn === ROLLED_OVER && actionsIn(request).length > 0) {
      node.handle(request);
      if (schedule.mode === 'data_stream') node.rollover(STREAM);
      faults.note(ROLLED_OVER);
      return { status: 200, body: '', fault: 'reset' };
    }
    const asked = { events: actionsIn(request).length, handled: () => node.handle(request) };
    return faults.reply(asked, ELASTIC_FAULTS) ?? node.handle(request);
  };
  const idsHeld = (): HeldIds => ({ length: node.held.length, at: (index) => node.held[index]?.id ?? '' });
  const deliveries = new Deliveries(idsHeld, life);
  const server = createServer((message, response) => {
    requestOf(message).then(
      (request) => give(reply(request), response),
      () => response.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with one.
  const wire = await Wire.open((server.address() as AddressInfo).port);
  return {
    wire,
    keys: (secretFile) => ({
      type: 'elasticsearch',
      nodes: [`http://127.0.0.1:${wire.port}`],
      auth: { api_key: `\${file:${secretFile}}` },
      mode: schedule.mode,
      // A look before a write may take a quarter of it.
      request_timeout_ms: 4 * REQUEST_TIMEOUT_MS,
    }),
    deliveries,
    fault: (name, share) => {
      faults.set(name, share);
      if (name !== 'a rollover' || schedule.mode === 'index') return;
      faults.note(name);
      node.rollover(STREAM);
    },
    rotate: (changed) => {
      secret = changed;
    },
    met: () => metBy('elastic', faults, wire),
    close: async () => {
      await wire.close();
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function requestOf(message: IncomingMessage): Promise<EmulatorRequest> {
  const parts: Buffer[] = [];
  // Without `setEncoding` a request yields nothing but buffers.
  for await (const part of message) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const text = (message.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? '', path: message.url ?? '', headers, text };
}

function give({ status, headers, body, fault }: HttpReply, response: ServerResponse): void {
  if (fault === 'hang') return;
  if (fault === 'reset') response.socket?.resetAndDestroy();
  else response.writeHead(status, headers).end(body);
}
