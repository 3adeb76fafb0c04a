/** What several events say together: sign-ins that fail, then succeed, or come from where they should not, and many deletions. */
import type { JsonObject } from '../shapes.ts';
import type { Detection } from './detections.ts';
import { named } from './search.ts';

export interface Pattern extends Omit<Detection, 'search' | 'by' | 'status'> {
  /** What differs from a count, each with its search, without source and lateness. */
  readonly queries: readonly (JsonObject & { readonly search: string })[];
  readonly cases: readonly JsonObject[];
  readonly options: JsonObject;
}

const FAILED = named('login.failed');
const SUCCEEDED = named('login.succeeded');
const GONE = named('*.deleted', '*.removed', '*.archived', '*.revoked');

const BY_ADDRESS = ['@network.client.ip'];
const BY_USER = ['@usr.id'];
const BY_EMAIL = ['@usr.email'];

const THRESHOLD = { detectionMethod: 'threshold' };
const BRUTE_FORCE = ['TA0006-credential-access', 'T1110-brute-force'] as const;
const VALID_ACCOUNTS = ['TA0001-initial-access', 'T1078-valid-accounts'] as const;

export const PATTERNS: readonly Pattern[] = [
  {
    key: 'sign-in-failures',
    name: 'Many failed sign-ins from one address',
    queries: [{ search: FAILED, groupByFields: BY_ADDRESS }],
    // The first that holds is the signal's.
    cases: [
      { name: 'more than 50', status: 'high', condition: 'a > 50' },
      { name: 'more than 10', status: 'medium', condition: 'a > 10' },
    ],
    options: THRESHOLD,
    why: 'Somebody tries passwords or stolen credentials.',
    look: 'See whether any sign-in from that address succeeded, and block it at your identity provider.',
    attack: BRUTE_FORCE,
  },
  {
    key: 'sign-in-spray',
    name: 'Failed sign-ins of many users from one address',
    queries: [{ search: FAILED, groupByFields: BY_ADDRESS, aggregation: 'cardinality', distinctFields: BY_EMAIL }],
    cases: [{ status: 'high', condition: 'a > 5' }],
    options: THRESHOLD,
    why: 'A few passwords are tried for many users, each too seldom to lock an account.',
    look: 'See which of these users signed in from that address afterwards.',
    attack: BRUTE_FORCE,
  },
  {
    key: 'sign-in-after-failures',
    name: 'Sign-in after many failures',
    queries: [
      { search: FAILED, groupByFields: BY_EMAIL, hasOptionalGroupByFields: false },
      { search: SUCCEEDED, groupByFields: BY_EMAIL, hasOptionalGroupByFields: false },
    ],
    cases: [{ status: 'high', condition: 'a > 5 && b > 0' }],
    options: THRESHOLD,
    why: 'The password may have been guessed.',
    look: 'Ask the user. If it was somebody else: revoke the sessions, reset the password, and see what was done since.',
    attack: VALID_ACCOUNTS,
  },
  {
    key: 'sign-in-new-country',
    name: 'Sign-in from a country that is new for the user',
    queries: [
      {
        search: SUCCEEDED,
        groupByFields: BY_USER,
        aggregation: 'new_value',
        metrics: ['@network.client.geoip.country.iso_code'],
        hasOptionalGroupByFields: false,
      },
    ],
    cases: [{ status: 'low' }],
    // Days.
    options: { detectionMethod: 'new_value', newValueOptions: { forgetAfter: 28, learningDuration: 7 } },
    why: 'It is the first in four weeks from there, after a week of learning.',
    look: 'Compare it with where the user is.',
    attack: VALID_ACCOUNTS,
  },
  {
    key: 'sign-in-impossible-travel',
    name: 'Sign-ins from places too far apart',
    queries: [
      {
        search: SUCCEEDED,
        groupByFields: BY_USER,
        aggregation: 'geo_data',
        metrics: ['@network.client.geoip'],
        hasOptionalGroupByFields: false,
      },
    ],
    cases: [{ status: 'medium' }],
    options: { detectionMethod: 'impossible_travel', impossibleTravelOptions: { baselineUserLocations: true } },
    why: 'Nobody travels so fast: a session or a password is used by somebody else, or there is a VPN.',
    look: 'Ask the user. If it was somebody else: revoke the sessions and reset the password.',
    attack: VALID_ACCOUNTS,
  },
  {
    key: 'mass-deletion',
    name: 'Many deletions by one actor',
    queries: [{ search: GONE, groupByFields: BY_USER }],
    cases: [{ status: 'high', condition: 'a > 20' }],
    options: { ...THRESHOLD, evaluationWindow: 3600 },
    why: 'More than twenty keys, members, projects or the like within an hour: a script, or damage.',
    look: 'Ask who is named as the actor whether it was meant, and suspend the key or user if nobody knows.',
    attack: ['TA0040-impact', 'T1485-data-destruction'],
  },
];
