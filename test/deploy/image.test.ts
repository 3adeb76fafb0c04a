/**
 * What the image holds, and that the agent runs from it: as a stranger without rights, on a root that cannot be written,
 * as PID 1, with no shell in reach, and that it drains when it is asked to end.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, startSimulator } from '@audit-relay/openai-simulator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../services/command.ts';
import { needed } from '../services/needed.ts';
import { type Container, container, copiedLayers, imageRoot, stateFolder, WORKSPACE } from './image-root.ts';

const image = needed({
  name: 'root of the image',
  get: imageRoot,
  giveBack: async ({ remove }) => remove(),
});

const SINKS = ['datadog', 'elasticsearch', 'kafka', 'splunk-hec'];
const EVENTS = 300;
const MAX_BYTES = 120e6;

function filesIn(folder: string): readonly string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}

describe('the tree', () => {
  test('is smaller than 120 MB without Node itself', () => {
    const bytes = filesIn(image().root).reduce((sum, path) => sum + statSync(path).size, 0);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  test('has no types, no source maps and nothing that names one, no tests and no tools', () => {
    const files = filesIn(image().root);
    expect(
      files.filter((path) =>
        /\.ts$|\.map$|\.test\.|__fixtures__|@audit-relay\/(sink-testkit|openai-simulator)/.test(path),
      ),
    ).toEqual([]);
    const programs = files.filter((path) => /\.[cm]?js$/.test(path));
    expect(programs.length).toBeGreaterThan(500);
    const naming = programs.filter((path) => /^\/\/[#@] sourceMappingURL=(?!data:)/m.test(readFileSync(path, 'utf8')));
    expect(naming).toEqual([]);
  });

  test('keeps the terms of each package that has some', () => {
    const { root } = image();
    const packages = filesIn(join(root, 'app')).filter((path) =>
      /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
    );
    const without = packages
      .map((path) => join(path, '..'))
      .filter((folder) => {
        const source = join(WORKSPACE, folder.slice(join(root, 'app').length));
        const terms = (names: readonly string[]): readonly string[] =>
          names.filter((name) => /^licen[cs]e/i.test(name));
        return terms(readdirSync(folder)).length < terms(namesIn(source)).length;
      });
    expect(without).toEqual([]);
  });

  test('is laid out as the Dockerfile copies it, one layer a sink', () => {
    const simulator = copiedLayers('simulator');
    expect(copiedLayers('relay')).toEqual(['relay', ...SINKS.map((type) => `sink-${type}`)]);
    expect(readdirSync(image().tree).toSorted()).toEqual([...copiedLayers('relay'), ...simulator].toSorted());
  });

  test('names what it is made of', () => {
    const bill = JSON.parse(readFileSync(join(image().root, 'app/sbom.cdx.json'), 'utf8'));
    const names = bill.components.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['lmdb', 'undici', 'kafkajs', 'nanotar', 'pino', 'preact']));
    expect(names).not.toContain('vitest');
  });

  test('can be made for the other architecture, with its own machine code', async () => {
    const other = process.arch === 'arm64' ? { name: 'amd64', machine: 62 } : { name: 'arm64', machine: 183 };
    const out = mkdtempSync(join(tmpdir(), 'audit-relay-image-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const args = ['scripts/image-tree.mjs', '--out', out, '--arch', other.name];
    await runCommand({ file: process.execPath, args, cwd: WORKSPACE });
    const libraries = filesIn(out).filter((path) => path.endsWith('.node'));
    expect(libraries.length).toBeGreaterThan(0);
    // e_machine of the ELF header stands in bytes 18 and 19.
    expect(new Set(libraries.map((path) => readFileSync(path).readUInt16LE(18)))).toEqual(new Set([other.machine]));
  });
});

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

describe('a container of it', () => {
  /** Starts the agent on a simulated log; its events go to a file beside the journal. */
  async function relaying(): Promise<{ readonly relay: Container; readonly state: string }> {
    const simulator = await startSimulator({ events: EVENTS });
    const config = mkdtempSync(join(tmpdir(), 'audit-relay-config-'));
    const state = stateFolder();
    const text = {
      sources: {
        acme: {
          type: 'openai',
          api_key: '${file:/etc/audit-relay/key}',
          base_url: simulator.url,
          poll_interval: '1s',
          backfill_start_time: '2d',
        },
      },
      journal: { path: '/var/lib/audit-relay/journal' },
      sinks: { archive: { type: 'file', path: '/var/lib/audit-relay/events.ndjson' } },
      http: { listen: '127.0.0.1:0' },
    };
    writeFileSync(join(config, 'audit-relay.yaml'), JSON.stringify(text), { mode: 0o644 });
    writeFileSync(join(config, 'key'), defaultKey, { mode: 0o644 });
    chmodSync(config, 0o755);
    const relay = container(image(), ['run', '--config', '/etc/audit-relay/audit-relay.yaml'], { config, state });
    onTestFinished(async () => {
      relay.child.kill('SIGKILL');
      await simulator.close();
      for (const folder of [config, state]) rmSync(folder, { recursive: true, force: true });
    });
    return { relay, state };
  }

  test('delivers everything as PID 1, and drains with 0 at SIGTERM', async () => {
    const { relay, state } = await relaying();
    const [, url = ''] = await relay.seen(/status at (http:[^ "]+)\/status/);
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<div id="page">');
    const pid = await relay.pid;
    await expect
      .poll(async () => Object(await (await fetch(`${url}/status`)).json()).journal.lanes.archive, { timeout: 60_000 })
      .toMatchObject({ behindEntries: 0, law: { journaled: EVENTS, acked: EVENTS } });
    const facts = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(facts).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(facts).toMatch(/^CapEff:\t0+$/m);

    process.kill(pid, 'SIGTERM');

    const { code, talk } = await relay.ended;
    expect({ code, talk }).toMatchObject({ code: 0, talk: expect.stringContaining('"STOPPED"') });
    expect(talk).not.toMatch(/EROFS|EACCES|"level":"(error|warn)"/);
    const written = readFileSync(join(state, 'events.ndjson'), 'utf8').trimEnd().split('\n');
    expect(new Set(written.map((line) => JSON.parse(line).event.id)).size).toBe(EVENTS);
  });

  test('has every sink installed', async () => {
    const state = stateFolder();
    onTestFinished(() => rmSync(state, { recursive: true, force: true }));
    const { ended } = container(image(), ['sinks', '--json'], { config: state, state });
    const { out, talk } = await ended;
    expect(talk).toBe('');
    const rows: readonly { readonly type: string; readonly state: string }[] = JSON.parse(out);
    expect(rows.filter(({ state: is }) => is === 'installed').map(({ type }) => type)).toEqual(SINKS);
    expect(rows.filter(({ state: is }) => is === 'available')).toEqual([]);
  });
});
