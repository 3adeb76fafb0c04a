/** Clients of the HTTP Event Collector that nobody here wrote deliver into the emulator, and understand its refusals. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmulatorOptions, type HecEmulator, startHecEmulator } from '@audit-relay/sink-splunk-hec/emulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { python } from '../services/python.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TOKEN = '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab';
const COUNT = 50;

const pythonOf = needed({
  name: 'Python',
  get: () => python({ name: 'hec-clients', requirements: join(HERE, 'clients.txt') }),
});

async function started(options: Partial<EmulatorOptions> = {}): Promise<HecEmulator> {
  const emulator = await startHecEmulator({ tokens: { [TOKEN]: {} }, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** What the client complains of. */
function send(client: string, { url }: HecEmulator): Promise<string> {
  const { port } = new URL(url);
  return pythonOf().run([join(HERE, 'clients.py'), client, port, TOKEN, String(COUNT)]);
}

describe.each([
  {
    client: 'logging-splunk-hec',
    requests: COUNT,
    eventOf: (n: number) => ({ log_level: 'INFO', message: `message ${n}` }),
  },
  { client: 'splunk-handler', requests: 1, eventOf: (n: number) => `message ${n}` },
])('$client of PyPI', ({ client, requests, eventOf }) => {
  test('delivers', async () => {
    const emulator = await started();
    expect(await send(client, emulator)).not.toContain('rror');
    const common = { index: 'main', source: 's', sourcetype: 'st', host: 'h', time: expect.any(Number) };
    expect(emulator.events).toMatchObject(Array.from({ length: COUNT }, (_, n) => ({ ...common, event: eventOf(n) })));
    expect(emulator.requests).toHaveLength(requests);
  });

  test('understands that it is refused', async () => {
    const emulator = await started({ tokens: { [TOKEN]: { indexes: ['other'] } } });
    expect(await send(client, emulator)).toContain('400 Client Error');
    expect(emulator.events).toEqual([]);
  });
});
