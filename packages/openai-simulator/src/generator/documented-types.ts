/**
 * The 59 types whose payload the API's reference describes (57 with fields, 2 without), and four that
 * it only names. Shapes as published on 2026-11-13: `{ id, data }` when something comes into being,
 * `{ id, changes_requested }` when it changes, `{ id }` when it goes, and the exceptions as they are.
 */
import type { Draw } from './draw.ts';
import { type EventType, event } from './event-type.ts';

/** In the order of the API's own list. */
export const documentedTypes: readonly EventType[] = [
  event('api_key.created', 90, (draw) => ({ id: draw.id('key_', 16), data: { scopes: draw.scopes() } })),
  event('api_key.updated', 30, (draw) => ({
    id: draw.id('key_', 16),
    changes_requested: draw.random.chance(0.8) ? { scopes: draw.scopes() } : { expires_in_seconds: 7_776_000 },
  })),
  event('api_key.deleted', 60, (draw) => ({ id: draw.id('key_', 16) })),
  event('certificate.created', 2, (draw) => ({ id: draw.id('cert_'), name: draw.name() })),
  event('certificate.updated', 2, (draw) => ({ id: draw.id('cert_'), name: draw.name() })),
  event('certificate.deleted', 1, (draw) => ({ id: draw.id('cert_'), name: draw.name(), certificate: pem(draw) })),
  event('certificates.activated', 2, (draw) => ({ certificates: draw.named('cert_') })),
  event('certificates.deactivated', 1, (draw) => ({ certificates: draw.named('cert_') })),
  event('checkpoint.permission.created', 6, (draw) => ({
    id: draw.id('cp_'),
    data: { project_id: draw.project().id, fine_tuned_model_checkpoint: `ft:gpt-4.1-mini:example::${draw.id('', 8)}` },
  })),
  event('checkpoint.permission.deleted', 3, (draw) => ({ id: draw.id('cp_') })),
  event('external_key.registered', 1, (draw) => ({
    id: draw.id('extkey_'),
    data: { type: 'aws_kms', region: 'eu-central-1' },
  })),
  event('external_key.removed', 1, (draw) => ({ id: draw.id('extkey_') })),
  event('external_storage.registered', 1, (draw) => ({
    id: draw.id('extst_'),
    data: { geography: draw.random.pick(['eu', 'us']), provider: storageProvider(draw) },
  })),
  event('external_storage.removed', 1, (draw) => ({ id: draw.id('extst_') })),
  event('group.created', 10, (draw) => ({ id: draw.id('group_'), data: { group_name: draw.name() } })),
  event('group.updated', 8, (draw) => ({ id: draw.id('group_'), changes_requested: { group_name: draw.name() } })),
  event('group.deleted', 4, (draw) => ({ id: draw.id('group_') })),
  event('invite.sent', 40, (draw) => ({
    id: draw.id('invite-', 24),
    data: { email: draw.user().email, role: draw.role() },
  })),
  event('invite.accepted', 32, (draw) => ({ id: draw.id('invite-', 24) })),
  event('invite.deleted', 6, (draw) => ({ id: draw.id('invite-', 24) })),
  event('ip_allowlist.created', 2, (draw) => allowlist(draw, { name: draw.name() })),
  event('ip_allowlist.updated', 4, (draw) => allowlist(draw, {})),
  event('ip_allowlist.deleted', 1, (draw) => allowlist(draw, { name: draw.name() })),
  event('ip_allowlist.config.activated', 1, (draw) => ({ configs: draw.named('ipallow_') })),
  event('ip_allowlist.config.deactivated', 1, (draw) => ({ configs: draw.named('ipallow_') })),
  { type: 'login.succeeded', weight: 2600, payload: 'none' },
  event('login.failed', 260, (draw) => draw.random.pick(loginFailures)),
  { type: 'logout.succeeded', weight: 700, payload: 'none' },
  event('logout.failed', 10, () => ({
    error_code: 'session_not_found',
    error_message: 'The session had already ended.',
  })),
  event('organization.updated', 8, (draw) => ({
    id: draw.organization.id,
    changes_requested: draw.random.pick(organizationChanges),
  })),
  event('project.created', 14, (draw) => {
    const name = draw.name();
    return { id: draw.id('proj_', 24), data: { name, title: name } };
  }),
  event('project.updated', 16, (draw) => ({ id: draw.project().id, changes_requested: { title: draw.name() } })),
  event('project.archived', 5, (draw) => ({ id: draw.id('proj_', 24) })),
  event('project.deleted', 2, (draw) => ({ id: draw.id('proj_', 24) })),
  event('rate_limit.updated', 24, (draw) => ({ id: rateLimitId(draw), changes_requested: rateLimits(draw) })),
  event('rate_limit.deleted', 6, (draw) => ({ id: rateLimitId(draw) })),
  { type: 'resource.deleted', weight: 12, payload: 'undocumented' },
  { type: 'tunnel.created', weight: 3, payload: 'undocumented' },
  { type: 'tunnel.updated', weight: 3, payload: 'undocumented' },
  { type: 'tunnel.deleted', weight: 2, payload: 'undocumented' },
  event('workload_identity_provider.created', 2, (draw) => ({
    id: draw.id('wip_'),
    data: { name: draw.name(), issuer: 'https://token.example.com' },
  })),
  event('workload_identity_provider.updated', 2, (draw) => ({
    id: draw.id('wip_'),
    changes_requested: { name: draw.name() },
  })),
  event('workload_identity_provider.deleted', 1, (draw) => ({ id: draw.id('wip_'), name: draw.name() })),
  event('workload_identity_provider_mapping.created', 3, (draw) =>
    mapping(draw, { data: { subject: 'repo:example/*' } }),
  ),
  event('workload_identity_provider_mapping.updated', 2, (draw) =>
    mapping(draw, { changes_requested: { subject: 'repo:example/deploy' } }),
  ),
  event('workload_identity_provider_mapping.deleted', 1, (draw) =>
    mapping(draw, { project_id: draw.project().id, service_account_id: draw.serviceAccountId() }),
  ),
  event('role.created', 6, (draw) => ({
    id: draw.id('role_'),
    role_name: draw.name(),
    permissions: draw.permissions(),
    ...projectResource(draw),
  })),
  event('role.updated', 8, (draw) => ({
    id: draw.id('role_'),
    changes_requested: { permissions_added: draw.permissions(), permissions_removed: [], ...projectResource(draw) },
  })),
  event('role.deleted', 3, (draw) => ({ id: draw.id('role_') })),
  event('role.assignment.created', 50, roleAssignment),
  event('role.assignment.deleted', 30, roleAssignment),
  event('role.bound_to_resource', 24, connectorRole),
  event('role.unbound_from_resource', 12, connectorRole),
  event('scim.enabled', 1, (draw) => ({ id: draw.organization.id })),
  event('scim.disabled', 1, (draw) => ({ id: draw.organization.id })),
  event('service_account.created', 20, (draw) => ({ id: draw.id('svc_acct_'), data: { role: draw.role() } })),
  event('service_account.updated', 8, (draw) => ({
    id: draw.serviceAccountId(),
    changes_requested: { role: draw.role() },
  })),
  event('service_account.deleted', 8, (draw) => ({ id: draw.id('svc_acct_') })),
  event('user.added', 40, (draw) => ({ id: draw.user().id, data: { role: draw.role() } })),
  event('user.updated', 40, (draw) => ({ id: draw.user().id, changes_requested: { role: draw.role() } })),
  event('user.deleted', 20, (draw) => ({ id: draw.user().id })),
];

