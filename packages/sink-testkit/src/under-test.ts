/**
 * What a sink's author declares about the sink and its peer. Where a sink has no such thing or its
 * peer differs, a reason in words takes the place of the value: nothing is skipped silently.
 */
import type { SinkPlugin } from '@audit-relay/sink';
import type { Peer, PeerRequest, Reply, Script } from './peer.ts';

/** Takes the place of a declaration that makes no sense for this sink; the reason is shown with the cases. */
export interface NotApplicable {
  readonly none: string;
}

/** A sink and a way to see what arrived: enough for `describeSink`. */
export interface SinkUnderTest<Config> {
  readonly plugin: SinkPlugin<Config>;
  /** Tells two configurations of one sink apart in the report: `with indexer_ack`. */
  readonly name?: string;
  /** The credential as it stands in the config; it must not be seen outside of the peer. */
  readonly secret: string | NotApplicable;
  /** A peer of its own for each case, with nothing delivered yet. */
  prepare(): Promise<PreparedPeer>;
  /** A valid config whose peer cannot be reached, or whose target cannot be written. */
  readonly unreachable: (() => Promise<unknown>) | NotApplicable;
}

/** The peer of one case. */
export interface PreparedPeer {
  /** YAML-shaped and valid, without the lane's keys. */
  readonly config: unknown;
  /** What the peer holds by now. */
  delivered(): Promise<Delivered>;
  /** Called after the sink was closed. */
  stop(): Promise<void>;
}

/** What has arrived at a peer. */
export interface Delivered {
  /** `Envelope.id` of each event, in order of arrival; a copy counts again. */
  readonly ids: readonly string[];
  /** The text in which the documents must be found unchanged, in the order of `ids`. */
  readonly text: string;
}

/** A credential that is in the config and never in a request. */
export interface SigningSecret {
  readonly value: string;
  /** Why it is not sent: `requests carry an HMAC made with it`. */
  readonly signs: string;
}

/** How a peer refuses the event at `index` of a request and nothing else. */
export type RefusalOfOne = (request: PeerRequest, index: number) => Reply;

/** What a sink may make of an HTTP status. `refused` is retryable with that `why`; `retryable` any; `acked` of a 2xx alone. */
export type StatusOutcome = 'acked' | 'refused' | 'retryable' | 'too_large' | 'rejected' | 'blocked';

/** A sink whose peer speaks HTTP: enough for `describeHttpSink`. */
export interface HttpSinkUnderTest<Config> {
  readonly plugin: SinkPlugin<Config>;
  /** As in `SinkUnderTest`. */
  readonly name?: string;
  /** As in `SinkUnderTest`; it must reach the peer, unless it only signs. */
  readonly secret: string | SigningSecret | NotApplicable;
  /** YAML-shaped config that points at `peer.url`. Its timeouts should be short: some cases wait them out. */
  configFor(peer: Pick<Peer, 'url'>): unknown;
  /** How this peer says yes, also to whatever else the sink asks it (handshakes, polls, `check`). */
  readonly accepted: Script;
  /** `Envelope.id` of each event in a request with a body, in order; empty when it delivers none. */
  idsIn(request: PeerRequest): readonly string[];
  /** Where the documents stand when not as they are in the body (escaped, encoded). Default: the body. */
  textIn?(request: PeerRequest): string;
  /** `body`: a status alone is no yes. Otherwise the reason why the status is enough for this peer. */
  readonly saysYesIn: 'body' | { readonly status: string };
  /** How this peer refuses one event for ever. */
  readonly partial: RefusalOfOne | NotApplicable;
  /** How this peer refuses one event for now. */
  readonly partialRetryable: RefusalOfOne | NotApplicable;
  /** A yes of this peer that counts fewer events than were sent. */
  readonly shortYes: ((request: PeerRequest) => Reply) | NotApplicable;
  /** Statuses that mean something else to this peer than to most, each with the reason. */
  readonly statusOf?: Readonly<Record<number, { readonly expect: StatusOutcome; readonly because: string }>>;
  /** Names of headers that the peer requires of every request. Default none. */
  readonly requiredHeaders?: readonly string[];
  /** Why its peer never speaks TLS. Absent: it does. */
  readonly https?: NotApplicable;
  /** Why it goes by no proxy. Absent: where its config names none, it goes by the one that `context.proxyFor` names. */
  readonly proxy?: NotApplicable;
  /** Why the URL of its peer has no path that goes before the sink's own. Absent: it may have one. */
  readonly path?: NotApplicable;
}

/** The heading of a sink's cases. */
export function titleOf<Config>({ plugin, name }: Pick<SinkUnderTest<Config>, 'plugin' | 'name'>): string {
  return `sink ${plugin.type}${name === undefined ? '' : ` ${name}`}`;
}

/** The secret, whether it is sent or not. */
export function plainSecret(secret: HttpSinkUnderTest<unknown>['secret']): string | NotApplicable {
  return typeof secret === 'object' && 'value' in secret ? secret.value : secret;
}

/** True when the author gave a reason in place of a value. */
export function isNotApplicable(declared: unknown): declared is NotApplicable {
  return typeof declared === 'object' && declared !== null && 'none' in declared;
}

/** Throws a `TypeError` when a basic declaration is missing, or departs from the rule without its reason. */
export function requireReasons<Config>({ secret, unreachable }: SinkUnderTest<Config>): void {
  requireDeclared({ secret, unreachable });
}

/** As `requireReasons`, for what is declared of an HTTP peer beside it. */
export function requireHttpReasons<Config>(under: HttpSinkUnderTest<Config>): void {
  const { secret, saysYesIn, partial, partialRetryable, shortYes, statusOf = {}, https, proxy, path } = under;
  requireDeclared({ secret, partial, partialRetryable, shortYes });
  for (const [name, declared] of Object.entries({ https, proxy, path })) {
    if (declared !== undefined) requireReason(declared.none, `${name}.none`);
  }
  if (typeof secret === 'object' && 'signs' in secret) requireReason(secret.signs, 'secret.signs');
  if (saysYesIn !== 'body') requireReason(saysYesIn.status, 'saysYesIn.status');
  for (const [status, { because }] of Object.entries(statusOf)) requireReason(because, `statusOf[${status}].because`);
}

/** A test file need not be type-checked, so the kit says itself what is missing. */
function requireDeclared(declarations: Readonly<Record<string, unknown>>): void {
  for (const [name, declared] of Object.entries(declarations)) {
    if (declared === undefined) throw new TypeError(`${name}: declare it, or say { none: 'why there is none' }`);
    if (isNotApplicable(declared)) requireReason(declared.none, `${name}.none`);
  }
}

function requireReason(reason: string, where: string): void {
  if (reason.trim() === '') throw new TypeError(`${where}: say why, in words`);
}
