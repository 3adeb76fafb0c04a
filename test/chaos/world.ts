/** The world around one relay: the API, four peers, the wires to them, two clocks, a folder that stays, and what is wrong at the moment. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Feed, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { type SmallDisk, smallDisk } from '../agent/small-disk.ts';
import { Chance } from '../invariants/chance.ts';
import { type Disturbance, disturbedBy } from './copies.ts';
import { corrupt } from './corrupt.ts';
import { KNOBS, withoutHours } from './knobs.ts';
import { type ChaosPeer, SECRET } from './peer.ts';
import { startPeers } from './peers.ts';
import {
  type Act,
  type Between,
  EXCLUDABLE,
  type LifeConfig,
  type Schedule,
  SINKS,
  type SinkName,
  UNASKED,
} from './schedule.ts';
import { typesById } from './types-by-id.ts';
import { Wire } from './wire.ts';

const TYPES = ['login.succeeded', 'tenant.user.added', EXCLUDABLE, 'project.created', UNASKED] as const;
/** What a source asks for that does not ask for everything. */
const ASKED = TYPES.filter((type) => type !== UNASKED);
const DISK = '48m';
/** How long after it is begun a relay has its first answer, at the latest. */
const START_S = 300;
const LOOK_MS = 100;
/** Several polls of a relay that nothing is wrong with. */
const READ_WITHIN_MS = 5_000;
/** Later than this a timer tells of a process that stood still. */
const LATE_MS = 1_000;

export interface Parts {
  readonly schedule: Schedule;
  readonly folder: string;
  readonly disk: SmallDisk | undefined;
  readonly clock: ServerClock;
  readonly simulator: Simulator;
  readonly api: Wire;
  readonly peers: Readonly<Record<SinkName, ChaosPeer>>;
}

interface LifeCount {
  begun: number;
}

interface Known {
  /** Ids that a sink refuses for ever. */
  readonly poisoned: Map<string, SinkName>;
  readonly types: Map<string, string>;
  readonly life: LifeCount;
}

/** The time of all servers: this machine's, put forward by what the schedule leaps over. */
class ServerClock {
  leapMs = 0;
  readonly now = (): number => Date.now() + this.leapMs;
}

export class ChaosWorld {
  readonly parts: Parts;
  /** How often each kind of fault was begun. */
  readonly befell: Map<string, number> = new Map();
  /** The type of each event, by its id. */
  readonly types: Map<string, string>;
  /** Of what kept answers from the relay. */
  readonly disturbances: Disturbance[] = [];
  /** The disk has spoiled the journal. */
  isSpoiled = false;
  /** By the server's clock. */
  lastBurstMs: number = Number.POSITIVE_INFINITY;
  readonly #made: string[] = [];
  readonly #poisoned = new Map<string, SinkName>();
  readonly #startS: number;
  readonly #inForce = new Map<string, Act>();
  #jumpMs = 0;
  #rotations = 0;
  #isTimeWrong = false;
  readonly #answeredS = new Map<Feed, number>();
  readonly #life: LifeCount;
  readonly #watch: NodeJS.Timeout;

