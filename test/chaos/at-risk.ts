/**
 * What a life leaves behind of which it is not known whether it was delivered, by its own log: events that went out and of which
 * no saved cursor says that they are settled. So many may go out once more after it, and no others.
 */

interface Line {
  readonly code: string;
  readonly lane: string;
  readonly ids?: readonly string[];
  readonly acked_ids?: readonly string[];
  readonly dead_ids?: readonly string[];
  readonly excluded_ids?: readonly string[];
}

/** What one lane has done by a line of the log. */
class LaneRisk {
  readonly open = new Set<string>();
  #settled: string[] = [];
  #saving: string[] = [];

  take({ code, ids = [], acked_ids = [], dead_ids = [], excluded_ids = [] }: Line): void {
    if (code === 'BATCH_SENDING') for (const id of ids) this.open.add(id);
    if (code === 'BATCH_SETTLED') this.#settled.push(...acked_ids, ...dead_ids, ...excluded_ids);
    if (code === 'CURSOR_SAVING') {
      this.#saving = this.#settled;
      this.#settled = [];
    }
    if (code !== 'CURSOR_SAVED') return;
    for (const id of this.#saving) this.open.delete(id);
    this.#saving = [];
  }
}

const WANTED = /"code":"(?:BATCH_SENDING|BATCH_SETTLED|CURSOR_SAVING|CURSOR_SAVED|CONFIG_APPLIED)"/;

type ByLane = ReadonlyMap<string, ReadonlySet<string>>;

/** Ids, by lane. */
export interface Risk {
  /** When the life ended. */
  readonly atRisk: ByLane;
  /** When another configuration came into force: what was on its way then had its grace, and goes again. */
  readonly cutOff: ByLane;
}

/** @param talk a log at `debug`, whose last line may be torn. */
export function risk(talk: string): Risk {
  const lanes = new Map<string, LaneRisk>();
  const cutOff = new Map<string, Set<string>>();
  for (const text of talk.split('\n').slice(0, -1)) {
    if (!WANTED.test(text)) continue;
    const line = JSON.parse(text) as Line;
    if (line.code === 'CONFIG_APPLIED') {
      for (const [name, { open }] of lanes) cutOff.set(name, new Set([...(cutOff.get(name) ?? []), ...open]));
      continue;
    }
    const lane = lanes.get(line.lane) ?? new LaneRisk();
    lanes.set(line.lane, lane);
    lane.take(line);
  }
  return { atRisk: new Map([...lanes].map(([name, { open }]) => [name, open])), cutOff };
}
