/** What the events are about, in words for a person: the values that the pipeline gives `evt.category`, in this order. */
import { named } from './search.ts';

export interface Area {
  readonly name: string;
  readonly search: string;
}

/** The first that an event fits is its own; an event of a type that is not known yet is `other`. */
export const AREAS: readonly Area[] = [
  { name: 'sign-in', search: named('login.*', 'logout.*', 'tenant.session_revocation.*') },
  {
    name: 'credentials',
    search: named(
      'api_key.*',
      'service_account.*',
      'certificate.*',
      'certificates.*',
      '*_api_key.*',
      '*_token.*',
      '*.token.*',
      'tenant.service_account.*',
    ),
  },
  {
    name: 'access',
    search: named(
      'user.*',
      'invite.*',
      'role.*',
      'group.*',
      'checkpoint.permission.*',
      'tenant.user.*',
      'tenant.group.*',
      'tenant.membership.*',
      '*role*',
      '*invite*',
      'tenant.resource_*',
    ),
  },
  {
    name: 'identity provider',
    search: named(
      'scim.*',
      'tenant.scim.*',
      'tenant.sso*',
      'tenant.microsoft_entra_mapping.*',
      '*workload_identity*',
      'tenant.domains.*',
    ),
  },
  { name: 'network', search: named('ip_allowlist.*', 'tunnel.*') },
  { name: 'policy', search: named('*policy*') },
  { name: 'data', search: named('external_key.*', 'external_storage.*', 'resource.*') },
  { name: 'organization', search: named('organization.*', 'project.*', 'rate_limit.*', 'tenant.*') },
  { name: 'other', search: '*' },
];
