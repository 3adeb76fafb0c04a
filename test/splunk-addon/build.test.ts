/** The add-on as a file: what `npm run addon` and `audit-relay setup --out` make of the package's folder. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { known } from '@audit-relay/core';
import { splunkHec } from '@audit-relay/sink-splunk-hec';
import { afterAll, describe, expect, test } from 'vitest';
import { builtAddon, filesOf, listingOf, ROOT } from './archive.ts';
import { readConf } from './conf.ts';
import { FORMATS, samplesIn } from './documents.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-addon-'));
afterAll(() => rmSync(folder, { recursive: true }));

const workspace = new URL(new URL('../../', import.meta.url).href.replace('/test/dist/', '/'));
const read = (path: string): string => readFileSync(new URL(path, workspace), 'utf8');
const { version } = JSON.parse(read('packages/sink-splunk-hec/package.json'));
const addon = await builtAddon();
const files = filesOf(addon.content);

describe('the archive', () => {
  test('is named by the package’s version, which the add-on says too', () => {
    expect(addon.name).toBe(`${ROOT}-${version}.tgz`);
    const app = readConf(files.get('default/app.conf') ?? '');
    expect([app.get('launcher')?.get('version'), app.get('id')?.get('version')]).toEqual([version, version]);
    expect(JSON.parse(files.get('app.manifest') ?? '').info.id).toEqual({ group: null, name: ROOT, version });
  });

  test('is the same bytes each time', async () => {
    expect(Buffer.compare((await builtAddon()).content, addon.content)).toBe(0);
  });

  test('is one folder, sorted, with plain modes and one time', () => {
    const path = join(folder, addon.name);
    writeFileSync(path, addon.content);
    const entries = listingOf(path).map((line) => line.split(/\s+/));
    expect(new Set(entries.map(([mode, owner]) => `${mode} ${owner}`))).toEqual(
      new Set(['drwxr-xr-x root/root', '-rw-r--r-- root/root']),
    );
    expect(new Set(entries.map(([, , , day, time]) => `${day} ${time}`)).size).toBe(1);
    const names = entries.map(([, , , , , name = '']) => name);
    expect(names).toEqual([...names].toSorted());
    expect(names.filter((name) => name !== `${ROOT}/` && !name.startsWith(`${ROOT}/`))).toEqual([]);
  });

  test('holds every file of the folder, and no limits.conf, which Splunk Cloud refuses', () => {
    const there = [...files.keys()];
    expect(there).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'app.manifest', 'metadata/default.meta']));
    expect(there.filter((path) => /limits\.conf|^local\/|^bin\//.test(path))).toEqual([]);
    expect(files.get('LICENSE')).toBe(read('LICENSE'));
  });

  test('has nothing left to be put in', () => {
    // What stands between two @ in a search is a time, such as -20m@m.
    const open = [...files].flatMap(([path, text]) =>
      [...text.matchAll(/@[A-Z_]+[@{]|@\{/g)].map(([mark]) => `${path}: ${mark}`),
    );
    expect(open).toEqual([]);
  });

  test('every .conf can be read, and no setting is there twice', () => {
    const confs = [...files].filter(([path]) => path.endsWith('.conf') || path.endsWith('.meta'));
    expect(confs.length).toBeGreaterThan(7);
    for (const [, text] of confs) expect(readConf(text).size).toBeGreaterThan(0);
  });
});

describe('the settings for the index', () => {
  const props = readConf(files.get('default/props.conf') ?? '');

  test('are there for every source type that the sink sends, and let its largest event in', async () => {
    const config = splunkHec.configSchema.parse({ url: 'https://splunk.example.com:8088', token: 'none' });
    for (const format of FORMATS) {
      const [sample] = await samplesIn(format);
      const settings = props.get(sample?.sourcetype ?? '');
      expect(Number(settings?.get('TRUNCATE'))).toBeGreaterThanOrEqual(splunkHec.limits(config).maxEventBytes);
    }
    expect(props.size).toBe(FORMATS.length);
  });

  /** The two formats of time that are used, as strptime reads them. */
  const readers: Readonly<Record<string, (text: string) => number>> = {
    '%Y-%m-%dT%H:%M:%S.%3NZ': (text) => Date.parse(/^[\d-]+T[\d:]+\.\d{3}Z/.exec(text)?.[0] ?? '') / 1_000,
    '%s%3N': (text) => Number(/^\d{13}/.exec(text)?.[0]) / 1_000,
    '%s': (text) => Number(/^\d+/.exec(text)?.[0]),
  };

  test.each(FORMATS)('find the time of a document that comes another way: %s', async (format) => {
    const samples = await samplesIn(format);
    const settings = props.get(`openai:audit:${format}`);
    const prefix = new RegExp(settings?.get('TIME_PREFIX') ?? 'none');
    const read = readers[settings?.get('TIME_FORMAT') ?? ''];
    const wrong = samples.flatMap(({ raw, time, type }) => {
      const { 0: before = '', index = 0 } = prefix.exec(raw) ?? {};
      const start = index + before.length;
      const text = raw.slice(start, start + Number(settings?.get('MAX_TIMESTAMP_LOOKAHEAD')));
      return read?.(text) === time ? [] : [`${type}: ${text} for ${time}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('the lookup', () => {
  const [header = '', ...rows] = (files.get('lookups/openai_audit_actions.csv') ?? '').trim().split('\n');
  const names = rows.map((row) => row.split(',')[0] ?? '');

  test('is what npm run addon would write', () => {
    const script = new URL('scripts/splunk-addon.mjs', workspace).pathname;
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('has every event type and every old name once, and after them the patterns', () => {
    const types = known.types().map(([type]) => type);
    const patterns = known.patterns().map(([pattern]) => pattern);
    expect(names).toEqual([...types, ...known.oldNames().keys(), ...patterns]);
    expect(new Set(names).size).toBe(names.length);
    expect(patterns.at(-1)).toBe('*');
  });

  test('needs no quotes, and has as many values a row as columns', () => {
    expect(rows.filter((row) => /["\r]/.test(row) || row.split(',').length !== header.split(',').length)).toEqual([]);
  });
});

describe('the word of setup', () => {
  const file = async (keys: object): Promise<string> => {
    const config = splunkHec.configSchema.parse({ url: 'https://splunk.example.com:8088', token: 'none', ...keys });
    return (await splunkHec.files?.(config))?.[0]?.detail ?? '';
  };

  test.each([
    [{}, /Splunk Web/],
    [{ sourcetype: 'openai:audit:raw' }, /Splunk Web/],
    [{ sourcetype: 'mine' }, /nothing for the source type mine of this sink: leave sourcetype out/],
  ])('%j', async (keys, words) => {
    expect(await file(keys)).toMatch(words);
  });
});
