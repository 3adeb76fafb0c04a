/** The `audit-relay` command; `bin/audit-relay.js` runs it. */
export { main } from './cli.ts';
