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

describe('a configuration', () => {
  test('writes of each source its feeds and its binding, and of one that is left out that it is', () => {
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
      acme: ['bindings'],
      bolt: ['bindings'],
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
