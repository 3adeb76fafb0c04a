/**
 * What Node warned of while our code ran: deprecated calls, experiments, leaks. Each is a sentence on our users'
 * stderr, and next year's error. Node writes them to a file of our choice, with the stack of the call.
 */

/** The runner's own modules, of which users have none. */
const RUNNER = /\/node_modules\/(?:vitest|@vitest|vite|rolldown|tinyexec|tinypool|npm)\//;

/** The first line of a warning: `(node:4711) [DEP0040] DeprecationWarning: …`, or with the words of no class. */
const HEAD = /^\(node:\d+\) /;

/**
 * For the environment of a process and of all that it starts.
 *
 * @param {string} file Where the warnings of all of them are gathered.
 * @param {NodeJS.ProcessEnv} env
 */
export function gatheringWarnings(file, env) {
  return { ...env, NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --trace-warnings --redirect-warnings=${file}`.trim() };
}

/**
 * The warnings in what was gathered that are ours: of our code, or of a dependency that it loads. One without a
 * stack outside of Node is ours until somebody shows whose it is. The same one twice is one.
 *
 * @param {string} text
 * @returns {readonly string[]} Each whole, with its stack, without the number of the process.
 */
export function warningsOfOurs(text) {
  /** @type {string[]} */
  const whole = [];
  for (const line of text.split('\n')) {
    if (HEAD.test(line)) whole.push(line.replace(HEAD, ''));
    else if (whole.length > 0 && line !== '') whole.push(`${whole.pop()}\n${line}`);
  }
  return [...new Set(whole)].filter((warning) => !RUNNER.test(callerIn(warning)));
}

/**
 * The nearest line of the stack that is in a file; empty when there is none.
 *
 * @param {string} warning
 */
function callerIn(warning) {
  const frames = warning.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.find((frame) => !/\bnode:|<anonymous>\)?$/.test(frame)) ?? '';
}
