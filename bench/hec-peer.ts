/**
 * Says yes to every request of the HTTP Event Collector, at the least cost: what is measured on the other side is the
 * sender's own. Argument: `acks` gives ids and says of each at once that it is indexed; `waits` gives ids and never does.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const mode = process.argv[2];
const HEADERS = { 'content-type': 'application/json' };
let next = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, HEADERS);
    if (request.url?.endsWith('/ack') === true) response.end(statuses(Buffer.concat(chunks).toString()));
    else response.end(mode === undefined ? '{"text":"Success","code":0}' : taken());
  });
});

function taken(): string {
  next += 1;
  return `{"text":"Success","code":0,"ackId":${next - 1}}`;
}

function statuses(text: string): string {
  // As the sink asks.
  const { acks } = JSON.parse(text) as { readonly acks: readonly number[] };
  return JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, mode === 'acks'])) });
}

server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address and a port.
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit(0));
