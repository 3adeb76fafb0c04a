/** Finds the mutants, which the workspace's own run leaves out. */
export default { test: { include: ['src/__fixtures__/*.mutants.ts'] } };
