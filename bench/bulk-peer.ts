/** Says 201 to every event of every bulk, at the least cost: what is measured on the other side is the sender's own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

const HEADERS = {
  'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
  'x-elastic-product': 'Elasticsearch',
};
const ROOT = '{"version":{"number":"9.5.3","build_flavor":"default"},"tagline":"You Know, for Search"}';
const NEWLINE = 10;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, response, Buffer.concat(chunks)));
});

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.method === 'GET') {
    response.writeHead(200, HEADERS).end(ROOT);
    return;
  }
  const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  let lines = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) lines += 1;
  // Whoever filters the answer gets the short one, as from a real server.
  const item = request.url?.includes('filter_path') === true ? SHORT : LONG;
  const items = Array.from({ length: lines / 2 }, () => item).join(',');
  response.writeHead(200, HEADERS).end(`{"took":1,"errors":false,"items":[${items}]}`);
}

const SHORT = '{"create":{"result":"created","status":201}}';
const LONG =
  '{"create":{"_index":"bench-2026.11","_id":"audit_log-0000000000000000","_version":1,"result":"created",' +
  '"_shards":{"total":2,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}}';

server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address and a port.
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit(0));