  private constructor(parts: Parts, { poisoned, types, life }: Known) {
    this.parts = parts;
    this.#life = life;
    this.#watch = this.#watchItself();
    this.types = types;
    this.#poisoned = poisoned;
    this.#startS = Math.floor(Date.now() / 1_000) - parts.schedule.history.spanS - 60;
    mkdirSync(join(parts.folder, 'secrets'), { recursive: true });
    for (const sink of SINKS) writeFileSync(this.#secretFile(sink), SECRET[sink]);
    writeFileSync(this.#secretFile('api'), defaultKey);
  }

  static async open(schedule: Schedule): Promise<ChaosWorld> {
    const chance = new Chance(schedule.seed).stream('world');
    const clock = new ServerClock();
    const poisoned = new Map<string, SinkName>();
    const { events, spanS } = schedule.history;
    const simulator = await startSimulator({ events, spanMs: spanS * 1_000, seed: schedule.seed, now: clock.now });
    const isPoison = (sink: SinkName, id: string): boolean => poisoned.get(id) === sink;
    const life = { begun: 0 };
    const peers = await startPeers({
      schedule,
      chance,
      now: clock.now,
      isPoison,
      life: () => Math.max(0, life.begun - 1),
    });
    const api = await Wire.open(simulator.port);
    const folder = mkdtempSync(join(tmpdir(), `audit-relay-chaos-${schedule.seed}-`));
    const disk = schedule.smallDisk ? smallDisk(DISK) : undefined;
    const types = await typesById(simulator.url);
    return new ChaosWorld({ schedule, folder, disk, clock, simulator, api, peers }, { poisoned, types, life });
  }

  /** At one peer at least: none refuses what another does. Of what all may leave out nobody can tell from outside. */
  hasArrived({ id, visibleAtMs }: { readonly id: string; readonly visibleAtMs: number }): boolean {
    if (Object.values(this.parts.peers).some(({ deliveries }) => deliveries.has(id))) return true;
    // No peer tells of it: it has had time to be read.
    return this.#isExcludedEverywhere(id) && this.parts.clock.now() > visibleAtMs + READ_WITHIN_MS;
  }

  #isExcludedEverywhere(id: string): boolean {
    if (this.types.get(id) !== EXCLUDABLE) return false;
    // Datadog leaves out what is old, whatever its type.
    const excluded = new Set([...this.parts.schedule.lives.flatMap(({ config }) => config.filtered), 'datadog']);
    return excluded.size === SINKS.length;
  }

  /** Whether the source was told, in some life, not to ask for events of its type. */
  isUnasked(id: string): boolean {
    const isAsked = ASKED.some((type) => type === this.types.get(id));
    return !isAsked && this.parts.schedule.lives.some(({ config }) => config.someTypes);
  }

  get journal(): string {
    return join(this.parts.disk?.folder ?? this.parts.folder, 'journal');
  }

  /** The latest start that a feed may have, in seconds: the configured one, or the time of the first answer that it read. */
  latestStartS(feed: Feed): number {
    if (this.parts.schedule.backfill) return this.#startS;
    return this.#answeredS.get(feed) ?? Number.POSITIVE_INFINITY;
  }

  /** A life is over, and its log says which feeds it has read for the first time. @param begunS when it began, by the server's clock */
  noteAnswered(talk: string, begunS: number): void {
    for (const feed of ['organization', 'tenant'] as const) {
      const isRead = new RegExp(`"feed":"${feed}".*"code":"PAGE_READ"`).test(talk);
      if (!isRead || this.#answeredS.has(feed)) continue;
      // What a fault makes of the server's time is the time that is told.
      this.#answeredS.set(feed, this.#isTimeWrong ? Number.POSITIVE_INFINITY : begunS + START_S);
    }
  }

  /** Where strace writes what goes to the journal's data. */
  get straceLog(): string {
    return join(this.parts.folder, 'strace');
  }

  /** Where the next life writes its log. */
  nextTalk(): string {
    this.#life.begun += 1;
    return join(this.parts.folder, `life-${this.#life.begun}.log`);
  }

  /** Of the relay's host, in milliseconds before this machine's. */
  get hostOffsetMs(): number {
    return this.parts.clock.leapMs + this.#jumpMs;
  }

  /** Ids that the sink refuses for ever. */
  poisonOf(sink: SinkName): readonly string[] {
    return [...this.#poisoned].filter(([, refusedBy]) => refusedBy === sink).map(([id]) => id);
  }

  configure({ sinks, filtered, someTypes, format, maxEvents, concurrency }: LifeConfig): void {
    const { schedule, folder, api, peers } = this.parts;
    const lane = { batch: { max_events: maxEvents, max_age: '0s' }, concurrency };
    const sinkOf = (sink: SinkName): object => ({
      ...peers[sink].keys(this.#secretFile(sink)),
      ...lane,
      ...(sink === 'elastic' && schedule.mode === 'data_stream' ? {} : { format }),
      ...(filtered.includes(sink) ? { when: `event.action != "${EXCLUDABLE}"` } : {}),
    });
    const source = {
      type: 'openai',
      api_key: `\${file:${this.#secretFile('api')}}`,
      base_url: `http://127.0.0.1:${api.port}/v1`,
      poll_interval: '1s',
      requests_per_second: 100,
      ...(schedule.backfill ? { backfill_start_time: new Date(this.#startS * 1_000).toISOString() } : {}),
      ...(someTypes ? { event_types: ASKED } : {}),
    };
    const config = {
      sources: { acme: source },
      journal: {
        path: this.journal,
        // Longer than the host's clock is ever ahead: the verdict looks for each event in the journal.
        retention: '400d',
        max_bytes: this.parts.disk === undefined ? '64MiB' : '24MiB',
        on_damage: 'set_aside',
      },
      http: { listen: '127.0.0.1:0' },
      sinks: Object.fromEntries(sinks.map((sink) => [sink, sinkOf(sink)])),
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  }

  /** Begins what lasts, or does what is done at once. */
  async begin(act: Act): Promise<void> {
    this.#count(act);
    this.#disturb(act);
    if (act.kind === 'api') this.#isTimeWrong = true;
    if (act.kind === 'burst') return this.#burst(act);
    if (act.kind === 'clock') {
      this.#jumpMs += act.byS * 1_000;
      return;
    }
    if (act.kind === 'rotate') return this.#rotate(act.of);
    if (act.kind === 'sink') this.parts.peers[act.sink].fault(act.fault, act.share);
    if (act.kind === 'wire') await this.#wire(act.to).become(act.mode);
    if (act.kind === 'api') this.parts.simulator.set({ ...KNOBS, ...act.knobs });
    if (act.kind === 'disk_full') this.#fill();
    const key = keyOf(act);
    this.#inForce.set(key, act);
    if (act.kind !== 'pause' && act.forMs !== undefined) this.#endLater(act, act.forMs);
  }

  /** Whoever stands in the way of all answers is this process itself, where the machine does not let it go on. */
  #watchItself(): NodeJS.Timeout {
    let lookedMs = performance.now();
    return setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - lookedMs > LOOK_MS + LATE_MS) {
        this.disturbances.push({ sink: 'all', fromMs: lookedMs, toMs: nowMs });
        this.#add('the harness stood still');
      }
      lookedMs = nowMs;
    }, LOOK_MS);
  }

  leap(byS: number): void {
    this.parts.clock.leapMs += byS * 1_000;
    this.#add('leap');
  }

  /** The disk spoils the journal. */
  spoil(damage: Extract<Between, { kind: 'corrupt' }>): void {
    if (!corrupt(this.journal, damage)) return;
    this.isSpoiled = true;
    this.#add(`damage: ${damage.how}${damage.starts ? ', and the side file' : ''}`);
  }

  /** No request is asked to wait for an hour any more: whoever is told so waits. */
  endHours(): void {
    const act = this.#inForce.get('api');
    if (act?.kind === 'api') this.parts.simulator.set({ ...KNOBS, ...withoutHours(act.knobs) });
  }

  /** Nothing is wrong any more, the host's clock neither: whoever runs a life has to tell it. */
  async quiet(): Promise<void> {
    this.#inForce.clear();
    this.#jumpMs = 0;
    const nowMs = performance.now();
    for (const each of this.disturbances) each.toMs = Math.min(each.toMs, nowMs);
    const { peers, api, simulator } = this.parts;
    simulator.set(KNOBS);
    for (const peer of Object.values(peers)) peer.fault(undefined, 0);
    await Promise.all([api.become(undefined), ...Object.values(peers).map(({ wire }) => wire.become(undefined))]);
    this.#empty();
  }

  async close(isKept: boolean): Promise<void> {
    const { peers, api, simulator, disk, folder } = this.parts;
    clearInterval(this.#watch);
    await Promise.all([api.close(), ...Object.values(peers).map((peer) => peer.close())]);
    await simulator.close();
    disk?.remove();
    if (!isKept) rmSync(folder, { recursive: true, force: true });
  }

  note(name: string): void {
    this.#add(name);
  }

  #endLater(act: Act, afterMs: number): void {
    setTimeout(() => {
      // A later one of its kind is in its place.
      if (this.#inForce.get(keyOf(act)) !== act) return;
      this.#inForce.delete(keyOf(act));
      if (act.kind === 'sink') this.parts.peers[act.sink].fault(undefined, 0);
      if (act.kind === 'api') this.parts.simulator.set(KNOBS);
      if (act.kind === 'disk_full') this.#empty();
      if (act.kind === 'wire')
        this.#wire(act.to)
          .become(undefined)
          .catch(() => undefined);
    }, afterMs).unref();
  }

  #burst({ count, lateS, ageS }: Extract<Act, { kind: 'burst' }>): void {
    const nowS = Math.floor(this.parts.clock.now() / 1_000);
    this.lastBurstMs = this.parts.clock.now();
    const records = Array.from({ length: count }, (_, index) => {
      const id = `audit_log-${this.#made.length}-${(Math.imul(this.#made.length + 1, 0x9e3779b1) >>> 0).toString(36)}`;
      this.#made.push(id);
      const user = { id: `user-${index}`, email: `u${index}@example.com` };
      const type = TYPES[index % TYPES.length] ?? '';
      this.types.set(id, type);
      const at = nowS - (index % ageS);
      return { id, type, effective_at: at, actor: { type: 'session', session: { user } } };
    });
    this.#poison(records.filter(({ type }) => type !== EXCLUDABLE && type !== UNASKED).map(({ id }) => id));
    const late = lateS > 0 ? { late_by_s: lateS } : {};
    this.parts.simulator.add(records.map((record) => ({ record, ...late })));
  }

  /** Some of the first ones, each for one sink. */
  #poison(ids: readonly string[]): void {
    if (this.#poisoned.size > 0) return;
    const wanted = SINKS.flatMap((sink) => Array.from({ length: this.parts.schedule.poison[sink] }, () => sink));
    for (const [index, sink] of wanted.entries()) {
      const id = ids[index * 2];
      if (id !== undefined) this.#poisoned.set(id, sink);
    }
  }

  /** The peer refuses the old one at once; the file has the new one a moment later, as operators do it. */
  #rotate(of: SinkName | 'api'): void {
    this.#rotations += 1;
    const secret = `${of === 'api' ? defaultKey : SECRET[of].slice(0, 20)}${this.#rotations}`;
    if (of === 'api') this.parts.simulator.rotateKey(secret);
    else this.parts.peers[of].rotate(secret);
    writeFileSync(this.#secretFile(of), secret);
  }

  #disturb(act: Act): void {
    const sink = disturbedBy(act);
    if (sink === undefined) return;
    const fromMs = performance.now();
    const forMs = 'forMs' in act ? act.forMs : undefined;
    const lastsMs = act.kind === 'clock' ? 0 : (forMs ?? Number.POSITIVE_INFINITY);
    this.disturbances.push({ sink, fromMs, toMs: fromMs + lastsMs });
  }

  #fill(): void {
    const { disk } = this.parts;
    if (disk === undefined) return;
    const { bavail, bsize } = statfsSync(disk.folder);
    writeFileSync(join(disk.folder, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize)));
  }

  #empty(): void {
    const { disk } = this.parts;
    if (disk !== undefined) rmSync(join(disk.folder, 'ballast'), { force: true });
  }

  #wire(to: SinkName | 'api'): Wire {
    return to === 'api' ? this.parts.api : this.parts.peers[to].wire;
  }

  #secretFile(of: SinkName | 'api'): string {
    return join(this.parts.folder, 'secrets', of);
  }

  #count(act: Act): void {
    if (act.kind === 'sink') this.#add(`${act.sink}: ${act.fault}`);
    else if (act.kind === 'wire') this.#add(`wire to ${act.to}: ${act.mode}`);
    else if (act.kind === 'api') this.#add(`api: ${act.name}`);
    else if (act.kind === 'burst') this.#add(act.lateS > 0 ? 'late events' : 'burst');
    else if (act.kind === 'rotate') this.#add(`rotate ${act.of}`);
    else if (act.kind !== 'disk_full' || this.parts.disk !== undefined) this.#add(act.kind);
  }

  #add(name: string): void {
    this.befell.set(name, (this.befell.get(name) ?? 0) + 1);
  }
}

function keyOf(act: Act): string {
  if (act.kind === 'sink') return `sink ${act.sink}`;
  return act.kind === 'wire' ? `wire ${act.to}` : act.kind;
}
