/**
 * What an event type means, in ECS and in OCSF: reads the tables of `data/` once, when it is loaded,
 * and answers for every type, known or not. Nothing else in the product knows event types.
 */
import type { Feed } from '../entry.ts';
import type { Severity } from './config.ts';
import { EVENT_TYPES } from './data/event-types.ts';
import { OCSF_ACTIVITIES, OCSF_CLASSES, OCSF_VERSION } from './data/ocsf-1-8-0.ts';

export type EventOutcome = 'success' | 'failure' | 'unknown';

/** Which rule of `payload.ts` reads the payload; `-` is the plain one. */
export type PayloadRule = '-' | 'assignment' | 'role_change' | 'invite' | 'configs' | 'certificates' | 'organization';

/** One line of the table. */
export interface Classification {
  /** False: a type this version has never seen, classified by its last segment. */
  readonly known: boolean;
  /** `openai.audit.target.type`; absent for authentication and unknown types. */
  readonly targetType: string | undefined;
  /** Whether the target is a user or a group in the sense of ECS. */
  readonly concerns: 'user' | 'group' | undefined;
  readonly reads: PayloadRule;
  /** ECS `event.category`. */
  readonly category: readonly string[];
  /** ECS `event.type`. */
  readonly types: readonly string[];
  readonly outcome: EventOutcome;
  /** Our policy goes up to 3, medium; the configuration may say otherwise. */
  readonly severity: Severity;
  /** Where it comes in; undefined for types of no feed: unknown ones and calls. */
  readonly feed: Feed | undefined;
  readonly ocsf: OcsfClassification;
}

/** What an OCSF document says about its type, under OCSF's own names. */
export interface OcsfClassification {
  readonly activity_id: number;
  readonly activity_name: string;
  readonly category_uid: number;
  readonly category_name: string;
  readonly class_uid: number;
  readonly class_name: string;
  /** `class_uid` times 100 and the `activity_id`. */
  readonly type_uid: number;
  readonly type_name: string;
  /** Type of the entity (3004) or of the user (3001, 3005) it was done to; absent for other classes. */
  readonly objectType: { readonly type: string; readonly type_id: number } | undefined;
}

/** Of OCSF; part of every OCSF document. */
export { OCSF_VERSION };

/** Of the Elastic Common Schema; part of every ECS document. */
export const ECS_VERSION = '9.4.0';

/** A row of its own for what the type alone does not say; see the head of `data/event-types.ts`. */
export type Variant = '' | ' +group' | ' -role' | ' +api';

/** The line of a type; of its last segment when the type is unknown; else the line for all the rest. */
export function classify(type: string, variant: Variant = ''): Classification {
  const found = table.get(type + variant) ?? table.get(`*.${lastSegment(type)}${variant}`) ?? table.get(`*${variant}`);
  if (found === undefined) throw new Error(`event-types.ts has no line for *${variant}`);
  return found;
}

/** Every known type with its line, in the order of the table; without the lines for variants and unknown types. */
export function knownTypes(): readonly (readonly [type: string, line: Classification])[] {
  return [...table].filter(([type]) => !/[* ]/.test(type));
}

/** What unknown types are told apart by, each with its line, in the order of the table: `*.created`, and `*` for all the rest. */
export function knownPatterns(): readonly (readonly [pattern: string, line: Classification])[] {
  return [...table].filter(([type]) => /^\*(\.\S+)?$/.test(type));
}

function lastSegment(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

const table: ReadonlyMap<string, Classification> = readTable();

function readTable(): ReadonlyMap<string, Classification> {
  const classes = new Map(rowsOf(OCSF_CLASSES).map(([uid = '', ...names]) => [uid, names]));
  const activities = new Map(
    rowsOf(OCSF_ACTIVITIES).map(([type = '', ...columns]) => [type, readActivity(columns, classes)]),
  );
  return new Map(
    rowsOf(EVENT_TYPES).map(([type = '', ...columns]) => {
      const ocsf = activities.get(type);
      if (ocsf === undefined) throw new Error(`the OCSF table has no line for ${type}`);
      return [type, readClassification(type, columns, ocsf)];
    }),
  );
}

function readClassification(type: string, columns: readonly string[], ocsf: OcsfClassification): Classification {
  const [target, concerns, reads, category = '', types = '', outcome, severity, feed] = columns;
  return {
    known: !type.startsWith('*'),
    targetType: target === '-' ? undefined : target,
    concerns: concerns === 'user' || concerns === 'group' ? concerns : undefined,
    // The tables are ours, and a test reads every line of them.
    reads: reads as PayloadRule,
    category: category.split(','),
    types: types.split(','),
    outcome: outcome as EventOutcome,
    severity: Number(severity) as Severity,
    feed: feed === '-' ? undefined : (feed as Feed),
    ocsf,
  };
}

function readActivity(columns: readonly string[], classes: ReadonlyMap<string, readonly string[]>): OcsfClassification {
  const [uid = '', activity, activityName = '', objectType = '-', objectTypeId] = columns;
  const [className = '', category, categoryName = ''] = classes.get(uid) ?? [];
  const classUid = Number(uid);
  const activityId = Number(activity);
  return {
    activity_id: activityId,
    activity_name: activityName,
    category_uid: Number(category),
    category_name: categoryName,
    class_uid: classUid,
    class_name: className,
    type_uid: classUid * 100 + activityId,
    type_name: `${className}: ${activityName}`,
    objectType: objectType === '-' ? undefined : { type: objectType, type_id: Number(objectTypeId) },
  };
}

function rowsOf(lines: string): readonly (readonly string[])[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((column) => column.trim()));
}
