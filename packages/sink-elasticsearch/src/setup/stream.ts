/**
 * The retention of the sink's own data stream. A template's lifecycle goes into a stream when that is created and never
 * again, so a retention is set on the stream; one that nobody has written to yet is created for it.
 */
import type { SetupStep } from '@audit-relay/sink';
import { at, isOurs } from './owned.ts';
import { refusalOf } from './refusals.ts';
import type { SetupAnswer, SetupRequest, SetupTransport, StreamPlan } from './shapes.ts';

/** A stream that is there or is to be, with the answer to a look at it. */
interface Found extends StreamPlan {
  readonly path: string;
  readonly answer: SetupAnswer;
}

/** Undefined when there is nothing to say: no retention, and no stream that can be seen. Throws what the transport throws. */
export async function setUpStream(
  transport: SetupTransport,
  plan: StreamPlan,
  isDryRun: boolean,
): Promise<SetupStep | undefined> {
  const path = `/_data_stream/${encodeURIComponent(plan.name)}`;
  const found = { ...plan, path, answer: await transport.request({ method: 'GET', path }) };
  if (found.answer.status === 200) return bringRetention(transport, found, isDryRun);
  const { retention } = plan;
  // Nothing is asked of the stream then, so nothing is wrong with one that cannot be looked at.
  if (retention === undefined) return undefined;
  if (found.answer.status !== 404) return refused(found, found.answer, 'view_index_metadata');
  return write(transport, { ...found, retention, isDryRun }, 'created');
}

async function bringRetention(transport: SetupTransport, found: Found, isDryRun: boolean): Promise<SetupStep> {
  const stream = at(found.answer.body, ['data_streams', '0']);
  // A stream has it from the template that it was created by.
  if (!isOurs(at(stream, ['_meta']))) return madeByAnother(found);
  const { retention } = found;
  if (retention === undefined || at(stream, ['lifecycle', 'data_retention']) === retention) {
    return { name: titleOf(found), outcome: 'current', detail: keptFor(retention) };
  }
  return write(transport, { ...found, retention, isDryRun }, 'updated');
}

async function write(
  transport: SetupTransport,
  found: Found & { readonly retention: string; readonly isDryRun: boolean },
  outcome: 'created' | 'updated',
): Promise<SetupStep> {
  const { path, retention } = found;
  const requests: readonly SetupRequest[] = [
    ...(outcome === 'created' ? [{ method: 'PUT', path } as const] : []),
    { method: 'PUT', path: `${path}/_lifecycle`, body: { data_retention: retention } },
  ];
  for (const request of found.isDryRun ? [] : requests) {
    const answer = await transport.request(request);
    if (answer.status !== 200) return refused(found, answer, 'manage');
  }
  return { name: titleOf(found), outcome, detail: keptFor(retention) };
}

function refused(found: Found, answer: SetupAnswer, privilege: string): SetupStep {
  const right = `the index privilege ${privilege} on ${found.name}`;
  return { name: titleOf(found), outcome: 'failed', ...refusalOf(answer, right) };
}

function madeByAnother(found: Found): SetupStep {
  return {
    name: titleOf(found),
    outcome: 'left alone',
    detail: 'it was created by another template: its lifecycle, retention and failure store stay as they are',
    fix: `POST /${found.name}/_rollover brings our mappings to what comes; set a retention on the stream yourself`,
  };
}

function keptFor(retention: string | undefined): string {
  return retention === undefined ? 'its retention is left as it is' : `events are kept for ${retention}`;
}

function titleOf({ name }: StreamPlan): string {
  return `data stream ${name}`;
}
