/**
 * What users get: the packages as tarballs, installed in one command into an empty folder, at work there. Nothing
 * of this workspace is in reach, so a file or a dependency that a package forgot is missing here as it would be there.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For the demo and for trials: nothing that runs with a key brings it. */
const SIMULATOR = '@audit-relay/openai-simulator';
const PRODUCT = [
  '@audit-relay/sink',
  '@audit-relay/sink-http',
  '@audit-relay/core',
  '@audit-relay/sink-datadog',
  '@audit-relay/sink-elasticsearch',
  '@audit-relay/sink-kafka',
  '@audit-relay/sink-splunk-hec',
  'audit-relay',
];
const PACKAGES = [...PRODUCT, SIMULATOR];
const EVENTS = 60;

let folder = '';
let packed: readonly Pack[] = [];

/** The part read of what `npm pack --json` prints for each tarball. */
interface Pack {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

beforeAll(async () => {
  // macOS' temporary folder is a link; npm compares real paths.
  folder = await mkdtemp(join(await realpath(tmpdir()), 'audit-relay-pack-'));
  // Without it npm would look for a project in the folders above.
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const workspaces = PACKAGES.flatMap((name) => ['-w', name]);
  const { stdout } = await command(['npm', 'pack', '--json', '--pack-destination', folder, ...workspaces], ROOT);
  packed = JSON.parse(stdout) as readonly Pack[]; // npm's own answer
  await install(PRODUCT);
});

/** In one command, as a user would from the registry. */
async function install(names: readonly string[]): Promise<void> {
  const tarballs = packed.filter(({ name }) => names.includes(name)).map(({ filename }) => `./${filename}`);
  await command(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs], folder);
}

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs to the end, without a shell. Rejects, with what was printed, when the exit code is not 0. */
function command([program = '', ...args]: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(program, args, { cwd, maxBuffer: 16 * 1024 * 1024 });
}

/** Starts an installed command; `firstLines(n)` resolves with that many lines of its stdout. */
function start(name: string, args: readonly string[]) {
  const child = spawn(join(folder, 'node_modules', '.bin', name), args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let talk = '';
  child.stderr.on('data', (text) => {
    talk += String(text);
  });
  const ended = once(child, 'exit');
  return {
    async firstLines(count: number): Promise<readonly string[]> {
      const lines: string[] = [];
      for await (const line of createInterface(child.stdout)) {
        lines.push(line);
        if (lines.length === count) return lines;
      }
      throw new Error(`${name} ended after ${lines.length} lines of ${count}:\n${talk}`);
    },
    /** Asks it to end → its exit code. */
    async end(): Promise<unknown> {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}

/** @param sink a line of YAML for one more of them. */
async function writeConfig(baseUrl: string, sink = ''): Promise<void> {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString();
  const text = `
sources:
  acme:
    type: openai
    api_key: \${KEY:-sk-admin-simulator}
    base_url: ${baseUrl}
    poll_interval: 1s
    backfill_start_time: ${yesterday}
journal: { path: ./data }
sinks:
  out: { type: stdout, format: ecs }
  ${sink}
http: { listen: 127.0.0.1:0 }
`;
  await writeFile(join(folder, 'audit-relay.yaml'), text);
}

describe('the tarballs', () => {
  test.each(PACKAGES)('%s holds its licence and types, and no test or build record', (name) => {
    const paths = packed.find((each) => each.name === name)?.files.map(({ path }) => path) ?? [];

    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'package.json', 'dist/index.d.ts', 'dist/index.js']));
    expect(paths.filter((path) => /\.test\.|__fixtures__|tsbuildinfo/.test(path))).toEqual([]);
  });

  test('of the agent hold the examples and the schema, as they stand in the top folder', async () => {
    const paths = packed.find(({ name }) => name === 'audit-relay')?.files.map(({ path }) => path) ?? [];
    const examples = (await readdir(join(ROOT, 'config'))).map((name) => `config/${name}`);

    expect(paths.filter((path) => path.startsWith('config/')).toSorted()).toEqual(examples.toSorted());
  });

  test('of the agent hold the status page, with the licences of what is in it', () => {
    const paths = packed.find(({ name }) => name === 'audit-relay')?.files.map(({ path }) => path) ?? [];
    const page = paths
      .filter((path) => path.startsWith('dist/page/'))
      .map((path) => path.replace(/-[\w-]+(?=\.\w+$)/, ''));
    const assets = ['icon.svg', 'index.css', 'index.js'].map((name) => `dist/page/assets/${name}`);

    expect(page.toSorted()).toEqual([...assets, 'dist/page/index.html', 'dist/page/licences.txt']);
    expect(paths.filter((path) => path.startsWith('page/'))).toEqual([]);
  });

  test('install with one copy of the contract', async () => {
    const found = await readdir(join(folder, 'node_modules'), { recursive: true });

    expect(found.filter((path) => path.endsWith(join('@audit-relay', 'sink')))).toHaveLength(1);
  });

  test('are of the versions that were packed', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'packages/agent/package.json'), 'utf8'));

    const { stdout } = await command(['npx', 'audit-relay', '--version'], folder);

    expect(stdout.trim()).toBe(version);
  });
});

