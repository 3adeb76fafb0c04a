/**
 * What is valid and yet likely a mistake, as warnings: names that this version does not know, which filter or hide
 * nothing, a source that stands twice, and a URL below which no log is.
 */
import { known } from '@audit-relay/core';
import { type Finding, nearest, type Path } from './problems.ts';
import type { AgentConfig } from './schema.ts';

/** Of the parts that could be read. */
export interface Readable {
  readonly sources: AgentConfig['sources'];
  readonly normalization: AgentConfig['normalization'] | undefined;
}

export function suspicions({ sources, normalization }: Readable): readonly Finding[] {
  return [
    ...(normalization?.redact ?? []).flatMap(({ field }, index) =>
      unknownField(field, ['redact', index, 'field'], sources),
    ),
    ...Object.keys(normalization?.normalize.severity ?? {}).flatMap((type) =>
      unknownType(type, { path: ['normalize', 'severity', type], at: 'key' }, sources),
    ),
    ...Object.entries(sources).flatMap(([name, { event_types: types = [] }]) =>
      types.flatMap((type, index) => unknownType(type, { path: ['sources', name, 'event_types', index] }, {})),
    ),
    ...sameSources(sources),
    ...Object.entries(sources).flatMap(([name, source]) => unlikelyUrl(source, ['sources', name, 'base_url'])),
  ];
}

/** The relay asks for `<base_url>/organization/audit_logs`, and so for nothing that is there. */
function unlikelyUrl({ base_url: url, dialect }: AgentConfig['sources'][string], path: Path): readonly Finding[] {
  const { hostname, pathname, search } = new URL(url);
  const warn = (expected: string, fix: string): readonly Finding[] => [
    { level: 'warning', code: 'CONFIG_UNLIKELY_URL', path, expected, fix },
  ];
  if (search !== '') return warn('what follows the ? is not asked for', 'end it before the ?');
  if (/\/organization(\/[a-z_]*)?\/?$/.test(pathname)) {
    return warn('the relay puts the path of the log behind this by itself', 'end it before /organization');
  }
  const isPublic = dialect === 'audit_logs' && /(^|\.)api\.openai\.com$/.test(hostname);
  if (!isPublic || /^\/v1\/?$/.test(pathname)) return [];
  return warn('the public API stands below /v1', `end it with ${hostname}/v1`);
}

function unknownField(field: string, path: Path, sources: AgentConfig['sources']): readonly Finding[] {
  const used = [...new Set(Object.values(sources).map(({ dialect }) => dialect))];
  const dialects = used.length === 0 ? (['audit_logs', 'organization_logs'] as const) : used;
  if (known.isPath(field, dialects)) return [];
  const paths = known.paths(dialects);
  // `user.email` lacks its beginning more likely than it is misspelt.
  const near = paths.find((one) => one.endsWith(`.${field}`)) ?? nearest(field, paths);
  return [
    {
      level: 'warning',
      code: 'CONFIG_UNKNOWN_FIELD',
      path,
      expected: 'no record is known to have this field, so that nothing may be redacted by it',
      fix: `${near === undefined ? '' : `did you mean ${near}? `}paths are those of the API's record, not of ECS: audit-relay map --explain shows both`,
    },
  ];
}

function unknownType(
  type: string,
  place: Pick<Finding, 'path' | 'at'>,
  sources: AgentConfig['sources'],
): readonly Finding[] {
  const types = known.types().map(([name]) => name);
  // The older dialect has names of its own, which nobody has listed.
  const isOpen = Object.values(sources).some(({ dialect }) => dialect === 'organization_logs');
  if (isOpen || types.includes(type)) return [];
  const near = nearest(type, types);
  return [
    {
      level: 'warning',
      code: 'CONFIG_UNKNOWN_TYPE',
      ...place,
      expected: 'this version knows no event of this type',
      fix: `${near === undefined ? '' : `did you mean ${near}? `}audit-relay schema events lists those that it knows`,
    },
  ];
}

function sameSources(sources: AgentConfig['sources']): readonly Finding[] {
  const first = new Map<string, string>();
  return Object.entries(sources).flatMap(([name, { api_key: key, base_url: url }]): readonly Finding[] => {
    const identity = JSON.stringify([key, url.replace(/\/$/, '')]);
    const other = first.get(identity);
    if (other === undefined) {
      first.set(identity, name);
      return [];
    }
    return [
      {
        level: 'warning',
        code: 'CONFIG_SAME_SOURCE',
        path: ['sources', name],
        at: 'key',
        expected: `this source has the key and the address of ${other}: every event that both ask for comes twice`,
        fix: 'remove one, or tell them apart by feeds or filters',
      },
    ];
  });
}
