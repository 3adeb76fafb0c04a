/**
 * Where test files get the servers that they share. A server is started when it is first asked for and runs until the
 * whole run ends, so that its start is paid once, and by nobody who does not need it. Test files run in processes of
 * their own: the desk is in the runner's, and they ask it over HTTP.
 */
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SharedServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts each server by its name, such as `elasticsearch-9.5.3`. */
export type Catalog = Readonly<Record<string, () => Promise<SharedServer>>>;

export interface Desk {
  /** For `urlOf`. */
  readonly address: string;
  /** Stops what was started, also what is just starting. */
  close(): Promise<void>;
}

/** Serves a catalog. A start that failed is not tried again: the next who asks is told the same. */
export async function openDesk(catalog: Catalog): Promise<Desk> {
  const started = new Map<string, Promise<SharedServer>>();

  async function answer(name: string, response: ServerResponse): Promise<void> {
    const start = catalog[name];
    try {
      if (start === undefined) throw new Error(`the desk has no ${name}`);
      const server = started.get(name) ?? start();
      started.set(name, server);
      response.end((await server).url);
    } catch (error) {
      response.writeHead(503).end(error instanceof Error ? error.message : String(error));
    }
  }

  const desk = createServer(({ url = '' }, response) => void answer(decodeURIComponent(url.slice(1)), response));
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');

  async function close(): Promise<void> {
    await Promise.allSettled([...started.values()].map(async (server) => (await server).stop()));
    await once(desk.close(), 'close');
  }

  let closed: Promise<void> | undefined;
  return {
    // A server that listens on a port has an address with one.
    address: `http://127.0.0.1:${(desk.address() as AddressInfo).port}`,
    close: () => (closed ??= close()),
  };
}

/**
 * The URL of a shared server. Waits for as long as it takes to start, which on a new machine is a download too.
 *
 * @throws Error with the desk's reason when there is no such server.
 */
export async function urlOf(name: string, address: string): Promise<string> {
  // Not `fetch`: it would give up on an answer that takes long to begin.
  const asked = request(`${address}/${encodeURIComponent(name)}`, { agent: false }).end();
  const [response] = await once(asked, 'response');
  const said = await text(response);
  if (response.statusCode !== 200) throw new Error(said);
  return said;
}
