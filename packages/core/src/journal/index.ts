/**
 * `@audit-relay/core/journal`: what a journal outside of the core is made of, so that what the embedded one decides is not
 * decided a second time. No part of the public interface: it changes with the core, which is why both have one version.
 */
export { RelayError } from '../errors.ts';
export type { Runtime } from '../runtime.ts';
export type { Journal } from './journal.ts';
