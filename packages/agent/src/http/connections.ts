/**
 * The bounds of a port that strangers may reach: how many connections it holds, how long each may take for what it
 * wants to say, and how much that may be. A connection too many pushes out the oldest one, so that somebody who opens
 * hundreds and says nothing keeps neither a probe from its answer nor the relay from its files and sockets.
 */
import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';

/** Connections at a time; monitoring needs a handful. */
export const MAX_CONNECTIONS = 64;

const MAX_HEADER_BYTES = 8_192;
/** From the connection to the end of its headers, and of its whole request. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
/** How often those two are looked at. */
const LOOK_MS = 1_000;
/** Without a byte in either direction: a reader that does not read. */
const IDLE_MS = 30_000;

/** For `createServer`. */
export const BOUNDED: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: LOOK_MS,
};

/** From now on `server` holds no more than `MAX_CONNECTIONS`, and none over which nothing has gone for so long. */
export function boundConnections(server: Server, idleMs: number = IDLE_MS): void {
  const open = new Set<Socket>();
  server.setTimeout(idleMs);
  server.on('connection', (socket) => {
    const [oldest] = open;
    if (open.size >= MAX_CONNECTIONS) oldest?.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
}
