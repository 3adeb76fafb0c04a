/** What set-up works with: the objects that are to be at Datadog, those that are there, and the way to them. */

/** A JSON object of a body. */
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** What such an object holds. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** The kinds of objects, in the words of Datadog's documentation; a list of the configuration has them in its own spelling. */
export type Kind = 'log pipeline' | 'dashboard' | 'detection rule' | 'monitor';

/** One object that is to be there. Its body is as Datadog's API takes it, without the mark that says that it is ours. */
export interface Content {
  readonly kind: Kind;
  /** Which of ours it is, the same in all releases: small letters, digits and hyphens. */
  readonly key: string;
  /** Its name or title at Datadog. */
  readonly title: string;
  readonly body: JsonObject;
}

/** One object that is there, in Datadog's own words. */
export interface Found {
  readonly id: string;
  readonly body: JsonObject;
}

/** Why something cannot be had, and what to do: the part of a step or finding that says so. */
export interface Refusal {
  readonly detail: string;
  readonly fix: string;
}

/** Why there is no answer of use. `isOfBody`: this one body was refused, and another may be taken. `status`: of an answer that was a no. */
export interface No {
  readonly refusal: Refusal;
  readonly isOfBody: boolean;
  readonly status?: number;
}

export type Reply<Value> = { readonly value: Value } | No;

/** One kind of objects at Datadog: read all, make one, change one. Never rejects but when the signal fires. */
export interface Shelf {
  /** All that there are, or at least all that are ours or bear one of these titles. */
  list(titles: readonly string[]): Promise<Reply<readonly Found[]>>;
  /** Answers with its id. */
  create(body: JsonObject): Promise<Reply<string>>;
  update(id: string, body: JsonObject): Promise<Reply<string>>;
}

/** All of Datadog that set-up needs. */
export interface DatadogApi {
  /** Whether Datadog takes both keys; undefined: it does. */
  refusedKeys(): Promise<Refusal | undefined>;
  shelf(kind: Kind): Shelf;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
