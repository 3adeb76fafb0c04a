/**
 * Detection rules of Cloud SIEM (docs.datadoghq.com/security/cloud_siem, read in November 2026). Every search leaves out what was sent late: a
 * signal is about now, and its windows go by an event's date.
 */
import type { Content, JsonObject } from '../shapes.ts';
import { type Detection, SINGLE } from './detections.ts';
import type { Names } from './names.ts';
import { PATTERNS, type Pattern } from './patterns.ts';
import { onTime } from './search.ts';

/** Seconds. A signal stays open for an hour after its last event. */
const TIMES = { evaluationWindow: 900, keepAlive: 3600, maxSignalDuration: 86_400 } as const;

export function detectionRules(names: Names): readonly Content[] {
  return [...SINGLE.map((detection) => single(names, detection)), ...PATTERNS.map((each) => pattern(names, each))];
}

function single(names: Names, detection: Detection): Content {
  const { search, status, by } = detection;
  return rule(names, detection, {
    queries: [queryOf(names, { search, groupByFields: by })],
    cases: [{ name: '', status, condition: 'a > 0' }],
    options: { detectionMethod: 'threshold', ...TIMES },
  });
}

function pattern(names: Names, each: Pattern): Content {
  return rule(names, each, {
    queries: each.queries.map((query) => queryOf(names, query)),
    cases: each.cases.map((one) => ({ name: '', ...one })),
    options: { ...TIMES, ...each.options },
  });
}

/** `a`, `b` in conditions, by the order of the queries. An event without the attribute counts as well, under `N/A`. */
function queryOf({ source }: Names, { search, ...members }: Pattern['queries'][number]): JsonObject {
  const defaults = { name: '', aggregation: 'count', distinctFields: [], metrics: [], hasOptionalGroupByFields: true };
  return { ...defaults, ...members, query: onTime(source, search) };
}

type Described = Pick<Detection, 'key' | 'name' | 'why' | 'look' | 'attack'>;

function rule(
  { title, key }: Names,
  { key: name, name: text, why, look, attack: [tactic, technique] }: Described,
  parts: Pick<JsonObject, 'queries' | 'cases' | 'options'>,
): Content {
  const fullName = title(`OpenAI: ${text}`);
  const body = {
    type: 'log_detection',
    name: fullName,
    isEnabled: true,
    message: `${why}\n\n**What to do:** ${look}\n\nActor: {{@usr.email}} {{@usr.id}} · address: {{@network.client.ip}}`,
    tags: ['source:openai-audit', `tactic:${tactic}`, `technique:${technique}`],
    ...parts,
  };
  return { kind: 'detection rule', key: key(name), title: fullName, body };
}
