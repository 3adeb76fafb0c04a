/** The part of the command line that writes a first configuration. */
import { type Command, Option } from 'commander';
import type { ProcessIO } from './process-io.ts';

interface InitFlags {
  readonly config: string;
  readonly source: readonly string[];
  readonly sink: readonly string[];
  readonly from?: string;
  readonly print?: true;
}

/** Adds `init`; `done` takes the exit code. */
export function addInit(program: Command, io: ProcessIO, done: (code: number) => void): void {
  const each = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  program
    .command('init')
    .description('write a first configuration, commented and valid; asks what it is not told, and never for a secret')
    .addOption(new Option('-c, --config <file>', 'the file to be written').default('audit-relay.yaml'))
    .addOption(new Option('--source <name>', 'an organization, once for each').argParser(each).default([], 'openai'))
    .addOption(new Option('--sink <type>', 'where events go, once for each').argParser(each).default([], 'asks'))
    .option('--from <time>', 'read events since then: 2026-01-01, or how long ago, such as 90d')
    .option('--print', 'write it to stdout, and no file')
    .action(async ({ source: sources, sink: sinks, print, ...rest }: InitFlags) => {
      const { init } = await import('./commands/init.ts');
      const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
      const terminal = isTerminal ? { terminal: { input: process.stdin, output: process.stderr } } : {};
      done(await init({ ...rest, ...terminal, sources, sinks, print: print === true }, io));
    });
}
