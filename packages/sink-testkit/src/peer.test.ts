/** The pretend peer, asked by a plain HTTP client. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Peer, type Script, startPeer } from './peer.ts';

/** What a client saw: an answer in full, or the code of the error. */
type Seen = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string } | string;

interface Sent {
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Starts a peer, lets `run` ask it, and ends both sides. */
async function withPeer(script: Script, run: (peer: Peer, ask: (sent?: Sent) => Promise<Seen>) => Promise<void>) {
  const peer = await startPeer(script);
  const agent = new Agent({ keepAlive: true });
  try {
    await run(peer, (sent = {}) => asked(peer.url, agent, sent));
  } finally {
    agent.destroy();
    await peer.close();
  }
}

function asked(url: string, agent: Agent, { body = '', headers = {}, signal }: Sent): Promise<Seen> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    const options = { method: 'POST', agent, headers, ...(signal === undefined ? {} : { signal }) };
    const request = httpRequest(`${url}/in?x=1`, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', fail);
    request.end(body);
  });
}

describe('a peer answers', () => {
  const reply = { status: 202, headers: { 'x-seen': 'yes' }, body: '{"text":"Success é"}' };

  test('as its script says', () =>
    withPeer(reply, async (_peer, ask) => {
      expect(await ask()).toMatchObject({ status: 202, headers: { 'x-seen': 'yes' }, text: reply.body });
    }));

  test('by what is in the request', () =>
    withPeer(
      ({ text }) => ({ status: text === 'no' ? 400 : 200 }),
      async (_peer, ask) => {
        expect(await ask({ body: 'no' })).toMatchObject({ status: 400 });
        expect(await ask({ body: 'yes' })).toMatchObject({ status: 200 });
      },
    ));

  test('late, in pieces and in full when it is slow', () =>
    withPeer({ ...reply, fault: 'slow' }, async (_peer, ask) => {
      expect(await ask()).toMatchObject({ status: 202, text: reply.body });
    }));

  test('by its new script as soon as there is one', () =>
    withPeer(reply, async (peer, ask) => {
      peer.answer({ status: 503 });
      expect(await ask()).toMatchObject({ status: 503, text: '' });
    }));

  test.for(['reset_before_body', 'reset_after_body', 'cut_body'] as const)('with a lost connection: %s', (fault) =>
    withPeer({ ...reply, fault }, async (peer, ask) => {
      expect(await ask({ body: 'x' })).toBe('ECONNRESET');
      await peer.until(() => peer.sockets === 0, 'the end of the connection');
    }),
  );

  test.for(['hang', 'endless_body'] as const)('without an end: %s', (fault) =>
    withPeer({ ...reply, fault }, async (peer, ask) => {
      const stop = new AbortController();
      const seen = ask({ body: 'x', signal: stop.signal });
      await peer.until(() => peer.requests.length === 1, 'the request');
      expect(peer.pending).toBe(1);
      stop.abort();
      expect(await seen).toBe('ABORT_ERR');
      await peer.until(() => peer.pending === 0 && peer.sockets === 0, 'the end of the connection');
    }),
  );
});

describe('a peer records', () => {
  const encodings = [
    { encoding: 'gzip', encode: gzipSync },
    { encoding: 'deflate', encode: deflateSync },
    { encoding: 'br', encode: brotliCompressSync },
  ];
  test.for(encodings)('the text of a body in $encoding', ({ encoding, encode }) =>
    withPeer({}, async (peer, ask) => {
      await ask({ body: encode('{"é":1}'), headers: { 'Content-Encoding': encoding, 'X-Token': 'abc' } });
      const headers = { 'content-encoding': encoding, 'x-token': 'abc' };
      expect(peer.requests).toMatchObject([{ method: 'POST', path: '/in?x=1', headers, text: '{"é":1}' }]);
    }),
  );

  test('no body that it did not read', () =>
    withPeer({ fault: 'reset_before_body' }, async (peer, ask) => {
      await ask({ body: 'x' });
      expect(peer.requests.map(({ text }) => text)).toEqual(['']);
    }));

  test('connections that are kept, and are asked to be', () =>
    withPeer({}, async (peer, ask) => {
      await ask();
      // In whole seconds: what a client of its own accord drops earlier would hide a leak.
      expect(await ask()).toMatchObject({ headers: { 'keep-alive': 'timeout=600' } });
      expect(peer.sockets).toBe(1);
    }));
});

describe('a closed peer', () => {
  test('refuses connections', async () => {
    const peer = await startPeer({});
    await peer.close();
    expect(await asked(peer.url, new Agent(), {})).toBe('ECONNREFUSED');
  });

  const troubles = [
    { title: 'its script threw', sent: { body: 'x' }, message: 'not my request' },
    {
      title: 'a body was not what it said',
      sent: { body: 'x', headers: { 'content-encoding': 'gzip' } },
      message: 'the peer could not decode a body that says it is gzip',
    },
  ];
  for (const { title, sent, message } of troubles) {
    test(`throws when ${title}, which was a 500 to the sink`, async () => {
      const peer = await startPeer(() => {
        throw new Error('not my request');
      });
      expect(await asked(peer.url, new Agent(), sent)).toMatchObject({ status: 500 });
      await expect(peer.close()).rejects.toThrow(message);
    });
  }
});
