/** What payloads are made of: names, ids and choices, drawn by chance from one organization. */
import { type Organization, type Project, type User, uuid } from './organization.ts';
import type { Random } from './random.ts';

/** One event's source of chance, with the organization that its names and ids come from. */
export class Draw {
  readonly random: Random;
  readonly organization: Organization;

  constructor(random: Random, organization: Organization) {
    this.random = random;
    this.organization = organization;
  }

  /** An id of its kind, such as `role_` and 20 letters and digits. */
  id(prefix: string, length = 20): string {
    return prefix + this.random.letters(length);
  }

  uuid(): string {
    return uuid(this.random);
  }

  /** Someone who belongs to the organization: the same few recur. */
  user(): User {
    return this.random.pick(this.organization.users);
  }

  project(): Project {
    return this.random.pick(this.organization.projects);
  }

  serviceAccountId(): string {
    return this.random.pick(this.organization.serviceAccounts).id;
  }

  /** Of a person or service account; most are members. */
  role(): string {
    return this.random.pick(['owner', 'member', 'member', 'reader']);
  }

  /** Two words, such as `Nightly pipeline`. */
  name(): string {
    return `${this.random.pick(adjectives)} ${this.random.pick(nouns)}`;
  }

  /** One to four names out of `names`, none twice. */
  some(names: readonly string[]): readonly string[] {
    const first = this.random.below(names.length);
    const count = 1 + this.random.below(Math.min(4, names.length));
    return Array.from({ length: count }, (_, index) => names[(first + index) % names.length] ?? '');
  }

  scopes(): readonly string[] {
    return this.some(scopeNames);
  }

  permissions(): readonly string[] {
    return this.some(permissionNames);
  }

  /** Address blocks from the ranges kept for documentation (RFC 5737). */
  addressBlocks(): readonly string[] {
    return this.some(['192.0.2.0/24', '198.51.100.0/25', '203.0.113.7/32', '2001:db8:12::/48']);
  }

  /** The list form that several types share: `[{ id, name }]`, one to three. */
  named(prefix: string): readonly { readonly id: string; readonly name: string }[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => ({ id: this.id(prefix), name: this.name() }));
  }
}

const adjectives = ['Nightly', 'Regional', 'Partner', 'Staging', 'Primary', 'Legacy', 'Shared', 'Audit'];
const nouns = ['pipeline', 'gateway', 'analysts', 'notebooks', 'billing', 'review', 'agents', 'connectors'];
const scopeNames = [
  'api.model.read',
  'api.model.request',
  'api.files.read',
  'api.files.write',
  'api.vector_stores.read',
  'api.fine_tuning.jobs.write',
  'api.usage.read',
];
const permissionNames = [
  'api.organization.read',
  'api.projects.read',
  'api.projects.write',
  'api.groups.write',
  'api.keys.read',
];
