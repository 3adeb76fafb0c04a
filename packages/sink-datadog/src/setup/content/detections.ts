/**
 * What is looked for in the events: one row a detection rule. The severities are those of a signal; what each row means for an organization, and
 * what to do, is told to whoever reads the signal.
 */
import { named } from './search.ts';

export interface Detection {
  readonly key: string;
  readonly name: string;
  readonly status: 'low' | 'medium' | 'high' | 'critical';
  /** Which events, without source and lateness. */
  readonly search: string;
  /** Attributes whose values each have a signal of their own. */
  readonly by: readonly string[];
  /** Why it matters. */
  readonly why: string;
  /** What to do, in one sentence or two. */
  readonly look: string;
  /** MITRE ATT&CK tactic and technique, as Datadog writes them in tags. */
  readonly attack: readonly [tactic: string, technique: string];
}

const BY_ACTOR = ['@usr.id'] as const;
const ASK = 'Ask who is named as the actor whether it was meant.';

/** One event is enough. */
export const SINGLE: readonly Detection[] = [
  {
    key: 'admin-key-created',
    name: 'Admin API key created',
    status: 'high',
    search: named('tenant.admin_api_key.created'),
    by: BY_ACTOR,
    why: 'An admin key can change members, projects, keys and policies without a sign-in.',
    look: `${ASK} Delete the key if nobody expects it, and see what else the actor did in the hour around it.`,
    attack: ['TA0003-persistence', 'T1098-account-manipulation'],
  },
  {
    key: 'api-key-created',
    name: 'API key created',
    status: 'low',
    search: named('api_key.created', 'tenant.project_api_key.created'),
    by: BY_ACTOR,
    why: 'A key outlives the session that made it. openai.scopes says what it may do.',
    look: `${ASK} A key that is not expected is deleted, and its use looked up.`,
    attack: ['TA0003-persistence', 'T1098-account-manipulation'],
  },
  {
    key: 'owner-granted',
    name: 'Owner role granted',
    status: 'high',
    search: `${named(
      'user.added',
      'user.updated',
      'invite.sent',
      'service_account.created',
      'service_account.updated',
      'role.assignment.created',
      'tenant.role_assignment.created',
    )} @openai.role:*owner*`,
    by: BY_ACTOR,
    why: 'An owner may do everything in the organization or project.',
    look: `${ASK} Take the role away if it was not, and see what was done with it.`,
    attack: ['TA0004-privilege-escalation', 'T1098-account-manipulation'],
  },
  {
    key: 'role-changed',
    name: 'Custom role created or changed',
    status: 'low',
    search: named('role.created', 'role.updated', 'tenant.custom_role.created', 'tenant.custom_role.updated'),
    by: BY_ACTOR,
    why: 'Whoever has the role has what was added to it, without an assignment that anybody sees.',
    look: 'Compare what it may do now with what it is for.',
    attack: ['TA0004-privilege-escalation', 'T1098-account-manipulation'],
  },
  {
    key: 'allowlist-weakened',
    name: 'IP allowlist deleted or deactivated',
    status: 'critical',
    search: named('ip_allowlist.deleted', 'ip_allowlist.config.deactivated'),
    by: BY_ACTOR,
    why: 'Keys and sessions work from every address from now on.',
    look: 'Activate it again unless the change was planned. Then look for sign-ins and keys that are used from new addresses.',
    attack: ['TA0005-defense-evasion', 'T1562-impair-defenses'],
  },
  {
    key: 'allowlist-changed',
    name: 'IP allowlist changed',
    status: 'medium',
    search: named('ip_allowlist.created', 'ip_allowlist.updated', 'ip_allowlist.config.activated'),
    by: BY_ACTOR,
    why: 'A range that was added lets in whoever is behind it.',
    look: 'Compare the ranges with those of your offices and networks.',
    attack: ['TA0005-defense-evasion', 'T1562-impair-defenses'],
  },
  {
    key: 'call-logging-disabled',
    name: 'API call logging disabled',
    status: 'high',
    search: `${named('organization.updated')} @openai.api_call_logging:disabled`,
    by: BY_ACTOR,
    why: 'What is asked of the API is no longer kept. The audit log itself cannot be switched off by a member; a monitor tells when it falls silent.',
    look: `${ASK} Enable it again if it was not.`,
    attack: ['TA0005-defense-evasion', 'T1562-impair-defenses'],
  },
  {
    key: 'certificate-removed',
    name: 'Client certificate deactivated or deleted',
    status: 'high',
    search: named('certificates.deactivated', 'certificate.deleted'),
    by: BY_ACTOR,
    why: 'Without mutual TLS a stolen key is enough to call the API.',
    look: 'See that a certificate is still active where you require one.',
    attack: ['TA0005-defense-evasion', 'T1562-impair-defenses'],
  },
  {
    key: 'identity-provider-removed',
    name: 'Single sign-on or SCIM removed',
    status: 'high',
    search: named(
      'scim.disabled',
      'tenant.scim.deletion.requested',
      'tenant.sso_connection.deleted',
      'tenant.microsoft_entra_mapping.deleted',
    ),
    by: BY_ACTOR,
    why: 'People who leave keep their access, and sign-ins go past your identity provider.',
    look: 'Put it back unless the change was planned, and compare members with your directory.',
    attack: ['TA0003-persistence', 'T1556-modify-authentication-process'],
  },
  {
    key: 'policy-removed',
    name: 'Policy deleted or detached',
    status: 'high',
    search: named('tenant.policy.deleted', 'tenant.policy.detached', 'tenant.session_policy.deleted'),
    by: BY_ACTOR,
    why: 'What the policy forbade is allowed from now on.',
    look: ASK,
    attack: ['TA0005-defense-evasion', 'T1562-impair-defenses'],
  },
  {
    key: 'data-control-removed',
    name: 'Own encryption key or storage removed',
    status: 'high',
    search: named('external_key.removed', 'external_storage.removed'),
    by: BY_ACTOR,
    why: 'Data is no longer under a key or in a place of your own.',
    look: ASK,
    attack: ['TA0040-impact', 'T1485-data-destruction'],
  },
  {
    key: 'workload-identity-trusted',
    name: 'Workload identity trusted',
    status: 'medium',
    search: named(
      'workload_identity_provider.created',
      'workload_identity_provider.updated',
      'workload_identity_provider_mapping.created',
      'workload_identity_provider_mapping.updated',
      'tenant.workload_identity.*.created',
      'tenant.workload_identity.*.updated',
    ),
    by: BY_ACTOR,
    why: 'Tokens of that issuer are good for access from now on, and no key is seen.',
    look: 'Check the issuer and what its subjects are mapped to.',
    attack: ['TA0003-persistence', 'T1098-account-manipulation'],
  },
  {
    key: 'shared-outside',
    name: 'Resource, model or tunnel opened to others',
    status: 'medium',
    search: named(
      'checkpoint.permission.created',
      'tenant.resource_share_grant.created',
      'tenant.resource_share_grant.accepted',
      'tunnel.created',
    ),
    by: BY_ACTOR,
    why: 'Others than before can reach what belongs to the project or to your network.',
    look: 'Check with whom it is shared.',
    attack: ['TA0010-exfiltration', 'T1537-transfer-data-to-cloud-account'],
  },
  {
    key: 'project-deleted',
    name: 'Project deleted',
    status: 'medium',
    search: named('project.deleted'),
    by: BY_ACTOR,
    why: 'Its keys, files and members are gone with it.',
    look: ASK,
    attack: ['TA0040-impact', 'T1485-data-destruction'],
  },
  {
    key: 'sessions-revoked',
    name: 'Sessions revoked',
    status: 'low',
    search: named('tenant.session_revocation.started'),
    by: BY_ACTOR,
    why: 'It is how an incident is contained, and how an intruder locks others out.',
    look: ASK,
    attack: ['TA0040-impact', 'T1531-account-access-removal'],
  },
];
