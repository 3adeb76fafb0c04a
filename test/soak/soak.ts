/**
 * A soak: the simulated API makes events at a steady rate, the built agent carries them to four peers that fail on and
 * off by a seed, and is looked at from outside all along. In the end the peers are well, and what each has is counted by id.
 */
import { setTimeout } from 'node:timers/promises';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { type Peers, type SoakedAgent, startAgent } from './agent.ts';
import { Held } from './held.ts';
import { type Peer, startHttpPeer } from './http-peer.ts';
import { startKafkaPeer } from './kafka-peer.ts';
import { sampleOf } from './measured.ts';
import { datadog, elasticsearch, splunk } from './protocols.ts';
import { type Phase, scheduleOf, TROUBLES, type Trouble, troubleAt } from './schedule.ts';
import { type Bounds, type Sample, type Verdict, verdictOf } from './verdict.ts';

export interface SoakOrder {
  readonly minutes: number;
  /** Events a second. */
  readonly rate: number;
  readonly seed: number;
  readonly sampleMs: number;
  /** The longest that a peer is well. */
  readonly phaseMs: number;
  readonly bounds: Bounds;
  readonly withKafka: boolean;
  /** Told now and then. */
  tell(line: string): void;
}

export interface SoakResult {
  readonly verdict: Verdict;
  readonly samples: readonly Sample[];
  /** Looks at the agent that had no answer in time. */
  readonly unanswered: number;
  readonly events: number;
  readonly sinks: Readonly<Record<string, SinkResult>>;
  readonly exitCode: number | null;
  readonly warnings: Readonly<Record<string, number>>;
}

export interface SinkResult {
  /** Events of the truth that the peer never got: none, or the promise is broken. */
  readonly missing: number;
  /** Ids that no event has. */
  readonly foreign: number;
  /** Beyond the first of each id. */
  readonly copies: number;
  readonly troubles: Readonly<Record<Trouble, number>>;
}

/** How long after the last trouble everything must have come; a lane backs off for a minute at most. */
const DRAIN_MS = 10 * 60_000;
const LATE_MS = 20_000;
/** More than these, and more than there are answers: there is no agent. */
const MOST_UNANSWERED = 10;

export async function soak(order: SoakOrder): Promise<SoakResult> {
  const { rate, seed } = order;
  const simulator = await startSimulator({ rate, seed, late: { share: 0.01, maxS: LATE_MS / 1_000 } });
  const peers: Peers = {
    elasticsearch: await startHttpPeer(elasticsearch, new Held()),
    splunk: await startHttpPeer(splunk(), new Held()),
    datadog: await startHttpPeer(datadog, new Held()),
    ...(order.withKafka ? { kafka: await startKafkaPeer() } : {}),
  };
  const agent = await startAgent({ apiUrl: simulator.url, peers, maxMb: order.bounds.journal });
  try {
    return await run({ order, simulator, peers, agent });
  } finally {
    agent.remove();
    await Promise.allSettled([simulator.close(), ...Object.values(peers).map((peer) => peer.close())]);
  }
}

interface World {
  readonly order: SoakOrder;
  readonly simulator: Simulator;
  readonly peers: Peers;
  readonly agent: SoakedAgent;
}

async function run(world: World): Promise<SoakResult> {
  const { order, simulator, peers, agent } = world;
  const { samples, unanswered } = await watch(world);
  const endMs = Date.now();
  const wanted = [...simulator.truth()]
    .filter(({ effectiveAt }) => effectiveAt * 1_000 < endMs)
    .map(({ id }) => String(id));
  await drained(world, wanted);
  const { code, warnings } = await agent.end();
  const truth = new Set([...simulator.truth()].map(({ id }) => String(id)));
  const resultOf = (name: string, { held }: Peer): SinkResult => ({
    missing: missingAt(held, wanted),
    foreign: [...held.ids].filter((id) => !truth.has(id)).length,
    copies: held.copies,
    troubles: troublesIn(phasesOf(order, name)),
  });
  return {
    verdict: verdictOf(samples, order.bounds),
    samples,
    unanswered,
    events: wanted.length,
    sinks: Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, resultOf(name, peer)])),
    exitCode: code,
    warnings,
  };
}

/** Looks and turns the peers' troubles until the time is over. */
async function watch({ order, peers, agent }: World): Promise<Pick<SoakResult, 'samples' | 'unanswered'>> {
  const samples: Sample[] = [];
  const unanswered: unknown[] = [];
  const schedules = Object.entries(peers).map(([name, peer]) => ({ name, peer, phases: phasesOf(order, name) }));
  const now = new Map<string, Trouble | undefined>();
  const lastsMs = order.minutes * 60_000;
  for (let ms = 0; ms < lastsMs; ms = performance.now() - agent.startedMs) {
    for (const { name, peer, phases } of schedules) {
      const trouble = troubleAt(phases, ms);
      if (now.get(name) === trouble) continue;
      now.set(name, trouble);
      await peer.turn(trouble);
    }
    await sampleOf(agent, order.rate).then(
      (sample) => samples.push(sample),
      (error: unknown) => unanswered.push(error),
    );
    if (unanswered.length > MOST_UNANSWERED && samples.length < unanswered.length) throw unanswered[0];
    if (samples.length % 60 === 1)
      order.tell(`${JSON.stringify(samples.at(-1))} ${JSON.stringify(Object.fromEntries(now))}`);
    await setTimeout(order.sampleMs);
  }
  for (const { peer } of schedules) await peer.turn(undefined);
  return { samples, unanswered: unanswered.length };
}

function phasesOf({ seed, minutes, phaseMs }: SoakOrder, sink: string): readonly Phase[] {
  return scheduleOf({ seed, sink, lastsMs: minutes * 60_000, phaseMs });
}

/**
 * Until each peer has each event, or for as long as that may take. Of all events those still missing alone are looked for
 * again: the peers answer in this process, and would not while it counts.
 */
async function drained({ order, peers }: World, wanted: readonly string[]): Promise<void> {
  const begunMs = performance.now();
  let left = Object.values(peers).map(({ held }) => ({ held, ids: wanted }));
  for (;;) {
    left = left.map(({ held, ids }) => ({ held, ids: ids.filter((id) => !held.ids.has(id)) }));
    const missing = left.reduce((sum, { ids }) => sum + ids.length, 0);
    if (missing === 0 || performance.now() - begunMs > DRAIN_MS) return;
    order.tell(`draining: ${missing} to come, after ${Math.round((performance.now() - begunMs) / 1_000)} s`);
    await setTimeout(1_000);
  }
}

function missingAt({ ids }: Held, wanted: readonly string[]): number {
  return wanted.reduce((missing, id) => missing + (ids.has(id) ? 0 : 1), 0);
}

function troublesIn(phases: readonly Phase[]): Readonly<Record<Trouble, number>> {
  const count = (trouble: Trouble): number => phases.filter((phase) => phase.trouble === trouble).length;
  // Each of the list.
  return Object.fromEntries(TROUBLES.map((trouble) => [trouble, count(trouble)])) as Record<Trouble, number>;
}
