/** The sites of Datadog: by the names people use, and by the domains that stand in `DD_SITE`. */

/** docs.datadoghq.com/getting_started/site, and the servers of docs.datadoghq.com/api/latest/logs/#send-logs (read in November 2026). */
const DOMAINS = {
  us1: 'datadoghq.com',
  us3: 'us3.datadoghq.com',
  us5: 'us5.datadoghq.com',
  eu: 'datadoghq.eu',
  ap1: 'ap1.datadoghq.com',
  ap2: 'ap2.datadoghq.com',
  uk1: 'uk1.datadoghq.com',
  gov: 'ddog-gov.com',
  gov2: 'us2.ddog-gov.com',
} as const;

/** What `site` may be: each site by both of its names. */
export const SITES: readonly string[] = [...Object.keys(DOMAINS), ...Object.values(DOMAINS)];

/** The domain of a site: `eu` and `datadoghq.eu` are both `datadoghq.eu`. @param site one of `SITES`. */
export function domainOf(site: string): string {
  const named: Readonly<Record<string, string>> = DOMAINS;
  return named[site] ?? site;
}

/** Where a site takes logs. @param site one of `SITES`. */
export function intakeOf(site: string): string {
  return `https://http-intake.logs.${domainOf(site)}`;
}

/** Where a site's API is. @param site one of `SITES`. */
export function apiOfSite(site: string): string {
  return `https://api.${domainOf(site)}`;
}
