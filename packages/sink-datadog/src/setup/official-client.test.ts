/** Datadog's client is there, is not, or is another than ours is written for. */
import { expect, test } from 'vitest';
import { CLIENT_PACKAGE, INSTALL, loadOfficialClient } from './official-client.ts';

const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });

/** Finds what is listed, and nothing else. */
function loadOf(modules: Readonly<Record<string, unknown>>) {
  return async (name: string): Promise<unknown> => {
    const found = Object.entries(modules).find(([end]) => name.endsWith(end));
    if (found === undefined) throw missing;
    return found[1];
  };
}

test('it is loaded, with the models of both versions of the API', async () => {
  const official = await loadOfficialClient();
  expect(official?.v1Models.deserialize({ name: 'a' }, 'LogsPipeline', '')).toMatchObject({ name: 'a' });
  expect(official?.v2Models.deserialize({ status: 'ok' }, 'ValidateAPIKeyResponse', '')).toMatchObject({
    status: 'ok',
  });
});

test('without it there is none, and no error', async () => {
  expect(await loadOfficialClient(loadOf({}))).toBeUndefined();
  expect(INSTALL).toContain(`npm install ${CLIENT_PACKAGE}@^1.64.0`);
});

test.each([
  { what: 'without its models', modules: { [CLIENT_PACKAGE]: { client: {}, v1: {}, v2: {} } } },
  {
    what: 'with models of another name',
    modules: { [CLIENT_PACKAGE]: { client: {}, v1: {}, v2: {} }, '.js': { Serializer: {} } },
  },
  {
    what: 'without a group of calls',
    modules: { [CLIENT_PACKAGE]: { client: {}, v1: {} }, '.js': { ObjectSerializer: {} } },
  },
])('a version $what is told with the command that mends it', async ({ modules }) => {
  await expect(loadOfficialClient(loadOf(modules))).rejects.toThrow(INSTALL);
});

test('what else keeps it from loading is told as it is', async () => {
  const broken = async (): Promise<unknown> => {
    throw new SyntaxError('Unexpected token');
  };
  await expect(loadOfficialClient(broken)).rejects.toThrow('Unexpected token');
});
