/** What `--help` of each command shows at its end: command lines that somebody types. A test looks whether each can be. */
import type { Command } from 'commander';

interface Example {
  /** Behind the command's own words. */
  readonly args: string;
  readonly does: string;
}

/** By the words of the command. Those that only hold others have none. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  init: [
    { args: '', does: 'asks for sources and sinks' },
    { args: '--sink splunk-hec --from 90d', does: 'asks nothing' },
    { args: '--source acme --source other --sink kafka --print', does: 'to stdout' },
  ],
  run: [
    { args: '', does: 'until a signal ends it' },
    { args: '--config /etc/audit-relay/audit-relay.yaml', does: 'another file' },
    { args: '--once --patience 5m', does: 'for cron and CI: up to now, then end' },
    { args: '--log-level debug', does: 'each step of the data’s path' },
  ],
  demo: [
    { args: '', does: 'until Ctrl-C, into ./demo-data' },
    { args: '--once --dir /tmp/demo', does: 'what there is, then end' },
    { args: '--events 100000 --rate 50', does: 'more of it' },
  ],
  validate: [
    { args: '', does: 'connects to nothing' },
    { args: '--online', does: 'and then looks at the API and every peer, as doctor does' },
    { args: '--json', does: 'for a script' },
  ],
  status: [
    { args: '', does: 'in words; ends with 1 when something is wrong' },
    { args: '--watch', does: 'on a terminal, as it goes on' },
    { args: '--journal /var/lib/audit-relay/journal', does: 'without a configuration' },
    { args: '--json', does: 'for a script' },
  ],
  sinks: [{ args: '', does: 'what is installed, and what installs the rest' }],
  backfill: [
    { args: '--from 90d --dry-run', does: 'how much it is' },
    { args: '--from 2026-01-01 --to 2026-02-01 --source acme', does: 'one month of one source' },
    { args: '--from 2d --to 1d --again', does: 'deliver once more what is journaled' },
  ],
  map: [
    { args: 'records.ndjson', does: 'ECS documents of the API’s records' },
    { args: '--format ocsf records.ndjson', does: 'OCSF documents' },
    { args: '--explain records.ndjson', does: 'which field goes where' },
  ],
  schema: [{ args: '', does: 'the JSON Schema of the configuration' }],
  'schema events': [{ args: '--json', does: 'every type of event, and what becomes of it' }],
  doctor: [
    { args: '', does: 'everything that a relay needs' },
    { args: '--sink siem --send-test-event', does: 'one sink, with an event that is marked as a test' },
    { args: '--source acme --json', does: 'one source, for a script' },
  ],
  get: [
    { args: 'audit_log-3f9a', does: 'as the API sent it, redacted' },
    { args: 'audit_log-3f9a --format ecs', does: 'as a document' },
  ],
  tail: [
    { args: '', does: 'what is journaled, from now on' },
    {
      args: '--since 2h --where \'event.outcome == "failure"\'',
      does: 'what failed in the last two hours, and what comes',
    },
    { args: '--sink siem --json --format ecs', does: 'what a sink takes, as documents' },
  ],
  'dead-letters list': [{ args: '--sink siem --from 2h', does: 'which, and why' }],
  'dead-letters show': [{ args: 'siem/12', does: 'all of one' }],
  'dead-letters export': [{ args: '--sink siem --out letters.ndjson', does: 'all of a sink’s, to a file' }],
  'dead-letters retry': [
    { args: '--reason mapper_parsing --dry-run', does: 'how many it would be' },
    { args: '--all', does: 'every one' },
  ],
  'dead-letters drop': [{ args: '--sink siem --to 30d', does: 'what was set aside before that' }],
  'journal adopt': [{ args: '--source acme', does: 'the same log, under another address' }],
  'journal check': [{ args: '--journal /var/lib/audit-relay/journal', does: 'reads all of it, and changes nothing' }],
  'journal compact': [{ args: '', does: 'gives the disk back what is free in it' }],
  'journal export': [
    { args: '--from 7d --out events.ndjson', does: 'the events of a week, redacted' },
    { args: '--salvage --out saved.ndjson', does: 'what can be read of a damaged one' },
  ],
  'journal restored': [{ args: '', does: 'after a snapshot of the disk was put back, before the start' }],
  setup: [
    { args: '--dry-run', does: 'what would be put at the peers' },
    { args: 'siem', does: 'for one sink' },
    { args: 'splunk-hec --out ./add-on', does: 'what you install there yourself' },
  ],
  completion: [
    { args: 'bash > /etc/bash_completion.d/audit-relay', does: 'for bash' },
    { args: 'zsh > ~/.zfunc/_audit-relay', does: 'for zsh, in a folder of its fpath' },
    { args: 'fish > ~/.config/fish/completions/audit-relay.fish', does: 'for fish' },
  ],
};

/** Adds them to every command of `program` that has some. */
export function addExamples(program: Command): void {
  for (const [words, command] of commandsOf(program)) {
    const examples = EXAMPLES[words];
    if (examples === undefined) continue;
    const lines = examples.map(({ args, does }) => ({ line: `audit-relay ${words} ${args}`.trimEnd(), does }));
    const width = Math.max(...lines.map(({ line }) => line.length));
    const text = lines.map(({ line, does }) => `  ${line.padEnd(width)}  ${does}`).join('\n');
    command.addHelpText('after', `\nExamples:\n${text}`);
  }
}

/** All of them, by their words: `run`, `journal adopt`. Hidden ones are left out. */
export function commandsOf(program: Command): readonly (readonly [words: string, command: Command])[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .flatMap((command) => {
      if (command.name() === 'help') return [];
      const inner = commandsOf(command).map(([words, one]) => [`${command.name()} ${words}`, one] as const);
      return [[command.name(), command] as const, ...inner];
    });
}
