/** What befalls one relay, drawn from a seed: plain data, so that it can be printed and had again from its number. */
import type { Knobs } from '@audit-relay/openai-simulator';

export const SINKS = ['elastic', 'splunk', 'datadog', 'kafka'] as const;
export type SinkName = (typeof SINKS)[number];

/** Something on the way to a peer: the API's or a sink's. */
export type WireMode = 'refused' | 'reset' | 'silent' | 'slow' | 'cut' | 'answer_lost' | 'answer_held';

/** Who is reached through the HTTP proxy, if anybody is. */
export const PROXIABLE = ['api', 'elastic', 'splunk', 'datadog'] as const;
export type Proxiable = (typeof PROXIABLE)[number];

/** What the HTTP proxy does in place of opening a tunnel, or within one. */
export const TUNNEL_MODES = [
  'reset',
  '407',
  '502',
  'silent',
  /** After some bytes of an answer. */
  'cut',
  /** What is asked arrives, and the tunnel ends before the answer, or nothing ever comes. */
  'answer_lost',
  'answer_held',
] as const;
export type TunnelMode = (typeof TUNNEL_MODES)[number];

/** What operators ask a relay for while it runs. */
export type Request = 'retry' | 'drop' | 'replay' | 'replay, and stop it';

/** Times are milliseconds after the life said that it runs; a fault without `forMs` lasts until the quiet. */
export type Act =
  | {
      readonly kind: 'burst';
      readonly atMs: number;
      readonly count: number;
      readonly lateS: number;
      readonly ageS: number;
    }
  | {
      readonly kind: 'api';
      readonly atMs: number;
      readonly forMs?: number;
      readonly name: string;
      readonly knobs: Partial<Knobs>;
    }
  | {
      readonly kind: 'sink';
      readonly atMs: number;
      readonly forMs?: number;
      readonly sink: SinkName;
      readonly fault: string;
      readonly share: number;
    }
  | {
      readonly kind: 'wire';
      readonly atMs: number;
      readonly forMs: number;
      readonly to: SinkName | 'api';
      readonly mode: WireMode;
    }
  | { readonly kind: 'pause'; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'clock'; readonly atMs: number; readonly byS: number }
  /** The secret of a peer, or the key of the API: the old one is refused from then on. */
  | { readonly kind: 'rotate'; readonly atMs: number; readonly of: SinkName | 'api' }
  | { readonly kind: 'disk_full'; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'tunnel'; readonly atMs: number; readonly forMs: number; readonly mode: TunnelMode }
  /** Another configuration is written, and SIGHUP sent. */
  | { readonly kind: 'reload'; readonly atMs: number; readonly config: LifeConfig }
  /** The API has records without an id. */
  | { readonly kind: 'nameless'; readonly atMs: number; readonly count: number }
  /** The peer takes from now on what it refused. */
  | { readonly kind: 'heal'; readonly atMs: number; readonly of: SinkName }
  | {
      readonly kind: 'ask';
      readonly atMs: number;
      readonly what: Request;
      readonly of: SinkName;
      /** Of a replay: of events of so many seconds until now; absent: of all. */
      readonly lastS?: number;
    };

/** How a life ends; the last one ends by SIGTERM when all is delivered. */
export type End =
  /** At a step of the data's path, as its line of the log is called; after `withinMs` where it is not seen so often. */
  | { readonly kind: 'kill_at'; readonly step: string; readonly occurrence: number; readonly withinMs: number }
  /** The same, and of what was written to the journal's data without being flushed each page is there or not. */
  | {
      readonly kind: 'power_cut';
      readonly step: string;
      readonly occurrence: number;
      readonly withinMs: number;
      readonly seed: number;
    }
  /** So long after the process was started, which may be before it runs. */
  | { readonly kind: 'kill'; readonly afterMs: number }
  | { readonly kind: 'term'; readonly afterMs: number; readonly graceMs: number }
  | { readonly kind: 'term_twice'; readonly afterMs: number; readonly gapMs: number }
  /** When everything is delivered. */
  | { readonly kind: 'drained' };

