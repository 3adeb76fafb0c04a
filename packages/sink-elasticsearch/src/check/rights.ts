/** The privileges that a configuration needs, each with what for and how badly. */
import type { Check } from '@audit-relay/sink';
import { missingPrivilege } from '../answer.ts';
import type { ElasticsearchConfig } from '../config.ts';
import { type Privilege, writingPrivilege } from '../privileges.ts';
import { namesOf } from '../target.ts';

/** One privilege of the list in the README. */
export interface Right {
  readonly privilege: Privilege;
  /** In words, what it is for. */
  readonly purpose: string;
  /** Without it nothing is delivered; otherwise something goes without. */
  readonly isRequired: boolean;
}

/** In the order of the README. */
export function neededFor(config: ElasticsearchConfig): readonly Right[] {
  const isGuarded = config.mode === 'data_stream';
  const isRequired = isGuarded && config.duplicate_guard === 'required';
  return [
    { privilege: writingPrivilege(config), purpose: 'writes events', isRequired: true },
    { privilege: 'auto_configure', purpose: 'creates the stream or index, and new fields in it', isRequired: true },
    ...(isGuarded
      ? [{ privilege: 'read', purpose: 'looks for events that may be held already', isRequired } as const]
      : []),
    { privilege: 'view_index_metadata', purpose: 'lists backing indices and their blocks', isRequired },
    { privilege: 'monitor', purpose: 'reads the version, templates and disk state of the cluster', isRequired: false },
  ];
}

/** The finding for one that is not granted. */
export function missingOf({ privilege, purpose, isRequired }: Right, config: ElasticsearchConfig): Check {
  return {
    name: `privilege ${privilege}`,
    verdict: isRequired ? 'fail' : 'warn',
    detail: `not granted; it ${purpose}`,
    fix: missingPrivilege(privilege, namesOf(config)),
  };
}
