/**
 * What an editor says of a configuration: the real YAML language server with the published schema, on the examples, on files
 * with one mistake each, and on a key that somebody points at.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../docs/markdown.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri?: string; readonly diagnostics?: readonly Diagnostic[]; readonly items?: unknown[] };
  readonly result?: unknown;
}

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

/** It asks for its settings, section by section: nothing is had from the network. */
function settingsFor({ params }: Message): readonly object[] {
  const asked = (params?.items ?? []) as readonly { readonly section?: string }[];
  return asked.map(({ section }) =>
    section === 'yaml' ? { validate: true, hover: true, schemaStore: { enable: false } } : {},
  );
}

/** A client of the language server protocol, as far as this needs one. */
class Editor {
  readonly #server: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #diagnostics = new Map<string, (all: readonly Diagnostic[]) => void>();
  #read = Buffer.alloc(0);
  #last = 0;

  constructor(file: string) {
    this.#server = spawn(process.execPath, [file, '--stdio']);
    this.#server.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  async begin(folder: string): Promise<void> {
    const capabilities = { workspace: { configuration: true }, textDocument: { publishDiagnostics: {}, hover: {} } };
    await this.ask('initialize', { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities });
    this.#tell({ method: 'initialized', params: {} });
  }

  /** What it says of this text. */
  open(uri: string, text: string): Promise<readonly Diagnostic[]> {
    const said = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnostics.set(uri, resolve));
    this.#tell({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    return said;
  }

  ask(method: string, params: object): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    const answered = new Promise<unknown>((resolve) => this.#answers.set(id, resolve));
    this.#tell({ id, method, params });
    return answered;
  }

  end(): void {
    this.#server.kill('SIGKILL');
  }

  #tell(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #take(chunk: Buffer): void {
    this.#read = Buffer.concat([this.#read, chunk]);
    for (;;) {
      const head = this.#read.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#read.subarray(0, Math.max(0, head)).toString())?.[1]);
      if (head < 0 || this.#read.length < head + 4 + length) return;
      const body = this.#read.subarray(head + 4, head + 4 + length).toString();
      this.#read = this.#read.subarray(head + 4 + length);
      this.#heed(JSON.parse(body) as Message);
    }
  }

  #heed(message: Message): void {
    const { id, method, params, result } = message;
    if (method === 'textDocument/publishDiagnostics') {
      this.#diagnostics.get(params?.uri ?? '')?.(params?.diagnostics ?? []);
    }
    if (id === undefined) return;
    if (method === undefined) this.#answers.get(id)?.(result);
    else this.#tell({ id, result: method === 'workspace/configuration' ? settingsFor(message) : null });
  }
}

const CONFIG = join(ROOT, 'config');
const SCHEMA = 'audit-relay.schema.json';
const HEAD = `# yaml-language-server: $schema=./${SCHEMA}\n`;
const SOURCE = 'sources:\n  acme: { type: openai, api_key: "${KEY}" }\n';
const examples = readdirSync(CONFIG).filter((name) => name.endsWith('.yaml'));

let folder = '';
let editor: Editor;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-editor-'));
  copyFileSync(join(CONFIG, SCHEMA), join(folder, SCHEMA));
  const manifest = createRequire(import.meta.url).resolve('yaml-language-server/package.json');
  editor = new Editor(join(dirname(manifest), 'bin/yaml-language-server'));
  await editor.begin(folder);
});
afterAll(() => {
  editor.end();
  rmSync(folder, { recursive: true, force: true });
});

function uriOf(name: string): string {
  return pathToFileURL(join(folder, name)).href;
}

test.each(examples)('it has nothing to say of %s', async (name) => {
  expect(await editor.open(uriOf(name), readFileSync(join(CONFIG, name), 'utf8'))).toEqual([]);
});

describe('it names', () => {
  test.each<{ name: string; text: string; line: number; says: RegExp }>([
    {
      name: 'a key of the top that there is not',
      text: `${SOURCE}sinks: { a: { type: stdout } }\njurnal: {}\n`,
      line: 4,
      says: /jurnal/,
    },
    { name: 'a part that is missing', text: SOURCE, line: 1, says: /sinks/ },
    {
      name: 'a number in words',
      text: `${SOURCE.replace(' }', ', requests_per_second: many }')}sinks: { a: { type: stdout } }\n`,
      line: 2,
      says: /./,
    },
    {
      name: 'a key of a source that there is not',
      text: `${SOURCE.replace(' }', ', apikey: x }')}sinks: { a: { type: stdout } }\n`,
      line: 2,
      says: /apikey/,
    },
    {
      name: 'a format that there is not',
      text: `${SOURCE}sinks:\n  a:\n    type: stdout\n    format: xml\n`,
      line: 6,
      says: /./,
    },
    {
      name: 'a key of Splunk’s that is missing',
      text: `${SOURCE}sinks:\n  a:\n    type: splunk-hec\n    url: https://a:1\n`,
      line: 4,
      says: /token/,
    },
  ])('$name', async ({ name, text, line, says }) => {
    const said = await editor.open(uriOf(`${name.replaceAll(/\W/g, '-')}.yaml`), HEAD + text);
    expect(said.map(({ message }) => message).join('\n')).toMatch(says);
    expect(said.map(({ range }) => range.start.line)).toContain(line);
  });
});

test('it says what a key is for, with an example', async () => {
  const uri = uriOf('hover.yaml');
  await editor.open(uri, `${HEAD}${SOURCE}sinks:\n  a:\n    type: file\n    path: ./x\n`);
  const at = { textDocument: { uri }, position: { line: 6, character: 6 } };
  const said = JSON.stringify(await editor.ask('textDocument/hover', at));
  expect(said).toContain('events.ecs.ndjson');
});
