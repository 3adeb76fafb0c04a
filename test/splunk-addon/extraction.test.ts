/**
 * Splunk reads the fields of JSON from the first 5,000 bytes of an event, and 100 of them. An add-on for Splunk Cloud may not
 * lift these limits, so what an analyst needs stands within them, and what may not is read by a JSON function too.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { builtAddon, filesOf } from './archive.ts';
import { FORMATS, type Format, indexed, recordOf, samplesIn } from './documents.ts';
import { CUTOFF_BYTES, FIELD_LIMIT, leavesOf } from './json-fields.ts';
import { type SearchHead, searchHead } from './search-time.ts';

/** Event id, action, time, who did it, from where, and in which project. */
const KEYS: Readonly<Record<Format, readonly string[]>> = {
  ecs: [
    '@timestamp',
    'event.id',
    'event.action',
    'user.id',
    'user.name',
    'user.email',
    'openai.audit.actor.api_key.id',
    'source.ip',
    'source.address',
    'openai.audit.project.id',
  ],
  ocsf: [
    'time',
    'metadata.original_event_uid',
    'metadata.event_code',
    'actor.user.uid',
    'actor.user.name',
    'actor.user.email_addr',
    'actor.session.credential_uid',
    'src_endpoint.ip',
    'src_endpoint.name',
    'cloud.account.uid',
  ],
  raw: [
    'effective_at',
    'id',
    'type',
    'actor.session.user.id',
    'actor.session.user.email',
    'actor.api_key.id',
    'actor.api_key.user.id',
    'actor.api_key.user.email',
    'actor.api_key.service_account.id',
    'actor.session.ip_address',
    'project.id',
  ],
};

let search: SearchHead;

beforeAll(async () => {
  search = searchHead(filesOf((await builtAddon()).content));
});

describe.each(FORMATS)('%s: of every sample event', (format) => {
  test(`time, id and action are there, and all key fields end within ${CUTOFF_BYTES} bytes`, async () => {
    const [time = '', id = '', action = ''] = KEYS[format];
    const late: string[] = [];
    for (const { raw, type } of await samplesIn(format)) {
      const leaves = leavesOf(raw);
      const keys = leaves.filter(({ field }) => KEYS[format].includes(field));
      expect(keys.map(({ field }) => field)).toEqual(expect.arrayContaining([time, id, action]));
      late.push(
        ...keys.flatMap(({ field, endByte }) => (endByte > CUTOFF_BYTES ? [`${type} ${field} ${endByte}`] : [])),
      );
    }
    expect(late).toEqual([]);
  });

  test(`key fields are among the first ${FIELD_LIMIT}`, async () => {
    for (const { raw } of await samplesIn(format)) {
      const names = [...new Set(leavesOf(raw).map(({ field }) => field))];
      const places = KEYS[format].map((field) => names.indexOf(field));
      expect(Math.max(...places)).toBeLessThan(FIELD_LIMIT);
    }
  });

  test('some are far beyond both limits, so that these tests can fail', async () => {
    const lengths = (await samplesIn(format)).map(({ raw }) => Buffer.byteLength(raw));
    expect(Math.max(...lengths)).toBeGreaterThan(10 * CUTOFF_BYTES);
  });
});

const FAT = 'x'.repeat(20_000);
const key = { type: 'api_key', api_key: { id: 'key_1' } };
const agent = { user: { id: 'user-1', email: 'ada@example.com' }, ip_address: '192.0.2.1', user_agent: FAT };

describe.each(FORMATS)('%s: an event that is far larger has them too', (format) => {
  const ada = { user: 'ada@example.com', user_id: 'user-1', src: '192.0.2.1', project_id: 'proj_1' };

  test.each([
    [
      'by its payload',
      recordOf('role.updated', { id: 'role_1', permissions_added: [FAT] }),
      { ...ada, object_id: 'role_1' },
    ],
    [
      'by a certificate',
      recordOf('certificate.deleted', { id: 'cert_1', certificate: FAT }),
      { ...ada, object_id: 'cert_1' },
    ],
    [
      'by the name of its client',
      recordOf('login.succeeded', {}, { actor: { type: 'session', session: agent } }),
      { ...ada, user_type: 'session', action: 'success' },
    ],
    [
      'and is by a key',
      recordOf('api_key.deleted', { id: 'key_2', note: FAT }, { actor: key }),
      { user: 'key_1', api_key_id: 'key_1', authentication_method: 'api_key', src: 'unknown', object_id: 'key_2' },
    ],
    [
      'and is about an account',
      recordOf('user.updated', { id: 'user-2', note: FAT, changes_requested: { role: 'owner' } }),
      { user: 'user-2', src_user: 'ada@example.com', object_attrs: 'role', src: '192.0.2.1' },
    ],
  ])('%s', async (_, record, expected) => {
    for (const original of [false, true]) {
      const [event] = await indexed([record], format, { original });
      if (event === undefined) throw new Error('no event');
      const { fields } = search(event);
      const found = Object.keys(expected).map((name) => [name, fields.get(name)?.join()]);
      const { id: event_id, type: event_action } = event;
      expect({
        ...Object.fromEntries(found),
        event_id: fields.get('event_id'),
        event_action: fields.get('event_action'),
      }).toEqual({
        ...expected,
        event_id: [event_id],
        event_action: [event_action],
      });
    }
  });
});
