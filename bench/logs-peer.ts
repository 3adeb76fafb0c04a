/** Says 202 to every request, at the least cost: what is measured on the other side is the sender's own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(202, { 'content-type': 'application/json' }).end('{}'));
});

server.listen(0, '127.0.0.1', () => {
  // A server that listens has an address and a port.
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.stdin.resume().once('end', () => process.exit(0));
