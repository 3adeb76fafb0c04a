/**
 * Templates, lifecycle and failure store at the server, put there on request: by `audit-relay setup`, or at the first
 * use with `manage_template: true`. The sink asks `GET /`, makes a plan of the answer and its configuration, and lends
 * a transport:
 *
 *     const plan = setupPlan({ mode, namespace, retention, indexPattern, serverless, version });
 *     const steps = await setUp(transport, plan, dryRun);
 */
export { setupPlan } from './plan.ts';
export { setUp, templateState } from './set-up.ts';
export type { SetupPlan, SetupTransport } from './shapes.ts';
