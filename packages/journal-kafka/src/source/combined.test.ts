/** `configure` over sources that live in different partitions, as the core decides it for one folder. */
import { describe, expect, test } from 'vitest';
import { SourceStore } from '../table/source-store.ts';
import { configuredWrites } from './combined.ts';

const START = { version: 1, startSeconds: 1, startProvisional: false, done: [], passes: {} } as const;
const origin = { dialect: 'audit_logs', baseUrl: 'https://a/v1', key: 'k1' } as const;
const FEEDS = ['organization'] as const;

/** One that was configured and read before. */
function known(name: string): readonly [string, SourceStore] {
  const store = new SourceStore();
  const first = configuredWrites(new Map(), { sources: [{ name, feeds: FEEDS, origin }], lanes: [] }).get(name) ?? [];
  store.apply([...first, { table: 'checkpoints', key: [name, 'organization'], value: START }]);
  return [name, store];
}

/** Of one, as many hours of ids as the test likes. */
function withIds(store: SourceStore, name: string, hours: number): SourceStore {
  const writes = Array.from({ length: hours }, (_, hour) => ({ key: [name, hour, 0], value: new Uint8Array(1) }));
  store.apply(writes.map((write) => ({ table: 'seen', ...write })));
  return store;
}

describe('a configuration', () => {
  test('looks at no id but for the hours of a source of which a feed is left out', () => {
    const asked: string[] = [];
    const sources = new Map(
      ['acme', 'bolt', 'crow'].map((source) => {
        const [name, store] = known(source);
        withIds(store, name, 3);
        const { seen } = store;
        const getKeys = seen.getKeys.bind(seen);
        seen.getKeys = (range) => {
          asked.push(name);
          return getKeys(range);
        };
        return [name, store] as const;
      }),
    );
    const writes = configuredWrites(sources, {
      sources: [
        { name: 'acme', feeds: ['tenant'], origin },
        { name: 'bolt', feeds: FEEDS, origin },
        { name: 'crow', feeds: FEEDS, origin },
      ],
      lanes: [],
    });
    expect(new Set(asked)).toEqual(new Set(['acme']));
    expect([...writes.keys()]).toEqual(['acme']);
    expect(writes.get('acme')).toContainEqual({
      table: 'checkpoints',
      key: ['acme', 'organization'],
      value: expect.objectContaining({ halfRead: expect.anything() }),
    });
  });

  test('writes of a source that is new its feeds and its binding, of one that is left out that it is, and nothing of one that is as it was', () => {
    const sources = new Map([known('acme'), known('bolt')]);
    const writes = configuredWrites(sources, {
      sources: [
        { name: 'acme', feeds: FEEDS, origin },
        { name: 'crow', feeds: ['tenant'], origin: { ...origin, key: 'k2', organization: 'org-9' } },
        { name: 'bolt', feeds: FEEDS, origin },
      ],
      lanes: [],
    });
    expect(Object.fromEntries([...writes].map(([name, all]) => [name, all.map(({ table }) => table)]))).toEqual({
      crow: ['bindings', 'meta'],
    });
    const left = configuredWrites(sources, { sources: [{ name: 'acme', feeds: FEEDS, origin }], lanes: [] });
    expect(left.get('bolt')?.find(({ table }) => table === 'meta')?.value).toMatchObject({ sources: [] });
  });

  test('is refused where a source seems renamed, whatever partition it lived in', () => {
    const asked = { sources: [{ name: 'other', feeds: FEEDS, origin }], lanes: [] };
    expect(() => configuredWrites(new Map([known('acme')]), asked)).toThrow(
      expect.objectContaining({ code: 'SOURCE_RENAMED' }),
    );
  });

  test('is refused where a source would read another organization, and nothing of the stores is changed', () => {
    const [name, store] = known('acme');
    const asked = {
      sources: [{ name, feeds: FEEDS, origin: { ...origin, dialect: 'organization_logs' } }],
      lanes: [],
    } as const;
    expect(() => configuredWrites(new Map([[name, store]]), asked)).toThrow(
      expect.objectContaining({ code: 'SOURCE_CHANGED' }),
    );
    expect(store.checkpoints.get([name, 'organization'])).toEqual(START);
  });
});
