/**
 * The peers of Elasticsearch, Splunk and Datadog in one process: each says yes to every event, at the least cost, so that
 * what is measured on the other side is the sender's own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

const JSON_HEADERS = { 'content-type': 'application/json' };
const ELASTIC_HEADERS = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};
const ROOT = '{"version":{"number":"9.5.3","build_flavor":"default"},"tagline":"You Know, for Search"}';
const ID = /^\{"create":\{(?:"_index":"[^"]*",)?("_id":"[^"]*")\}\}$/gm;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, Buffer.concat(chunks)));
});

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const { method, url = '' } = request;
  if (url.includes('/collector')) response.writeHead(200, JSON_HEADERS).end('{"text":"Success","code":0}');
  else if (url.includes('/logs') && !url.includes('_bulk')) response.writeHead(202, JSON_HEADERS).end('{}');
  else if (method !== 'POST') response.writeHead(200, ELASTIC_HEADERS).end(ROOT);
  else response.writeHead(200, ELASTIC_HEADERS).end(itemsOf(request, body));
}

function itemsOf(request: IncomingMessage, body: Buffer): string {
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  const items = Array.from(text.matchAll(ID), ([, id]) => `{"create":{${id},"status":201,"result":"created"}}`);
  return `{"items":[${items.join(',')}]}`;
}

server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address and a port.
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit(0));
