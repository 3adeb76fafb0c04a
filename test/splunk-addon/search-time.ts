/**
 * What a search head with the add-on makes of an event, in Splunk’s order: fields of the index, KV_MODE, FIELDALIAS, EVAL, LOOKUP,
 * event types, tags (props.conf.spec of 10.2). Each kind sees only what the kinds before it have made.
 */
import { readConf } from './conf.ts';
import { compile } from './eval-expression.ts';
import type { Fields, Value } from './fields.ts';
import { jsonFields } from './json-fields.ts';
import { compileFilter } from './search-filter.ts';

/** An event as it is in the index. */
export interface Indexed {
  readonly sourcetype: string;
  readonly raw: string;
  /** Indexed fields. */
  readonly fields: Readonly<Record<string, string>>;
}

/** An event as a user sees it. */
export interface Found {
  readonly fields: Fields;
  readonly eventTypes: readonly string[];
  readonly tags: readonly string[];
}

type Step = (fields: Fields, raw: string) => Fields;

export type SearchHead = (event: Indexed) => Found;

/** @param files of the add-on, by their path. @throws Error for a setting that is not known here. */
export function searchHead(files: ReadonlyMap<string, string>): SearchHead {
  const conf = (name: string): ReturnType<typeof readConf> => readConf(files.get(`default/${name}.conf`) ?? '');
  const lookups = lookupsOf(conf('transforms'), files);
  const bySourcetype = new Map([...conf('props')].map(([stanza, settings]) => [stanza, stepsOf(settings, lookups)]));
  const eventTypes = [...conf('eventtypes')].map(([name, settings]) => ({
    name,
    filter: compileFilter(settings.get('search') ?? ''),
  }));
  const tags = conf('tags');
  return ({ sourcetype, raw, fields }) => {
    const indexed: Fields = new Map(
      Object.entries({ ...fields, sourcetype }).map(([name, value]): [string, Value] => [name, [value]]),
    );
    const steps = bySourcetype.get(sourcetype) ?? [];
    const all = steps.reduce((before, step) => step(before, raw), indexed);
    const isOf = eventTypes.filter(({ filter }) => filter(all)).map(({ name }) => name);
    const enabled = isOf.flatMap((name) => [...(tags.get(`eventtype=${name}`) ?? [])]);
    const found = enabled.flatMap(([tag, state]) => (state === 'enabled' ? [tag] : []));
    return { fields: all, eventTypes: isOf, tags: [...new Set(found)].toSorted() };
  };
}

/** Settings for the index, for the forms of Splunk Web, and KV_MODE, whose value is looked at by itself. */
const NOT_OF_FIELDS =
  /^(category|description|pulldown_type|SHOULD_LINEMERGE|LINE_BREAKER|TRUNCATE|TIME_PREFIX|TIME_FORMAT|MAX_TIMESTAMP_LOOKAHEAD|TZ)$/;

function stepsOf(settings: ReadonlyMap<string, string>, lookups: ReadonlyMap<string, Lookup>): readonly Step[] {
  const named = [...settings].filter(([name]) => !NOT_OF_FIELDS.test(name));
  const of = (kind: string): readonly (readonly [string, string])[] =>
    named.flatMap(([name, value]) => (name.startsWith(kind) ? [[name.slice(kind.length), value] as const] : []));
  const known = ['KV_MODE', 'FIELDALIAS-', 'EVAL-', 'LOOKUP-'];
  const unknown = named.find(([name]) => !known.some((kind) => name.startsWith(kind)));
  if (unknown !== undefined) throw new Error(`a setting that is not known: ${unknown.join(' = ')}`);
  const evals = of('EVAL-').map(([field, text]) => ({ field, expression: compile(text) }));
  return [
    ...of('KV_MODE').map(([, mode]): Step => {
      if (mode !== 'json') throw new Error(`KV_MODE = ${mode}`);
      return (fields, raw) => new Map([...jsonFields(raw), ...fields]);
    }),
    ...of('FIELDALIAS-').map(([, text]) => aliasStep(text)),
    (fields, raw) => {
      const seen = new Map([...fields, ['_raw', [raw]]]);
      // Side by side; a field that had a value has none where its expression gives null.
      return new Map([...fields, ...evals.map(({ field, expression }) => [field, expression(seen)] as const)]);
    },
    ...of('LOOKUP-').map(([, text]) => lookupStep(text, lookups)),
  ];
}

function aliasStep(text: string): Step {
  const [, original = '', how = '', alias = ''] = /^(\S+) (AS|ASNEW) (\S+)$/.exec(text) ?? [];
  if (alias === '') throw new Error(`cannot read the alias ${text}`);
  return (fields) => {
    const isKept = how === 'ASNEW' && (fields.get(alias) !== undefined || fields.get(original) === undefined);
    return isKept ? fields : new Map([...fields, [alias, fields.get(original)]]);
  };
}

interface Lookup {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function lookupsOf(transforms: ReturnType<typeof readConf>, files: ReadonlyMap<string, string>): Map<string, Lookup> {
  return new Map(
    [...transforms].map(([name, settings]) => {
      const rest = [...settings].filter(([key]) => key !== 'filename').map((pair) => pair.join('='));
      if (rest.join() !== 'match_type=WILDCARD(event_action),max_matches=1,case_sensitive_match=true') {
        throw new Error(`a lookup that is not known: ${rest.join()}`);
      }
      const text = files.get(`lookups/${settings.get('filename')}`) ?? '';
      const [columns = [], ...rows] = text
        .trim()
        .split('\n')
        .map((line) => line.split(','));
      return [name, { columns, rows }];
    }),
  );
}

function lookupStep(text: string, lookups: ReadonlyMap<string, Lookup>): Step {
  const [, name = '', key = '', list = ''] = /^(\S+) (\S+) OUTPUTNEW (.+)$/.exec(text) ?? [];
  const lookup = lookups.get(name);
  if (lookup === undefined) throw new Error(`cannot read the lookup ${text}`);
  const at = (column: string): number => {
    const index = lookup.columns.indexOf(column);
    if (index === -1) throw new Error(`${name} has no column ${column}`);
    return index;
  };
  const keyAt = at(key);
  const outputs = list.split(' ').map((column) => ({ column, index: at(column) }));
  return (fields) => {
    const [value] = fields.get(key) ?? [];
    const row = lookup.rows.find((cells) => value !== undefined && isLikeKey(value, cells[keyAt] ?? ''));
    const given = outputs.flatMap(({ column, index }): readonly (readonly [string, Value])[] => {
      const cell = row?.[index] ?? '';
      return cell === '' || fields.get(column) !== undefined ? [] : [[column, [cell]]];
    });
    return new Map([...fields, ...given]);
  };
}

function isLikeKey(value: string, key: string): boolean {
  return key.startsWith('*') ? value.endsWith(key.slice(1)) : value === key;
}
