import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lookAtAgent } from './agent-look.ts';
import { RELAY_STATUS } from './relay-status.test.fixture.ts';

async function agentThatSays(code: number, body: unknown): Promise<{ readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? 'nothing'}`);
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

const at = (port: number) => ({ listen: { host: '127.0.0.1', port }, token: 'a token of 16 or more' });

test('an agent’s own status is the view of a journal that is in no folder, asked for with the token', async () => {
  const { port, seen } = await agentThatSays(200, RELAY_STATUS);
  const { view, live } = await lookAtAgent('kafka audit at k:9092', at(port), []);
  expect(seen).toEqual(['/status Bearer a token of 16 or more']);
  expect(view).toMatchObject({ journal: 'kafka audit at k:9092', running: true });
  expect(live?.name).toBe(RELAY_STATUS.name);
});

test.each([
  ['one that is only starting', 503, { agent: {} }],
  ['one that wants another token', 401, {}],
  ['something else that is there', 200, {}],
])('%s is AGENT_SILENT', async (_, code, body) => {
  const { port } = await agentThatSays(code, body);
  await expect(lookAtAgent('j', at(port), [])).rejects.toMatchObject({ code: 'AGENT_SILENT' });
});

test('where nobody answers it is AGENT_GONE', async () => {
  await expect(lookAtAgent('j', at(1), [])).rejects.toMatchObject({ code: 'AGENT_GONE' });
});
