/**
 * The runs of one relay, one after another, each under another configuration: as long as things go wrong it is
 * killed, stopped and away for hours; then all is well, and it has time for one more sweep.
 */
import type { Chance } from './chance.ts';
import type { SourceConfig } from './core.ts';
import { Run, type RunDependencies, type RunPlan } from './run.ts';
import type { Scenario } from './scenario.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';
import type { World } from './world.ts';

/** After so long without a trouble everything must be read, a sweep included. */
const PATIENCE_S = 4 * DAY;
/** Little happens then, and most of a run's time would go into polls that find nothing. */
const CALM_POLL_S = 1200;
const FEEDS = ['organization', 'tenant'] as const;

/** Until it is stopped. */
const IMMORTAL = { steps: Number.POSITIVE_INFINITY, parts: Number.POSITIVE_INFINITY };

export class Runs {
  readonly #dependencies: RunDependencies;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #parts: Chance;
  readonly #reIngests: Chance;
  #kills = 0;
  #killsInWindows = 0;
  #runs = 0;

  constructor(dependencies: RunDependencies) {
    this.#dependencies = dependencies;
    this.#world = dependencies.world;
    this.#chance = dependencies.chance;
    this.#parts = dependencies.chance.stream('parts of windows');
    this.#reIngests = dependencies.chance.stream('re-ingest');
  }

  counts(): { readonly kills: number; readonly killsInWindows: number; readonly runs: number } {
    return { kills: this.#kills, killsInWindows: this.#killsInWindows, runs: this.#runs };
  }

  /** Lives and dies as long as things go wrong. */
  async adversity(): Promise<void> {
    const { time, scenario } = this.#world;
    const endMs = (T0 + scenario.activeS) * 1000;
    if (!scenario.isMortal) return this.#live(endMs, Number.POSITIVE_INFINITY);
    while (time.nowMs < endMs) {
      const steps = this.#chance.is(0.2) ? Number.POSITIVE_INFINITY : this.#chance.mostlySmall(1, 3000);
      await this.#live(Math.min(endMs, time.nowMs + this.#chance.mostlySmall(1, 12 * HOUR) * 1000), steps);
      const pauseS = this.#chance.is(0.3) ? this.#chance.mostlySmall(0, 10 * HOUR) : this.#chance.whole(0, 60);
      await time.pass(Math.min(endMs, time.nowMs + pauseS * 1000));
    }
  }

  /** One run under another configuration, up to its end or `untilMs`. */
  async #live(untilMs: number, steps: number): Promise<void> {
    const chance = this.#chance;
    const { time, scenario } = this.#world;
    const parts = this.#parts.is(0.4) ? this.#parts.mostlySmall(1, 12) : Number.POSITIVE_INFINITY;
    const run = await this.#begin({ steps, parts: scenario.isMortal ? parts : Number.POSITIVE_INFINITY });
    this.#planReIngest(run);
    if (chance.is(0.2)) {
      await time.pass(Math.min(untilMs, time.nowMs + chance.mostlySmall(0, HOUR) * 1000), () => !run.isAlive);
      if (run.isAlive) run.reopen(this.#config());
    }
    await time.pass(untilMs, () => !run.isAlive);
    if (run.isAlive && chance.is(0.5)) return run.stop();
    this.#kills += 1;
    if (run.hasDiedInWindow) this.#killsInWindows += 1;
    return run.kill();
  }

  /** Some time later somebody wants a past time journaled once more: none from before a feed's start, which would be more than that. */
  #planReIngest(run: Run): void {
    const chance = this.#reIngests;
    const { time, scenario } = this.#world;
    if (!chance.is(scenario.reIngests / 100)) return;
    time.after(chance.mostlySmall(1, 2 * HOUR) * 1000, () => {
      const { checkpoints } = this.#dependencies.oracle;
      const starts = FEEDS.map((feed) => checkpoints.get(feed)?.startSeconds ?? Number.POSITIVE_INFINITY);
      const to = Math.floor(time.nowMs / 1000) - chance.mostlySmall(0, DAY);
      const from = Math.max(to - chance.mostlySmall(60, 2 * DAY), ...starts);
      if (run.isAlive && from < to) run.reIngest({ from, to });
    });
  }

