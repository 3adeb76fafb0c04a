/**
 * What set-up has to know of each kind of objects: where its mark stands, which of its members are ours, and which are the
 * operator's and stay when we write it anew.
 */
import type { MarkField } from './mark.ts';
import { isObject, type JsonObject, type JsonValue, type Kind } from './shapes.ts';

export interface KindRules {
  readonly place: MarkField;
  /** The member that holds its title. */
  readonly titleAt: 'name' | 'title';
  /** Members of an object itself that are ours. */
  readonly top: ReadonlySet<string>;
  /**
   * Members below them that count, at any depth: all that a release has ever written, so that the digest of what an earlier one
   * wrote is found again, and those that somebody may have added in a place that would be written over. Names are added here, and none is taken away.
   */
  readonly below: ReadonlySet<string>;
  /** Members at the top that are the operator's: no difference, and kept when it is written anew. */
  readonly operators: readonly string[];
}

/** Tags are in no list: anybody may add one. */
export const KINDS: Readonly<Record<Kind, KindRules>> = {
  'log pipeline': {
    place: 'tags',
    titleAt: 'name',
    top: words('name description filter processors'),
    below:
      words(`query type name is_enabled sources source_type target target_type target_format preserve_source override_on_conflict
      categories filter template grok samples processors`),
    operators: ['is_enabled'],
  },
  dashboard: {
    place: 'description',
    titleAt: 'title',
    top: words('title description layout_type reflow_type template_variables widgets'),
    below:
      words(`name prefix available_values defaults widgets definition layout layout_type x y width height type title
      show_title background_color content requests query columns field data_source query_string indexes sort column order
      response_format queries formulas formula alias search compute aggregation group_by facet limit display_type autoscale
      precision time live_span style palette markers custom_links conditional_formats title_size title_align yaxis`),
    // A dashboard is written as a whole: what is left out would be gone.
    operators: ['notify_list', 'restricted_roles', 'tags', 'template_variable_presets'],
  },
  'detection rule': {
    place: 'tags',
    titleAt: 'name',
    top: words('name message queries cases options calculatedFields referenceTables schedulingOptions'),
    below:
      words(`name query aggregation groupByFields distinctFields metrics hasOptionalGroupByFields customQueryExtension status
      condition actions detectionMethod evaluationWindow keepAlive maxSignalDuration newValueOptions forgetAfter learningDuration
      impossibleTravelOptions baselineUserLocations decreaseCriticalityBasedOnEnv`),
    operators: ['isEnabled', 'filters', 'groupSignalsBy'],
  },
  monitor: {
    place: 'tags',
    titleAt: 'name',
    top: words('name type query message options'),
    below: words(`thresholds critical critical_recovery warning warning_recovery on_missing_data enable_logs_sample
      groupby_simple_monitor include_tags`),
    operators: ['priority', 'restricted_roles'],
  },
};

/** What is written over an object that is there. @param ours with its mark. */
export function overwriting(kind: Kind, ours: JsonObject, found: JsonObject): JsonObject {
  const kept = KINDS[kind].operators.flatMap((name) => {
    const value = found[name] ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  const { options, cases, tags, type, ...rest } = ours;
  return {
    ...rest,
    // A rule is of its type for good, and its update does not take one.
    ...(kind === 'detection rule' || type === undefined ? {} : { type }),
    ...(options === undefined ? {} : { options }),
    ...Object.fromEntries(kept),
    // Written as a whole, with options that only the operator has set.
    ...(kind === 'monitor' && isObject(options) ? { options: { ...optionsOf(found), ...options } } : {}),
    ...(kind === 'detection rule' ? { cases: notified(cases, found['cases']) } : {}),
    ...(tags === undefined ? {} : { tags: [...new Set([...listOf(tags), ...othersOf(found['tags'])])] }),
  };
}

function optionsOf({ options }: JsonObject): JsonObject {
  return isObject(options) ? options : {};
}

/** Whom the operator has had told of a case of a rule is told as before. */
function notified(ours: JsonValue | undefined, found: JsonValue | undefined): JsonValue {
  const theirs = listOf(found);
  return listOf(ours).map((each, index) => {
    const before = theirs[index];
    const targets = isObject(before) ? listOf(before['notifications']) : [];
    return isObject(each) && targets.length > 0 ? { ...each, notifications: targets } : each;
  });
}

/** Tags of an object that are no mark of ours: an earlier mark goes. */
function othersOf(tags: JsonValue | undefined): readonly JsonValue[] {
  return listOf(tags).filter((tag) => typeof tag === 'string' && !tag.startsWith('audit_relay:'));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
