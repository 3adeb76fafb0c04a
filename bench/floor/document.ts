/** What the floor makes of an event: an object as large as the relay's ECS document, without its care for what may be missing. */

/** As far as the floor reads it. */
export interface ApiEvent {
  readonly id: string;
  readonly type: string;
  readonly effective_at: number;
  readonly project?: { readonly id?: string; readonly name?: string };
  readonly actor?: {
    readonly type?: string;
    readonly session?: Session;
    readonly api_key?: { readonly id?: string; readonly type?: string; readonly user?: User };
  };
  readonly [payload: string]: unknown;
}

interface User {
  readonly id?: string;
  readonly email?: string;
}

interface Session {
  readonly user?: User;
  readonly ip_address?: string;
  readonly user_agent?: string;
  readonly ja3?: string;
  readonly ja4?: string;
  readonly ip_address_details?: Readonly<Record<string, string>>;
}

export function documentOf(event: ApiEvent): object {
  const { session, api_key: key } = event.actor ?? {};
  const user = session?.user ?? key?.user;
  return {
    '@timestamp': new Date(event.effective_at * 1000).toISOString(),
    ecs: { version: '9.4.0' },
    message: messageOf(event.type, user, session),
    data_stream: { type: 'logs', dataset: 'openai.org_audit', namespace: 'default' },
    observer: { vendor: 'OpenAI', product: 'OpenAI API Platform' },
    agent: { type: 'audit-relay', name: 'bench', version: '0.0.0' },
    tags: ['forwarded', 'openai-audit'],
    event: eventFields(event),
    user: user && userFields(user),
    source: session && sourceFields(session),
    user_agent: session && { original: session.user_agent },
    tls: session && { client: { ja3: session.ja3 } },
    related: relatedFields(user, session),
    openai: { audit: auditFields(event) },
  };
}

function eventFields({ id, type }: ApiEvent): object {
  return {
    kind: 'event',
    module: 'openai',
    dataset: 'openai.org_audit',
    provider: 'organization.audit_log',
    id,
    action: type,
    category: ['iam'],
    type: ['admin', 'change'],
    outcome: 'success',
    created: new Date().toISOString(),
  };
}

function userFields({ id, email }: User): object {
  return { id, name: email, email, domain: email?.split('@')[1] };
}

function relatedFields(user: User | undefined, session: Session | undefined): object {
  return { ip: [session?.ip_address], user: [user?.id, user?.email] };
}

function messageOf(type: string, user: User | undefined, session: Session | undefined): string {
  return `${type} by ${user?.email ?? 'unknown'} from ${session?.ip_address}`;
}

function sourceFields({ ip_address: ip, ip_address_details: place }: Session): object {
  return {
    address: ip,
    ip,
    as: place && { number: Number(place['asn']) },
    geo: place && {
      country_iso_code: place['country'],
      region_name: place['region'],
      city_name: place['city'],
      location: { lat: Number(place['latitude']), lon: Number(place['longitude']) },
    },
  };
}

function auditFields(event: ApiEvent): object {
  const { type, session, api_key: key } = event.actor ?? {};
  return {
    actor: { type, api_key: key && { id: key.id, type: key.type }, session: { ja4: session?.ja4 } },
    project: event.project,
    details: event[event.type],
  };
}
