/** What set-up works from and what it says: the shapes between the sink, the plan and what carries it out. */
import type { SetupStep } from '@audit-relay/sink';
import type { JsonObject } from './fields.ts';

/** What of the sink's configuration and of its server set-up depends on. */
export interface SetupQuestion {
  readonly mode: 'data_stream' | 'index';
  /** What the documents are; absent: not known, and taken for ECS. */
  readonly format?: 'ecs' | 'ocsf' | 'raw';
  /** Of the data stream; unused with `mode: index`. */
  readonly namespace: string;
  /** Days or hours, such as `90d` or `36h`. Absent: events are kept for ever. */
  readonly retention?: string;
  /** With `mode: index`: the name of an index, with %Y, %m and %d. Unused with `mode: data_stream`. */
  readonly indexPattern: string;
  /** `version.build_flavor` of `GET /` is `serverless`. */
  readonly serverless: boolean;
  /** `version.number` of `GET /`, such as `8.19.2`. */
  readonly version: string;
}

/** What is to be in place. */
export interface SetupPlan {
  /** In the order in which one needs the other. */
  readonly objects: readonly OwnedObject[];
  readonly stream?: StreamPlan;
  /** What is known before anything is asked: a server that is too old, a retention that cannot be had. */
  readonly settled: readonly SetupStep[];
}

/** One object of ours at the server. Its `_meta` says so, with the set-up's version and a digest of the rest. */
export interface OwnedObject {
  readonly kind: 'component template' | 'index template' | 'lifecycle policy';
  readonly name: string;
  /** Where it is read and written. */
  readonly path: string;
  /** The request's body. */
  readonly body: JsonObject;
  readonly meta: OwnMeta;
  /** What the credentials need for it, as in `the cluster privilege manage_ilm`. */
  readonly right: string;
}

/** `_meta` of what is ours. */
export interface OwnMeta extends JsonObject {
  readonly managed_by: 'audit-relay';
  /** Of the set-up; goes up whenever a body changes. */
  readonly version: number;
  /** Of the body without its `_meta`: another configuration of the same version makes another. */
  readonly digest: string;
}

/** The data stream of this sink, which exists only once somebody has written to it or created it. */
export interface StreamPlan {
  readonly name: string;
  readonly retention?: string;
}

/** One request; a body is sent as JSON. */
export interface SetupRequest {
  readonly method: 'GET' | 'PUT';
  /** Begins with `/`; names in it are encoded. */
  readonly path: string;
  readonly body?: JsonObject;
}

/** An answer of any status; the body as JSON, undefined when it is none. */
export interface SetupAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** How the sink lets set-up talk to its server. It retries nothing, and throws only when no answer came. */
export interface SetupTransport {
  request(request: SetupRequest): Promise<SetupAnswer>;
}

/** How the templates stand, for `doctor`: the worst of them. */
export interface TemplateState {
  /** `foreign`: not made by us. `newer`: made by a later release. `unknown`: not told, for the reason in `detail`. */
  readonly state: 'current' | 'outdated' | 'newer' | 'foreign' | 'missing' | 'unknown';
  readonly detail: string;
  /** Unless `current` or `newer`. */
  readonly fix?: string;
}
