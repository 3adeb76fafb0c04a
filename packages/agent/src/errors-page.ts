/** Where each code of this program stands with its cause and its fix; what ends in one says so. */
export const ERRORS_PAGE = 'https://github.com/audit-relay/audit-relay/blob/main/docs/ERRORS.md';
