/** The world around one relay: the API, four peers, the wires to them, two clocks, a folder that stays, and what is wrong at the moment. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { defaultKey, type Feed, startSimulator } from '@audit-relay/openai-simulator';
import { smallDisk } from '../agent/small-disk.ts';
import { Chance } from '../invariants/chance.ts';
import { empty, fill } from './ballast.ts';
import { configurationOf } from './configuration.ts';
import { type Disturbance, disturbedBy } from './copies.ts';
import { corrupt } from './corrupt.ts';
import { KNOBS, withoutHours } from './knobs.ts';
import { ASKED, Made } from './made.ts';
import { type Parts, ServerClock } from './parts.ts';
import { SECRET } from './peer.ts';
import { startPeers } from './peers.ts';
import { Requests } from './requests.ts';
import {
  type Act,
  type Between,
  configsOf,
  EXCLUDABLE,
  isCounted,
  isMoment,
  type LifeConfig,
  type Moment,
  nameOf,
  type Schedule,
  SINKS,
  type SinkName,
} from './schedule.ts';
import { Tunnel } from './tunnel.ts';
import { typesById } from './types-by-id.ts';
import { Wire } from './wire.ts';

const DISK = '48m';
/** How long after it is begun a relay has its first answer, at the latest. */
const START_S = 300;
const LOOK_MS = 100;
/** How long a fault is kept up that nobody meets. */
const UNMET_MS = 6_000;
/** Several polls of a relay that nothing is wrong with. */
const READ_WITHIN_MS = 5_000;
/** Later than this a timer tells of a process that stood still. */
const LATE_MS = 400;

interface InForce {
  readonly act: Act;
  readonly disturbances: readonly Disturbance[];
  /** How often its kind had been met before it was begun. */
  readonly metBefore: number;
}

interface LifeCount {
  begun: number;
}

export class ChaosWorld {
  readonly parts: Parts;
  /** How often each kind of fault was begun. */
  readonly befell: Map<string, number> = new Map();
  /** How often what is no peer's fault was met, by its name. */
  readonly met: Map<string, number> = new Map();
  readonly requests: Requests = new Requests();
  /** Of what kept answers from the relay. */
  readonly disturbances: Disturbance[] = [];
  /** The disk has spoiled the journal. */
  isSpoiled = false;
  /** Until then some life did not ask for all types, by the clock of servers. */
  unaskedUntilMs: number = Number.NEGATIVE_INFINITY;
  readonly #startS: number;
  readonly #inForce = new Map<string, InForce>();
  #jumpMs = 0;
  #rotations = 0;
  #isTimeWrong = false;
  readonly #answeredS = new Map<Feed, number>();
  readonly #life: LifeCount;
  readonly #watch: NodeJS.Timeout;

