/** `NODE_EXTRA_CA_CERTS` beside `tls.ca_file`: Node reads the variable at its start, so each case is a process of its own. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const certificate = (name: string): string => `${ROOT}packages/sink-http/src/__fixtures__/${name}.pem`;

/** One request to each URL, by a client that trusts `CA_FILE` beside what the process trusts. */
const CLIENT = `
  import { openHttpClient } from '@audit-relay/sink-http';
  const [, ca_file, ...urls] = process.argv;
  for (const url of urls) {
    const client = openHttpClient({ url, tls: ca_file === '' ? {} : { ca_file } });
    const reply = await client.request({ path: '/', signal: new AbortController().signal });
    console.log(reply.kind === 'answer' ? reply.status : reply.code);
    await client.close();
  }`;

async function server(chain: readonly string[], key: string): Promise<string> {
  const cert = chain.map((name) => readFileSync(certificate(name), 'utf8')).join('');
  const running = createServer({ cert, key: readFileSync(certificate(`${key}.key`)) }, (_, response) => response.end());
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    running.closeAllConnections();
    running.close();
  });
  // A server that listens on TCP has such an address.
  return `https://localhost:${(running.address() as AddressInfo).port}`;
}

test.each([
  { extra: 'alone', file: 'ca', seen: ['200', '200'] },
  { extra: 'alone', file: undefined, seen: [expect.stringMatching(/^UNABLE_TO_/), '200'] },
  { extra: undefined, file: 'ca', seen: ['200', 'DEPTH_ZERO_SELF_SIGNED_CERT'] },
  { extra: 'no-such-file', file: 'ca', seen: ['200', 'DEPTH_ZERO_SELF_SIGNED_CERT'] },
])('with $extra in the environment and $file in ca_file', async ({ extra, file, seen }) => {
  const urls = [await server(['leaf', 'middle'], 'leaf'), await server(['alone'], 'alone')];
  const { NODE_EXTRA_CA_CERTS: _ours, ...environment } = process.env;
  const args = ['--input-type=module', '-e', CLIENT, file === undefined ? '' : certificate(file), ...urls];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...environment, ...(extra === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate(extra) }) },
  });
  expect(stdout.trim().split('\n')).toEqual(seen);
});