  /** All is well: reads what is left, and up to the end of a sweep over everything that was late. @returns what is wrong. */
  async calm(): Promise<readonly string[]> {
    const { time } = this.#world;
    this.#world.calm();
    const lastMs = Math.max(time.nowMs, ...[...this.#world.simulator.truth()].map(visibleOrDueMs));
    const endMs = lastMs + PATIENCE_S * 1000;
    const isSwept = (): boolean => this.#isSwept(lastMs);
    const run = await this.#begin(IMMORTAL, calmly);
    if (this.#chance.is(0.25)) {
      await time.pass(endMs, isSwept);
      await run.stop();
      return isSwept() ? [] : ['it did not come to rest'];
    }
    // Nobody is there for most of the day before the last sweep.
    await time.pass(Math.max(time.nowMs, lastMs) + 2 * HOUR * 1000, isSwept);
    await run.kill();
    await time.pass(time.nowMs + 20 * HOUR * 1000);
    const last = await this.#begin(IMMORTAL, calmly);
    await time.pass(endMs, isSwept);
    await last.stop();
    return isSwept() ? [] : ['it did not come to rest'];
  }

  #begin(
    span: Omit<RunPlan, 'config'>,
    change: (config: SourceConfig) => SourceConfig = (config) => config,
  ): Promise<Run> {
    this.#runs += 1;
    return Run.begin({ config: change(this.#config()), ...span }, this.#dependencies);
  }

  #config(): SourceConfig {
    const { scenario, time } = this.#world;
    return configOf(scenario, this.#chance, time.nowMs / 1000);
  }

  /** Every feed is read without a gap and swept once since `lastMs`; what a wrong `Date` has called read does not count. */
  #isSwept(lastMs: number): boolean {
    const { checkpoints } = this.#dependencies.oracle;
    const lastS = (lastMs + this.#world.skewMs) / 1000;
    const nowS = (this.#world.time.nowMs + this.#world.skewMs) / 1000;
    return FEEDS.every((feed) => {
      const checkpoint = checkpoints.get(feed);
      const [first, ...others] = checkpoint?.done ?? [];
      const isWhole = first !== undefined && others.length === 0 && lastS < first.to && first.to <= nowS + HOUR;
      return isWhole && (checkpoint?.passes.sweep ?? 0) > lastS;
    });
  }
}

/** When an event is both visible and no longer ahead, in milliseconds. */
function visibleOrDueMs({ visibleAtMs, effectiveAt }: { visibleAtMs: number; effectiveAt: number }): number {
  return Math.max(visibleAtMs, effectiveAt * 1000);
}

/** With every feed, and polls that are rare. */
function calmly(config: SourceConfig): SourceConfig {
  return { ...config, feeds: FEEDS, poll_interval: CALM_POLL_S * 1000 };
}

/** The configuration of one run: what may change from one to the next is drawn. */
function configOf(
  { sweepS, overlapS, starts, feedsLeftOut, pollS }: Scenario,
  chance: Chance,
  nowS: number,
): SourceConfig {
  const start = starts.findLast(({ atS }) => atS <= nowS);
  return {
    type: 'openai',
    api_key: 'sk-admin-simulator',
    base_url: 'https://api.example.com/v1',
    dialect: 'audit_logs',
    feeds: chance.is(feedsLeftOut / 100) ? [chance.pick(FEEDS)] : FEEDS,
    poll_interval: (pollS ?? chance.pick([30, 60, 300, 300, 300, 1200])) * 1000,
    overlap: overlapS * 1000,
    sweep: sweepS * 1000,
    requests_per_second: chance.pick([0.5, 2, 5, 20, 100]),
    ...(start === undefined ? {} : { backfill_start_time: start.startS }),
  };
}
