/**
 * Puts the contents in place, or says how they stand. All objects of a kind are read first, and only what is missing, or ours
 * and as we left it, is written, so that a second run changes nothing and a run that was cut short goes on where it ended.
 */
import type { SetupStep } from '@audit-relay/sink';
import { overwriting } from './kinds.ts';
import type { Content, DatadogApi, Found, Kind, Refusal, Reply, Shelf } from './shapes.ts';
import { SETUP_VERSION, type Standing, standingOf, written } from './standing.ts';

export interface Order {
  readonly api: DatadogApi;
  readonly contents: readonly Content[];
  /** The same without writing: steps say what would be done. */
  readonly dryRun: boolean;
}

/**
 * One step for each object, in the order of the contents; for a kind that cannot be read, one in place of all of its objects.
 * Kinds need nothing of each other, so one that fails keeps no other from being set up. Rejects only when the signal fires.
 */
export async function setUp({ api, contents, dryRun }: Order): Promise<readonly SetupStep[]> {
  const steps: SetupStep[] = [];
  for (const [kind, those] of byKind(contents)) {
    const shelf = api.shelf(kind);
    const listed = await shelf.list(those.map(({ title }) => title));
    if ('refusal' in listed) {
      steps.push({ name: `${kind}s`, outcome: 'failed', ...listed.refusal });
      continue;
    }
    for (const content of those) {
      const { step, isLast } = await bring({ content, standing: standingOf(content, listed.value), shelf, dryRun });
      steps.push(step);
      if (isLast) break;
    }
  }
  return steps;
}

/** For `doctor`: how each object stands. Writes nothing. */
export async function standings({ api, contents }: Omit<Order, 'dryRun'>): Promise<readonly KindStanding[]> {
  const all: KindStanding[] = [];
  for (const [kind, those] of byKind(contents)) {
    const listed = await api.shelf(kind).list(those.map(({ title }) => title));
    all.push(
      'refusal' in listed ? { kind, refusal: listed.refusal } : { kind, objects: standingsOf(those, listed.value) },
    );
  }
  return all;
}

/** How the objects of one kind stand, or why that is not known. */
export type KindStanding = { readonly kind: Kind } & (
  | { readonly refusal: Refusal }
  | { readonly objects: readonly { readonly content: Content; readonly standing: Standing }[] }
);

function standingsOf(contents: readonly Content[], found: readonly Found[]) {
  return contents.map((content) => ({ content, standing: standingOf(content, found) }));
}

function byKind(contents: readonly Content[]): ReadonlyMap<Kind, readonly Content[]> {
  const kinds = new Map<Kind, Content[]>();
  for (const content of contents) kinds.set(content.kind, [...(kinds.get(content.kind) ?? []), content]);
  return kinds;
}

interface Bringing {
  readonly content: Content;
  readonly standing: Standing;
  readonly shelf: Shelf;
  readonly dryRun: boolean;
}

const VERSION = `version ${SETUP_VERSION}`;

/** `isLast`: what this object was refused for, the next of its kind would be refused for as well. */
interface Brought {
  readonly step: SetupStep;
  readonly isLast: boolean;
}

async function bring({ content, standing, shelf, dryRun }: Bringing): Promise<Brought> {
  const { kind, title } = content;
  const name = `${kind} ${title}`;
  switch (standing.is) {
    case 'current':
      return { step: { name, outcome: 'current', detail: VERSION }, isLast: false };
    case 'missing': {
      const reply = dryRun ? undefined : await shelf.create(written(content));
      return brought(reply, { name, outcome: 'created', detail: VERSION });
    }
    case 'outdated': {
      const { found, differs } = standing;
      const body = overwriting(kind, written(content), found.body);
      const reply = dryRun ? undefined : await shelf.update(found.id, body);
      return brought(reply, { name, outcome: 'updated', detail: `${VERSION}: ${differs.join(', ')}` });
    }
    default:
      return { step: { name, outcome: 'left alone', ...leftAlone(standing) }, isLast: false };
  }
}

/** @param done the step if nothing was refused. */
function brought(reply: Reply<string> | undefined, done: SetupStep): Brought {
  if (reply === undefined || 'value' in reply) return { step: done, isLast: false };
  return { step: { name: done.name, outcome: 'failed', ...reply.refusal }, isLast: !reply.isOfBody };
}

type LeftAlone = Exclude<Standing, { readonly is: 'current' | 'missing' | 'outdated' }>;

/** Why, and what to do about it. */
export function leftAlone(standing: LeftAlone): Pick<SetupStep, 'detail' | 'fix'> {
  switch (standing.is) {
    case 'newer':
      return { detail: 'a later release of audit-relay made it' };
    case 'foreign':
      return {
        detail: 'one of that name is there that audit-relay did not make',
        fix: 'rename that one to have ours beside it',
      };
    case 'changed':
      return {
        detail: `changed at Datadog since it was made: ${standing.differs.join(', ')}`,
        fix: 'it stays as it is; to have ours again, delete it there and run audit-relay setup',
      };
    case 'doubled':
      return {
        detail: `there more than once: ${standing.ids.join(', ')}`,
        fix: 'delete all but one of them, and run it again',
      };
  }
}
