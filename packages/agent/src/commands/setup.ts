/**
 * `audit-relay setup`: lets every sink that has a set-up put in place at its peer what it works best with. It can be
 * run again at any time, beside a running agent too: what is as it should be is left as it is.
 */
import type { SinkOptions } from '@audit-relay/core';
import type { SetupStep } from '@audit-relay/sink';
import { quietLog, unknownName, without } from '../asking.ts';
import { problemList } from '../config/problems.ts';
import { isGood, readConfig } from '../config/read.ts';
import type { AgentLog } from '../log.ts';
import { sinkContext } from '../sink-context.ts';
import { messageOf } from '../stopping.ts';
import { EXIT, type Surroundings } from '../surroundings.ts';
import { withinLimit } from '../within-limit.ts';

/** What the command line said. */
export interface SetupOptions {
  /** Path of the YAML file. */
  readonly config: string;
  /** Absent: every sink. */
  readonly sink?: string;
  /** Look only, and say what would be done. */
  readonly dryRun: boolean;
  readonly json: boolean;
  /** How long one sink may take, in milliseconds; a minute unless a test says otherwise. */
  readonly limitMs?: number;
}

/** What became of one sink; no steps: its peer needs nothing. */
interface SinkSetup {
  readonly sink: string;
  readonly type: string;
  readonly steps: readonly SetupStep[];
}

const LIMIT_MS = 60_000;

/** Resolves with the exit code: 1 when a step failed. */
export async function setup(options: SetupOptions, surroundings: Surroundings): Promise<number> {
  const reading = await readConfig(options.config, surroundings.env);
  if (!isGood(reading)) {
    surroundings.talk(problemList(reading.problems));
    return EXIT.badConfig;
  }
  const names = Object.keys(reading.config.sinks);
  if (options.sink !== undefined && !names.includes(options.sink)) {
    surroundings.talk(`${unknownName('sink', options.sink, names)}\n`);
    return EXIT.usage;
  }
  const log = quietLog(reading, surroundings);
  const done: SinkSetup[] = [];
  for (const [sink, sinkOptions] of Object.entries(reading.config.sinks)) {
    if (options.sink !== undefined && options.sink !== sink) continue;
    const steps = await stepsOf({ ...sinkOptions, sink, log }, options);
    done.push({ sink, type: sinkOptions.plugin.type, steps });
    if (!options.json)
      surroundings.out(without(reading.secrets, textOf({ sink, type: sinkOptions.plugin.type, steps })));
  }
  if (options.json) surroundings.out(without(reading.secrets, `${JSON.stringify(done, null, 2)}\n`));
  if (options.dryRun) surroundings.talk('Nothing was changed: this is what would be done.\n');
  return done.some(({ steps }) => steps.some(({ outcome }) => outcome === 'failed')) ? EXIT.failed : EXIT.done;
}

/** Never rejects: a sink that throws, or does not come back, is a step that failed. */
async function stepsOf(
  { sink, log, ...options }: SinkOptions & { readonly sink: string; readonly log: AgentLog },
  { dryRun, limitMs = LIMIT_MS }: SetupOptions,
): Promise<readonly SetupStep[]> {
  try {
    return await withinLimit(limitMs, async (signal) => {
      const { plugin, config } = options;
      return (await plugin.setup?.(config, sinkContext(sink, options, log), { signal, dryRun })) ?? [];
    });
  } catch (error) {
    const fix = 'look at the address and the network; if both are well, report it to the sink’s author';
    return [{ name: 'set-up', outcome: 'failed', detail: messageOf(error), fix }];
  }
}

function textOf({ sink, type, steps }: SinkSetup): string {
  const lines = steps.flatMap(({ outcome, name, detail, fix }) => [
    `  ${outcome.padEnd(10)}  ${name}: ${detail}`,
    ...(fix === undefined ? [] : [`              ${fix}`]),
  ]);
  return `${sink} (${type})\n${(lines.length === 0 ? ['  nothing to set up'] : lines).join('\n')}\n`;
}
