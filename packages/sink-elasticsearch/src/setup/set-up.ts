/**
 * Puts a plan in place, or says how it stands. What is there is looked at first, and only what is missing or ours and
 * out of date is written, so that a second run changes nothing.
 */
import type { SetupStep } from '@audit-relay/sink';
import { type Standing, standingOf } from './owned.ts';
import { noAnswer, type Refusal, refusalOf } from './refusals.ts';
import type { OwnedObject, SetupPlan, SetupTransport, TemplateState } from './shapes.ts';
import { setUpStream } from './stream.ts';

/** How an object stands, or why that is not known. */
type Look = { readonly standing: Standing } | { readonly refusal: Refusal };

const SETUP_FIX = 'run audit-relay setup';
const FOREIGN_FIX = 'rename or remove that object, or go on with it as your own and leave manage_template out';

/**
 * One step for each object, in the plan's order. What failed, or belongs to somebody else, ends it: the rest needs
 * what comes before. Never rejects.
 * @param isDryRun the same without writing: steps say what would be done.
 */
export async function setUp(
  transport: SetupTransport,
  plan: SetupPlan,
  isDryRun = false,
): Promise<readonly SetupStep[]> {
  const steps: SetupStep[] = [...plan.settled];
  for (const object of plan.objects) {
    const look = await lookAt(transport, object);
    const step =
      'refusal' in look ? failed(object, look.refusal) : await bring(transport, { object, ...look, isDryRun });
    steps.push(step);
    if (step.outcome === 'failed' || ('standing' in look && look.standing === 'foreign')) return steps;
  }
  if (plan.stream === undefined) return steps;
  const { name } = plan.stream;
  const step = await setUpStream(transport, plan.stream, isDryRun).catch((error: unknown): SetupStep => {
    return { name: `data stream ${name}`, outcome: 'failed', ...noAnswer(error) };
  });
  return step === undefined ? steps : [...steps, step];
}

/** For `doctor`: the worst of what the plan's objects are. Writes nothing and never rejects. */
export async function templateState(transport: SetupTransport, plan: SetupPlan): Promise<TemplateState> {
  const [settled] = plan.settled.filter(({ outcome }) => outcome === 'failed');
  if (settled !== undefined) return { state: 'unknown', detail: settled.detail, fix: settled.fix ?? SETUP_FIX };
  const states: TemplateState[] = [];
  for (const object of plan.objects) states.push(stateOf(object, await lookAt(transport, object)));
  const worst = WORST_FIRST.map((state) => states.find((found) => found.state === state)).find(Boolean);
  return worst ?? { state: 'current', detail: plan.objects.map(titleOf).join(', ') };
}

const WORST_FIRST = ['unknown', 'missing', 'foreign', 'outdated', 'newer'] as const;

async function lookAt(transport: SetupTransport, object: OwnedObject): Promise<Look> {
  try {
    const answer = await transport.request({ method: 'GET', path: object.path });
    const isAnswer = answer.status === 200 || answer.status === 404;
    return isAnswer ? { standing: standingOf(object, answer) } : { refusal: refusalOf(answer, object.right) };
  } catch (error) {
    return { refusal: noAnswer(error) };
  }
}

async function bring(
  transport: SetupTransport,
  {
    object,
    standing,
    isDryRun,
  }: { readonly object: OwnedObject; readonly standing: Standing; readonly isDryRun: boolean },
): Promise<SetupStep> {
  const name = titleOf(object);
  switch (standing) {
    case 'current':
      return { name, outcome: 'current', detail: `version ${object.meta.version}` };
    case 'newer':
      return { name, outcome: 'left alone', detail: 'a later release of audit-relay made it' };
    case 'foreign':
      return { name, outcome: 'left alone', detail: 'audit-relay did not make it', fix: FOREIGN_FIX };
    case 'missing':
    case 'outdated': {
      const refusal = isDryRun ? undefined : await put(transport, object);
      if (refusal !== undefined) return failed(object, refusal);
      return { name, outcome: standing === 'missing' ? 'created' : 'updated', detail: doneDetail(object, standing) };
    }
  }
}

async function put(transport: SetupTransport, object: OwnedObject): Promise<Refusal | undefined> {
  try {
    const answer = await transport.request({ method: 'PUT', path: object.path, body: object.body });
    return answer.status === 200 ? undefined : refusalOf(answer, object.right);
  } catch (error) {
    return noAnswer(error);
  }
}

/** Templates work on what is created from now on (elastic.co/docs, index templates, read 2026-11). */
function doneDetail({ kind, meta }: OwnedObject, standing: 'missing' | 'outdated'): string {
  const version = `version ${meta.version}`;
  if (kind === 'lifecycle policy' || standing === 'missing') return version;
  return `${version}; holds for indices that are created from now on`;
}

function failed(object: OwnedObject, refusal: Refusal): SetupStep {
  return { name: titleOf(object), outcome: 'failed', ...refusal };
}

function stateOf(object: OwnedObject, look: Look): TemplateState {
  const title = titleOf(object);
  if ('refusal' in look) return { state: 'unknown', detail: `${title}: ${look.refusal.detail}`, fix: look.refusal.fix };
  switch (look.standing) {
    case 'current':
      return { state: 'current', detail: title };
    case 'newer':
      return { state: 'newer', detail: `${title} was made by a later release of audit-relay` };
    case 'foreign':
      return { state: 'foreign', detail: `${title} was not made by audit-relay`, fix: FOREIGN_FIX };
    case 'missing':
      return { state: 'missing', detail: `${title} is not there`, fix: SETUP_FIX };
    case 'outdated':
      return { state: 'outdated', detail: `${title} is of an earlier release or configuration`, fix: SETUP_FIX };
  }
}

function titleOf({ kind, name }: OwnedObject): string {
  return `${kind} ${name}`;
}
