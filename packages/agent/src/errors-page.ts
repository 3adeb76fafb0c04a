/** Each code of this program stands there with its cause and its fix. */
export const ERRORS_PAGE: string = 'https://github.com/audit-relay/audit-relay/blob/main/docs/ERRORS.md';

/** Said once below whatever shows codes to a person; a line of the log carries its code alone. */
export const EACH_CODE: string = `each code: ${ERRORS_PAGE}`;