const loginFailures = [
  { error_code: 'invalid_credentials', error_message: 'The password did not match.' },
  { error_code: 'mfa_failed', error_message: 'The one-time code was wrong or too old.' },
  { error_code: 'sso_required', error_message: 'This domain signs in through its identity provider.' },
];

const organizationChanges = [
  { title: 'Example Corp' },
  { threads_ui_visibility: 'OWNERS' },
  { usage_dashboard_visibility: 'ANY_ROLE' },
  { api_call_logging: 'enabled_for_selected_projects', api_call_logging_project_ids: '' },
];

function allowlist(draw: Draw, more: object): object {
  return { id: draw.id('ipallow_'), ...more, allowed_ips: draw.addressBlocks() };
}

function rateLimitId(draw: Draw): string {
  return `rl_${draw.random.pick(['gpt-4.1', 'gpt-4.1-mini', 'text-embedding-3-large'])}`;
}

function rateLimits(draw: Draw): object {
  return {
    max_requests_per_1_minute: 100 * (1 + draw.random.below(50)),
    max_tokens_per_1_minute: 10_000 * (1 + draw.random.below(80)),
  };
}

function mapping(draw: Draw, more: object): object {
  return { id: draw.id('wipm_'), identity_provider_id: draw.id('wip_'), ...more };
}

function projectResource(draw: Draw): object {
  return { resource_type: 'api.project', resource_id: draw.project().id };
}

/** Ids of this kind name the role, what it applies to, and who has it: they are the longest of all. */
function roleAssignment(draw: Draw): object {
  const principalId = draw.user().id;
  const resourceId = draw.project().id;
  return {
    id: `role_assignment_${draw.id('role_')}__api.project__${resourceId}_${principalId}`,
    principal_id: principalId,
    principal_type: 'user',
    resource_id: resourceId,
    resource_type: 'api.project',
  };
}

/** `resource_ids[]` finds these by `<workspace_id>__<connector_id>`. */
function connectorRole(draw: Draw): object {
  const { workspaceId } = draw.organization;
  const connector = draw.random.pick(['gdrive', 'sharepoint', 'github', 'slack']);
  const resourceId = `${workspaceId}__connector_${connector}`;
  return {
    id: resourceId,
    role_id: draw.id('role_'),
    resource_id: resourceId,
    resource_type: 'chatgpt.workspace.connector',
    permissions: ['use'],
    workspace_id: workspaceId,
    connector_id: `connector_${connector}`,
    connector_name: `Example ${connector}`,
    enabled: draw.random.chance(0.7),
    source: draw.random.pick([
      'role_toggle',
      'role_connector_update',
      'role_delete',
      'workspace_permissions',
      'connector_publish',
    ]),
  };
}

function storageProvider(draw: Draw): object {
  const bucket = `example-${draw.id('', 6).toLowerCase()}`;
  return draw.random.pick([
    {
      type: 'aws',
      account_id: '000000000000',
      bucket,
      region: 'eu-central-1',
      role_arn: 'arn:aws:iam::000000000000:role/example',
    },
    { type: 'azure', account_name: 'example', container: bucket, region: 'westeurope', subscription_id: draw.uuid() },
    { type: 'gcp', bucket, region: 'europe-west3', workload_identity_pool_id: 'example-pool' },
    { type: 'oci', bucket, region: 'eu-frankfurt-1', tenancy_ocid: 'ocid1.tenancy.oc1..example' },
  ]);
}

/** Looks like a certificate and is none. */
function pem(draw: Draw): string {
  const lines = Array.from({ length: 12 }, () => draw.id('', 64));
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
