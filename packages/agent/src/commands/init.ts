/** `audit-relay init`: writes a first configuration, from flags or from what it asks on a terminal. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { problemList } from '../config/problems.ts';
import { readConfigText } from '../config/read.ts';
import { PART_NAME } from '../config/schema.ts';
import type { Terminal } from '../init/ask.ts';
import { TEMPLATES, templateOf } from '../init/templates.ts';
import { type Draft, draftOf, type Plan } from '../init/text.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';
import { codeOf, messageOf } from '../stopping.ts';
import { schema } from './schema.ts';

/** What the command line said. */
export interface InitOptions {
  /** Path of the file to be written. */
  readonly config: string;
  /** Names; with none, `openai`. */
  readonly sources: readonly string[];
  /** Types; with none, it is asked. */
  readonly sinks: readonly string[];
  readonly from?: string;
  /** Write it to stdout, and no file. */
  readonly print: boolean;
  /** Where it may ask; absent: nowhere. */
  readonly terminal?: Terminal;
}

const SCHEMA_FILE = 'audit-relay.schema.json';

/** Resolves with the exit code: 1 when the file is there already, 2 when there is nothing to go by. */
export async function init(options: InitOptions, io: ProcessIO): Promise<number> {
  const file = resolve(options.config);
  if (!options.print && existsSync(file)) {
    io.talk(`${options.config} is there, and is left as it is: name another with --config, or move it away\n`);
    return EXIT.failed;
  }
  const plan = await planOf(options);
  if (typeof plan === 'string') {
    io.talk(`${plan}\n`);
    return EXIT.usage;
  }
  const draft = draftOf(plan);
  const problems = await problemsOf(draft, options.config);
  if (problems.length > 0) {
    io.talk(`Nothing was written: it would not be valid.\n${problemList(problems)}`);
    return EXIT.badConfig;
  }
  if (options.print) io.out(draft.text);
  else if (!(await write(file, draft, io))) return EXIT.failed;
  io.talk(nextSteps(options, draft, await missingPackages(draft, options.config)));
  return EXIT.done;
}

/** What is to be written, or what is wrong with how it was asked for. */
async function planOf({ sources, sinks, from, terminal }: InitOptions): Promise<Plan | string> {
  const types = TEMPLATES.map(({ type }) => type).join(', ');
  if (sinks.length === 0) {
    if (terminal === undefined) return `Name at least one sink: audit-relay init --sink <type>; there are ${types}.`;
    const { askPlan } = await import('../init/ask.ts');
    try {
      return await askPlan(terminal);
    } catch (error) {
      if (error instanceof Error && error.name === 'ExitPromptError') return 'Nothing was written.';
      throw error;
    }
  }
  const unknown = sinks.find((type) => templateOf(type) === undefined);
  if (unknown !== undefined) return `There is no type of sink ${unknown}; there are ${types}.`;
  const bad = sources.find((name, index) => !PART_NAME.test(name) || sources.indexOf(name) !== index);
  if (bad !== undefined)
    return `${bad} is no name of a source: letters, digits, _, - and ., a letter first; each once.`;
  return {
    sources: sources.length === 0 ? ['openai'] : sources,
    ...(from === undefined ? {} : { from }),
    sinks: TEMPLATES.flatMap((template) =>
      sinks.filter((type) => type === template.type).map(() => ({ template, answers: {} })),
    ),
  };
}

type Reading = Awaited<ReturnType<typeof readConfigText>>;

/** With an example for each variable: that those are not set yet is no fault of the file. */
async function read({ text, variables }: Draft, file: string): Promise<Reading> {
  const env = Object.fromEntries(variables.map(({ variable, example }) => [variable, example]));
  return readConfigText({ file, text, env });
}

async function problemsOf(draft: Draft, file: string): Promise<Reading['problems']> {
  const { problems } = await read(draft, file);
  // A package can be installed after the file is written.
  return problems.filter(({ level, code }) => level === 'error' && code !== 'CONFIG_SINK_MISSING');
}

async function missingPackages(draft: Draft, file: string): Promise<readonly string[]> {
  const { problems } = await read(draft, file);
  return problems.flatMap(({ code, fix }) => (code === 'CONFIG_SINK_MISSING' && fix !== undefined ? [fix] : []));
}

/** Never over a file that has come meanwhile, and the schema beside it where there is none. */
async function write(file: string, { text }: Draft, io: ProcessIO): Promise<boolean> {
  try {
    writeFileSync(file, text, { flag: 'wx' });
    const folder = dirname(file);
    const parts: string[] = [];
    await schema({ folder }, { ...io, out: (part) => parts.push(part) });
    const schemaFile = join(folder, SCHEMA_FILE);
    if (!existsSync(schemaFile)) writeFileSync(schemaFile, parts.join(''), { flag: 'wx' });
    return true;
  } catch (error) {
    const code = codeOf(error);
    const why = code === 'EEXIST' ? 'it is there, and is left as it is' : messageOf(error);
    io.talk(`${file} cannot be written: ${why}\n`);
    return false;
  }
}

function nextSteps({ config, print }: InitOptions, { variables }: Draft, installs: readonly string[]): string {
  const flag = config === 'audit-relay.yaml' ? '' : ` --config ${config}`;
  const width = Math.max(...variables.map(({ variable }) => variable.length));
  return [
    ...(print ? [] : [`${config} is written, and ${SCHEMA_FILE} beside it, for editors. Set what it takes:`, '']),
    ...variables.map(({ variable, what }) => `  export ${`${variable}=…`.padEnd(width + 4)} # ${what}`),
    '',
    ...installs.map((install) => `  ${install}`),
    `  npx audit-relay doctor${flag}`,
    `  npx audit-relay run${flag}`,
    '',
  ]
    .map((line) => `${line}\n`)
    .join('');
}