  private constructor(parts: Parts, life: LifeCount) {
    this.parts = parts;
    this.#life = life;
    this.#watch = this.#watchItself();
    this.#startS = Math.floor(Date.now() / 1_000) - parts.schedule.history.spanS - 60;
    mkdirSync(join(parts.folder, 'secrets'), { recursive: true });
    for (const sink of SINKS) writeFileSync(this.#secretFile(sink), SECRET[sink]);
    writeFileSync(this.#secretFile('api'), defaultKey);
  }

  static async open(schedule: Schedule): Promise<ChaosWorld> {
    const chance = new Chance(schedule.seed).stream('world');
    const clock = new ServerClock();
    const { events, spanS } = schedule.history;
    const simulator = await startSimulator({ events, spanMs: spanS * 1_000, seed: schedule.seed, now: clock.now });
    const types = await typesById(simulator.url);
    const made = new Made({ simulator, now: clock.now, poison: schedule.poison, types });
    const life = { begun: 0 };
    const peers = await startPeers({
      schedule,
      chance,
      now: clock.now,
      isPoison: (sink, id) => made.isPoison(sink, id),
      life: () => Math.max(0, life.begun - 1),
    });
    const [api, proxy] = await Promise.all([Wire.open(simulator.port), Tunnel.open()]);
    const folder = mkdtempSync(join(tmpdir(), `audit-relay-chaos-${schedule.seed}-`));
    const disk = schedule.smallDisk ? smallDisk(DISK) : undefined;
    return new ChaosWorld({ schedule, folder, disk, clock, simulator, api, proxy, peers, made }, life);
  }

  /** At one peer at least: none refuses what another does. Of what all may leave out nobody can tell from outside. */
  hasArrived({ id, visibleAtMs }: { readonly id: string; readonly visibleAtMs: number }): boolean {
    if (Object.values(this.parts.peers).some(({ deliveries }) => deliveries.has(id))) return true;
    // No peer tells of it: it has had time to be read.
    return this.#isExcludedEverywhere(id) && this.parts.clock.now() > visibleAtMs + READ_WITHIN_MS;
  }

  #isExcludedEverywhere(id: string): boolean {
    if (this.parts.made.types.get(id) !== EXCLUDABLE) return false;
    // Datadog leaves out what is old, whatever its type.
    const excluded = new Set([
      ...this.parts.schedule.lives.flatMap(configsOf).flatMap(({ filtered }) => filtered),
      'datadog',
    ]);
    return excluded.size === SINKS.length;
  }

  /** Whether it could be seen while the source was told not to ask for events of its type. */
  isUnasked({ id, visibleAtMs }: { readonly id: string; readonly visibleAtMs: number }): boolean {
    const isAsked = ASKED.some((type) => type === this.parts.made.types.get(id));
    return !isAsked && visibleAtMs <= this.unaskedUntilMs;
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

  configure(config: LifeConfig): void {
    const { folder } = this.parts;
    if (config.someTypes) this.unaskedUntilMs = Number.POSITIVE_INFINITY;
    const secretFile = (of: SinkName | 'api'): string => this.#secretFile(of);
    const options = { ...this.parts, journal: this.journal, startS: this.#startS, secretFile };
    const path = join(folder, 'audit-relay.yaml');
    writeFileSync(`${path}.next`, configurationOf(config, options));
    renameSync(`${path}.next`, path);
  }

  /** A life is over. */
  noteEnd(): void {
    this.unaskedUntilMs = Math.min(this.unaskedUntilMs, this.parts.clock.now());
  }

  /** Begins what lasts, or does what is done at once. */
  async begin(act: Act): Promise<void> {
    this.#count(act);
    if (act.kind === 'api') this.#isTimeWrong = true;
    if (isMoment(act)) return this.#do(act);
    await this.#inflict(act);
    this.#keep(act);
    if (act.kind !== 'pause' && act.forMs !== undefined) this.#endLater(act, act.forMs);
  }

  async #do(act: Moment): Promise<void> {
    switch (act.kind) {
      case 'burst':
        return this.parts.made.burst(act);
      case 'nameless':
        return this.parts.made.nameless(act);
      case 'heal':
        return this.parts.made.heal(act.of);
      case 'reload':
        return this.configure(act.config);
      case 'ask':
        return this.#ask(act);
      case 'rotate':
        return this.#rotate(act);
      case 'clock':
        this.#disturb(act);
        this.#jumpMs += act.byS * 1_000;
    }
  }

  async #inflict(act: Exclude<Act, Moment>): Promise<void> {
    const { peers, proxy, simulator, disk } = this.parts;
    if (act.kind === 'sink') peers[act.sink].fault(act.fault, act.share);
    if (act.kind === 'wire') await this.#wire(act.to).become(act.mode);
    if (act.kind === 'tunnel') proxy.become(act.mode);
    if (act.kind === 'api') simulator.set({ ...KNOBS, ...act.knobs });
    if (act.kind === 'disk_full') fill(disk);
  }

  async #ask({ what, of, lastS }: Extract<Act, { kind: 'ask' }>): Promise<void> {
    const fromMs = lastS === undefined ? 0 : Date.now() + this.parts.clock.leapMs - lastS * 1_000;
    const asking = { journal: this.journal, life: Math.max(0, this.#life.begun - 1), fromMs };
    if (await this.requests.ask(what, of, asking)) this.meet(`${what}, of ${of}`);
  }

  /** Whoever stands in the way of all answers is this process itself, where the machine does not let it go on. */
  #watchItself(): NodeJS.Timeout {
    let lookedMs = performance.now();
    return setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - lookedMs > LOOK_MS + LATE_MS) {
        this.disturbances.push({ sink: 'all', isStall: true, fromMs: lookedMs, toMs: nowMs });
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
    const act = this.#inForce.get('api')?.act;
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
    this.parts.proxy.become(undefined);
    await Promise.all([api.become(undefined), ...Object.values(peers).map(({ wire }) => wire.become(undefined))]);
    empty(this.parts.disk);
  }

  async close(isKept: boolean): Promise<void> {
    const { peers, api, proxy, simulator, disk, folder } = this.parts;
    clearInterval(this.#watch);
    await Promise.all([api.close(), proxy.close(), ...Object.values(peers).map((peer) => peer.close())]);
    await simulator.close();
    disk?.remove();
    if (!isKept) rmSync(folder, { recursive: true, force: true });
  }

  note(name: string): void {
    this.#add(name);
  }

  meet(name: string, times = 1): void {
    this.met.set(name, (this.met.get(name) ?? 0) + times);
  }

  /** How often each fault was met, by its name. */
  allMet(): Readonly<Record<string, number>> {
    const { peers, api, proxy } = this.parts;
    return Object.fromEntries([
      ...this.met,
      ...Object.values(peers).flatMap((peer) => [...peer.met()]),
      ...[...api.met].map(([mode, times]) => [`wire to api: ${mode}`, times] as const),
      ...[...proxy.met].map(([mode, times]) => [`tunnel: ${mode}`, times] as const),
    ]);
  }

  /** Resolves when whatever is in force has been met, or nobody has come by for long. */
  async whenMet(): Promise<void> {
    const begunMs = performance.now();
    const isAwaited = (): boolean =>
      [...this.#inForce.values()].some((fault) => isCounted(fault.act) && !isMet(fault, this));
    while (isAwaited() && performance.now() - begunMs < UNMET_MS) await setTimeout(LOOK_MS);
  }

  #keep(act: Act): void {
    const [before, disturbances] = [this.#inForce.get(keyOf(act)), this.#disturb(act)];
    // Another one of its kind takes its place.
    if (before !== undefined) endAt(before.disturbances, performance.now());
    this.#inForce.set(keyOf(act), { act, disturbances, metBefore: this.allMet()[nameOf(act)] ?? 0 });
  }

  /** Once it has been met, too, or nobody has come by for long: a machine that is busy may take its time. */
  #endLater(act: Act, afterMs: number, unmetMs = UNMET_MS): void {
    globalThis
      .setTimeout(() => {
        const fault = this.#inForce.get(keyOf(act));
        if (fault?.act !== act) return;
        if (isCounted(act) && !isMet(fault, this) && unmetMs > 0) {
          this.#endLater(act, LOOK_MS, unmetMs - LOOK_MS);
          return;
        }
        this.#inForce.delete(keyOf(act));
        endAt(fault.disturbances, performance.now());
        if (act.kind === 'sink') this.parts.peers[act.sink].fault(undefined, 0);
        if (act.kind === 'api') this.parts.simulator.set(KNOBS);
        if (act.kind === 'tunnel') this.parts.proxy.become(undefined);
        if (act.kind === 'disk_full') empty(this.parts.disk);
        if (act.kind === 'wire')
          this.#wire(act.to)
            .become(undefined)
            .catch(() => undefined);
      }, afterMs)
      .unref();
  }

  /** The peer refuses the old one at once; the file has the new one a moment later, as operators do it. */
  #rotate(act: Extract<Act, { kind: 'rotate' }>): void {
    const { of } = act;
    this.#disturb(act);
    this.#rotations += 1;
    const secret = `${of === 'api' ? defaultKey : SECRET[of].slice(0, 20)}${this.#rotations}`;
    if (of === 'api') this.parts.simulator.rotateKey(secret);
    else this.parts.peers[of].rotate(secret);
    writeFileSync(this.#secretFile(of), secret);
  }

  #disturb(act: Act): readonly Disturbance[] {
    const fromMs = performance.now();
    const isMoment = act.kind === 'clock' || act.kind === 'rotate';
    const toMs = isMoment ? fromMs : act.kind === 'pause' ? fromMs + act.forMs : Number.POSITIVE_INFINITY;
    const all = disturbedBy(act, this.parts.schedule.proxied).map((sink) => ({ sink, fromMs, toMs }));
    this.disturbances.push(...all);
    return all;
  }

  #wire(to: SinkName | 'api'): Wire {
    return to === 'api' ? this.parts.api : this.parts.peers[to].wire;
  }

  #secretFile(of: SinkName | 'api'): string {
    return join(this.parts.folder, 'secrets', of);
  }

  #count(act: Act): void {
    if (act.kind === 'disk_full' && this.parts.disk === undefined) return;
    this.#add(nameOf(act));
    if (isCounted(act)) this.meet(nameOf(act), 0);
  }

  #add(name: string): void {
    this.befell.set(name, (this.befell.get(name) ?? 0) + 1);
  }
}

function isMet({ act, metBefore }: InForce, world: ChaosWorld): boolean {
  return (world.allMet()[nameOf(act)] ?? 0) > metBefore;
}

function endAt(disturbances: readonly Disturbance[], atMs: number): void {
  for (const each of disturbances) each.toMs = Math.min(each.toMs, atMs);
}

function keyOf(act: Act): string {
  if (act.kind === 'sink') return `sink ${act.sink}`;
  return act.kind === 'wire' ? `wire ${act.to}` : act.kind;
}
