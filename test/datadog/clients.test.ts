/** Datadog's own client of PyPI delivers into the emulator of the intake, packed or not, and understands its refusals. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmulatorOptions, type IntakeEmulator, startIntakeEmulator } from '@audit-relay/sink-datadog/emulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { needed } from '../services/needed.ts';
import { python } from '../services/python.ts';
import { KEY } from './relay.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SCRIPT = join(HERE, 'clients.py');
const COUNT = 20;

const pythonOf = needed({
  name: 'Python',
  get: () => python({ name: 'datadog-client', requirements: join(HERE, 'clients.txt') }),
});

async function started(options: Partial<EmulatorOptions> = {}): Promise<IntakeEmulator> {
  const emulator = await startIntakeEmulator({ keys: [KEY], ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** Its answers and complaints, a line each. */
async function send({ url }: IntakeEmulator): Promise<readonly string[]> {
  const out = await pythonOf().run([SCRIPT, url, KEY, String(COUNT)]);
  return out.trim().split('\n');
}

describe('datadog-api-client of PyPI', () => {
  test('delivers plain, by gzip and by deflate, attributes of its own included', async () => {
    const emulator = await started();
    expect(await send(emulator)).toEqual(['{}', '{}', '{}']);
    const numbers = Array.from({ length: COUNT }, (_, number) => number);
    const each = numbers.map((number) => ({
      source: 's',
      service: 'v',
      host: 'h',
      tags: ['env:test', 'team:security'],
      message: `message ${number} é 漢 😀`,
      attributes: { 'evt.id': `py-${number}` },
    }));
    expect(emulator.logs).toMatchObject([...each, ...each, ...each]);
    expect(emulator.dropped).toEqual([]);
    const codings = emulator.requests.map(({ headers }) => headers['content-encoding']);
    expect(codings).toEqual([undefined, 'gzip', 'deflate']);
  });

  test.each([
    { name: 'of its key', options: { keys: [] }, status: '403', says: 'API key is missing or invalid' },
    { name: 'of too much', options: { maxBytes: 1_000 }, status: '413', says: 'Request Entity Too Large' },
    { name: 'of too many', options: { maxEntries: 10 }, status: '400', says: 'More than 10 entries' },
  ])('understands a refusal $name', async ({ options, status, says }) => {
    const emulator = await started(options);
    const lines = await send(emulator);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(new RegExp(`^${status} .*${says}`));
    expect(emulator.logs).toEqual([]);
  });
});
