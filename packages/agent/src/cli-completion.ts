/** The part of the command line that helps to type it. */
import { Argument, type Command } from 'commander';
import { candidatesFor } from './completion/candidates.ts';
import { SCRIPTS, SHELLS, type Shell } from './completion/scripts.ts';
import type { ProcessIO } from './process-io.ts';

/** Adds `completion`, and the hidden `complete` that its scripts ask. */
export function addCompletion(program: Command, io: ProcessIO): void {
  program
    .command('completion')
    .description('print what completes this command in a shell')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .action((shell: Shell) => io.out(SCRIPTS[shell]));
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action((words: readonly string[]) => {
      const lines = candidatesFor(program, words).map(
        ({ word, about }) => `${word}\t${about.replaceAll(/\s+/g, ' ')}\n`,
      );
      io.out(lines.join(''));
    });
}