/** Between two lives. */
export type Between =
  /** The machine is off for so long: the host's clock and the server's go on. */
  | { readonly kind: 'leap'; readonly byS: number }
  /** The disk spoils the journal's data, and perhaps the side file with the feeds' starts. */
  | { readonly kind: 'corrupt'; readonly how: Corruption; readonly starts: boolean; readonly seed: number };

export const CORRUPTIONS = ['bits', 'zeros', 'cut_short', 'garbage', 'gone'] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

/** What of the configuration may be another in each life. */
export interface LifeConfig {
  readonly sinks: readonly SinkName[];
  /** Sinks whose lane leaves out the type `EXCLUDABLE`. */
  readonly filtered: readonly SinkName[];
  /** Whether the source asks for a few types alone, `UNASKED` not among them. */
  readonly someTypes: boolean;
  readonly format: 'ecs' | 'ocsf' | 'raw';
  readonly maxEvents: number;
  readonly concurrency: number;
}

export interface Life {
  readonly config: LifeConfig;
  readonly acts: readonly Act[];
  readonly end: End;
  readonly between: readonly Between[];
}

export interface Schedule {
  readonly seed: number;
  /** Events that lie in the past when it begins, and over how many seconds. */
  readonly history: { readonly events: number; readonly spanS: number };
  /** Whether the past is read. */
  readonly backfill: boolean;
  readonly mode: 'index' | 'data_stream';
  /** Whether Splunk's token has indexer acknowledgment. */
  readonly acknowledges: boolean;
  /** Whether its sink takes nothing for delivered without. */
  readonly requiresAcks: boolean;
  readonly idempotent: boolean;
  /** Of Splunk, behind one address with sticky cookies. */
  readonly indexers: number;
  readonly proxied: readonly Proxiable[];
  /** How many events each sink refuses for ever. */
  readonly poison: Readonly<Record<SinkName, number>>;
  /** Whether the journal is on a small disk of its own. */
  readonly smallDisk: boolean;
  readonly lives: readonly Life[];
  /** Requests that have to meet a fault before those of the last life end; absent: they end when all of its acts are done. */
  readonly untilMet?: number;
  /** The faults end while the last life runs, not before it. */
  readonly quietWithin: boolean;
}

/** What is done at once, and lasts no time. */
export type Moment = Extract<Act, { readonly kind: (typeof MOMENTS)[number] }>;
const MOMENTS = ['burst', 'nameless', 'heal', 'reload', 'ask', 'rotate', 'clock'] as const;

export function isMoment(act: Act): act is Moment {
  return MOMENTS.some((kind) => kind === act.kind);
}

/** What is no fault, and happens in a life without faults too. */
export function isHarmless({ kind }: Act): boolean {
  return kind === 'burst' || kind === 'nameless' || kind === 'reload' || kind === 'heal' || kind === 'ask';
}

/** As it is counted. */
export function nameOf(act: Act): string {
  switch (act.kind) {
    case 'sink':
      return `${act.sink}: ${act.fault}`;
    case 'wire':
      return `wire to ${act.to}: ${act.mode}`;
    case 'tunnel':
      return `tunnel: ${act.mode}`;
    case 'api':
      return `api: ${act.name}`;
    case 'burst':
      return act.lateS > 0 ? 'late events' : 'burst';
    case 'rotate':
      return `rotate ${act.of}`;
    case 'ask':
      return `${act.what}, of ${act.of}`;
    case 'heal':
      return `healed: ${act.of}`;
    case 'nameless':
      return 'records without an id';
    case 'reload':
      return 'SIGHUP with another configuration';
    default:
      return act.kind;
  }
}

/** Whether somebody counts how often it is met. */
export function isCounted(act: Act): boolean {
  const kinds: readonly Act['kind'][] = ['sink', 'tunnel', 'ask', 'reload', 'nameless'];
  return kinds.includes(act.kind) || (act.kind === 'wire' && act.mode !== 'refused');
}

/** All configurations of a life, one after another. */
export function configsOf({ config, acts }: Life): readonly LifeConfig[] {
  return [config, ...acts.flatMap((act) => (act.kind === 'reload' ? [act.config] : []))];
}

/** A type of event that a `when` may leave out. */
export const EXCLUDABLE = 'login.failed';
/** A type that the source may not ask for. */
export const UNASKED = 'logout.succeeded';
