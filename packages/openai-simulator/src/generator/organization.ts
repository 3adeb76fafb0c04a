/** The people, projects and keys of the organization that the generated events tell of: few enough to recur. */
import { Random } from './random.ts';

/** A person, with one device and one place. */
export interface User {
  readonly id: string;
  readonly email: string;
  /** Tracking id of the API key this person acts with, when not through a browser. */
  readonly keyId: string;
  readonly network: Network;
  readonly userAgent: string;
  readonly ja3: string;
  readonly ja4: string;
}

/** Where a person sits. Numbers are text, as on the wire. */
export interface Network {
  readonly country: string;
  readonly city: string;
  readonly region: string;
  readonly region_code: string;
  readonly asn: string;
  readonly latitude: string;
  readonly longitude: string;
}

/** A machine: the API tells its ids, and no name or address. */
export interface ServiceAccount {
  readonly id: string;
  readonly keyId: string;
}

/** Its id is `proj_` and 24 letters and digits. */
export interface Project {
  readonly id: string;
  readonly name: string;
}

/** All that recurs from event to event. */
export interface Organization {
  readonly id: string;
  readonly workspaceId: string;
  readonly users: readonly User[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly projects: readonly Project[];
}

const userCount = 240;
const serviceAccountCount = 24;
const organizationStream = 2;

/** The same organization for the same seed. */
export function createOrganization(seed: number): Organization {
  const random = new Random(seed, organizationStream);
  return {
    id: `org-${random.letters(24)}`,
    workspaceId: uuid(random),
    users: Array.from({ length: userCount }, (_, index) => createUser(random, index)),
    serviceAccounts: Array.from({ length: serviceAccountCount }, () => ({
      id: `svc_acct_${random.letters(20)}`,
      keyId: `key_${random.letters(16)}`,
    })),
    projects: projectNames.map((name) => ({ id: `proj_${random.letters(24)}`, name })),
  };
}

/** A version 4 UUID, as workspaces and connections have them. */
export function uuid(random: Random): string {
  const hex = random.hex(32);
  const variant = random.pick(['8', '9', 'a', 'b']);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}

function createUser(random: Random, index: number): User {
  const given = random.pick(givenNames);
  const family = random.pick(familyNames);
  return {
    id: `user-${random.letters(24)}`,
    email: `${given}.${family}${index < givenNames.length ? '' : index}@engineering.example.com`,
    keyId: `key_${random.letters(16)}`,
    network: random.pick(networks),
    userAgent: random.pick(userAgents),
    ja3: random.hex(32),
    ja4: `t13d1512h2_${random.hex(12)}_${random.hex(12)}`,
  };
}

const givenNames = [
  'ana',
  'bruno',
  'chen',
  'dana',
  'emeka',
  'farid',
  'grace',
  'hana',
  'ivan',
  'jonas',
  'kavya',
  'lucia',
];
const familyNames = ['lima', 'okafor', 'wei', 'novak', 'rossi', 'tanaka', 'meyer', 'silva', 'kaur', 'olsen', 'dubois'];
const projectNames = [
  'Default project',
  'Payments risk',
  'Support assistant',
  'Labs (EU)',
  'Search ranking',
  'Data platform',
  'Fraud review',
  'Sales enablement',
  'Traduction & édition',
  'Internal tools',
];

/** Country, city, region, its code, latitude, longitude. */
const places = [
  ['US', 'Portland', 'Oregon', 'OR', '45.52345', '-122.67621'],
  ['US', 'New York', 'New York', 'NY', '40.71427', '-74.00597'],
  ['DE', 'Berlin', 'Land Berlin', 'BE', '52.52437', '13.41053'],
  ['GB', 'London', 'England', 'ENG', '51.50853', '-0.12574'],
  ['JP', 'Tokyo', 'Tokyo', '13', '35.68950', '139.69171'],
  ['BR', 'São Paulo', 'São Paulo', 'SP', '-23.54750', '-46.63611'],
  ['IN', 'Bengaluru', 'Karnataka', 'KA', '12.97194', '77.59369'],
] as const;

/** AS numbers from the range kept for documentation (RFC 5398): 64496 to 64511. */
const networks: readonly Network[] = places.map(([country, city, region, region_code, latitude, longitude], index) => ({
  country,
  city,
  region,
  region_code,
  asn: String(64_496 + index),
  latitude,
  longitude,
}));

const userAgents = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.4 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0',
  'Mozilla/5.0 (X11; CrOS x86_64 16640.65.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36',
  'python-httpx/0.29.0',
  'Terraform/1.14.1 (+https://example.com) provider',
];
