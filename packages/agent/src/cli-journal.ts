/** The part of the command line by which a person tells the journal what it cannot know. */
import { type Command, Option } from 'commander';
import type { Surroundings } from './surroundings.ts';

interface AdoptFlags {
  readonly config: string;
  readonly source?: string;
}

/** Adds `journal`; `done` takes the exit code. */
export function addJournal(program: Command, surroundings: Surroundings, done: (code: number) => void): void {
  const journal = program.command('journal').description('tell the journal what it cannot know, while no agent runs');
  journal
    .command('adopt')
    .description(
      'say that a source reads the same log as before, though its dialect, organization, URL or key has changed',
    )
    .option('--source <name>', 'which one; may be left out where there is one')
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .action(async (flags: AdoptFlags) => {
      const { adopt } = await import('./commands/journal.ts');
      done(await adopt(flags, surroundings));
    });
  journal
    .command('restored')
    .description(
      'say that the journal is an older copy, such as a snapshot of its disk: what may have been sent goes out as replay',
    )
    .addOption(new Option('-c, --config <file>', 'the configuration').default('audit-relay.yaml'))
    .action(async (flags: { readonly config: string }) => {
      const { restored } = await import('./commands/journal.ts');
      done(await restored(flags, surroundings));
    });
}