describe('the installed command', () => {
  test('brings no test code with it, and says what its demo lacks', async () => {
    const ours = await readdir(join(folder, 'node_modules', '@audit-relay'));

    expect(ours.map((name) => `@audit-relay/${name}`).sort()).toEqual(
      PRODUCT.filter((name) => name !== 'audit-relay').sort(),
    );
    const asked = command(['npx', 'audit-relay', 'demo', '--once'], folder);
    await expect(asked).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`npm install ${SIMULATOR}`),
    });
  });

  test('has its demo once the simulator is installed beside it', async () => {
    await install([SIMULATOR]);

    const { stdout } = await command(['npx', 'audit-relay', 'demo', '--once', '--events', '20'], folder);

    expect(stdout).toMatch(/^ecs +[1-9]\d* events delivered now/m);
  });

  test('finds a good configuration good', async () => {
    await writeConfig('http://127.0.0.1:9/v1');

    await expect(command(['npx', 'audit-relay', 'validate'], folder)).resolves.toBeDefined();
  });

  test('does without Datadog’s client, and says how to get it when set-up needs it', async () => {
    const sink = 'siem: { type: datadog, site: eu, api_key: "${KEY:-none}", app_key: "${KEY:-none}" }';
    await writeConfig('http://127.0.0.1:9/v1', sink);

    const { stdout } = await command(['npx', 'audit-relay', 'setup', 'datadog'], folder).catch((error) => error);

    expect(stdout).toMatch(/failed {6}client: .*not installed.*\n {14}npm install @datadog\/datadog-api-client@\^/);
    expect(await readdir(join(folder, 'node_modules'))).not.toContain('@datadog');
  });

  test('writes the Splunk add-on that the installed sink brings along', async () => {
    const sink = 'splunk: { type: splunk-hec, url: "https://splunk.example.com:8088", token: "${KEY:-none}" }';
    await writeConfig('http://127.0.0.1:9/v1', sink);

    const { stdout } = await command(['npx', 'audit-relay', 'setup', 'splunk', '--out', 'add-on'], folder);

    const [file = ''] = await readdir(join(folder, 'add-on'));
    expect(file).toMatch(/^TA-audit-relay-openai-\d+\.\d+\.\d+.*\.tgz$/);
    expect(stdout).toContain(`created     add-on/${file}`);
    const listed = await command(['tar', '-tzf', join('add-on', file)], folder);
    expect(listed.stdout).toContain('TA-audit-relay-openai/default/props.conf\n');
  });

  test('delivers what the installed simulator holds, and ends with 0 when asked', async () => {
    const simulator = start('openai-simulator', ['--port', '0', '--events', String(EVENTS), '--span', '1h']);
    const [greeting = ''] = await simulator.firstLines(1);
    await writeConfig(/http:\S+/.exec(greeting)?.[0] ?? '');

    const agent = start('audit-relay', ['run']);
    const documents = (await agent.firstLines(EVENTS)).map((line) => JSON.parse(line));

    expect(new Set(documents.map(({ event }) => event.id)).size).toBe(EVENTS);
    expect(await agent.end()).toBe(0);
    expect(await simulator.end()).toBe(0);
  });
});
