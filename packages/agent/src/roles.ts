/** What one agent does of the work that several share: `audit-relay run --role`. */
import type { JournalRoles } from '@audit-relay/core';

export type Role = 'collect' | 'deliver';
export const ROLES: readonly Role[] = ['collect', 'deliver'];

/** Without a role: all. */
export function rolesOf(role: Role | undefined): JournalRoles {
  return { collect: role !== 'deliver', deliver: role !== 'collect' };
}
