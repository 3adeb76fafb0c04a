/** Datadog's own client of npm delivers into the emulator, as its documents say, and understands its refusals. */
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type EmulatorOptions, type IntakeEmulator, startIntakeEmulator } from './index.ts';

const KEY = '0123456789abcdef0123456789abcdef';

/** What is used here of a client whose types the compiler refuses; its modules are CommonJS. */
interface Client {
  readonly client: {
    createConfiguration(options: object): object;
    readonly ServerConfiguration: new (url: string, variables: object) => object;
  };
  readonly v2: { readonly LogsApi: new (configuration: object) => { submitLog(order: object): Promise<unknown> } };
}

let official: Client;

// Some seconds: it reads all of Datadog's models.
beforeAll(() => {
  const require = createRequire(import.meta.url);
  const { client, v2 } = require('@datadog/datadog-api-client') as Omit<Client, 'client'> & Client;
  const { ServerConfiguration } =
    require('@datadog/datadog-api-client/dist/packages/datadog-api-client-common/servers.js') as Client['client'];
  official = { client: { createConfiguration: client.createConfiguration, ServerConfiguration }, v2 };
}, 120_000);

async function started(options: Partial<EmulatorOptions> = {}): Promise<IntakeEmulator> {
  const emulator = await startIntakeEmulator({ keys: [KEY], ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

function submit({ url }: IntakeEmulator, body: readonly object[], more: object = {}): Promise<unknown> {
  const { client, v2 } = official;
  const baseServer = new client.ServerConfiguration(url, {});
  const configuration = client.createConfiguration({ authMethods: { apiKeyAuth: KEY }, baseServer });
  return new v2.LogsApi(configuration).submitLog({ body, ...more });
}

/** As it wants them: what it has no name for goes under `additionalProperties`, or is left out. */
const items = (count: number) =>
  Array.from({ length: count }, (_, number) => ({
    ddsource: 's',
    ddtags: 'env:test',
    hostname: 'h',
    service: 'v',
    message: `message ${number} é 漢 😀`,
    additionalProperties: { timestamp: Date.now() - 1_000 * number, evt: { id: `js-${number}` } },
  }));

describe('@datadog/datadog-api-client', () => {
  test.each([{}, { contentEncoding: 'gzip' }, { contentEncoding: 'deflate' }])('delivers: %o', async (packing) => {
    const emulator = await started();
    expect(await submit(emulator, items(20), packing)).toEqual({});
    expect(emulator.logs).toMatchObject(
      Array.from({ length: 20 }, (_, number) => ({
        source: 's',
        service: 'v',
        host: 'h',
        tags: ['env:test'],
        message: `message ${number} é 漢 😀`,
        attributes: { 'evt.id': `js-${number}` },
      })),
    );
    const [request] = emulator.requests;
    expect(request?.path).toBe('/api/v2/logs');
    expect(request?.headers).toMatchObject({ 'dd-api-key': KEY, 'content-type': 'application/json' });
  });

  test.each([
    { name: 'of its key', options: { keys: [] }, code: 403, detail: 'API key is missing or invalid' },
    { name: 'of too much', options: { maxBytes: 1_000 }, code: 413, detail: 'Request Entity Too Large' },
    { name: 'of too many', options: { maxEntries: 10 }, code: 400, detail: 'More than 10 entries' },
  ])('understands a refusal $name', async ({ options, code, detail }) => {
    const emulator = await started(options);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const refused = { code, body: { errors: [{ status: String(code), detail }] } };
    await expect(submit(emulator, items(20))).rejects.toMatchObject(refused);
    expect(emulator.logs).toEqual([]);
  });
});
