/** The two lists that the API keeps apart, and the rule that says in which of them an event stands. */

/** `organization` answers `tenant_only=false`, the default; `tenant` answers `tenant_only=true`. They share no event. */
export type Feed = 'organization' | 'tenant';

/** Both, in the order in which lists of events are told. */
export const feeds: readonly Feed[] = ['organization', 'tenant'];

/** The only two types without the prefix that the API's description of `tenant_only` names as tenant-scoped. */
const tenantRoleTypes: ReadonlySet<string> = new Set(['role.bound_to_resource', 'role.unbound_from_resource']);

/**
 * The feed of an event by its type. That everything named `tenant.…` is tenant-scoped follows from the
 * names; the API's description says it only of the two role types.
 */
export function feedOf(type: string): Feed {
  return type.startsWith('tenant.') || tenantRoleTypes.has(type) ? 'tenant' : 'organization';
}
