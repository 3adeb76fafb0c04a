#!/usr/bin/env node
/**
 * Where the command begins. Plain JavaScript with nothing imported at the top, so that an old Node
 * gets a sentence it can act on and not a syntax error from a dependency.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 20)) {
  process.stderr.write(`audit-relay needs Node.js 20.20 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // Before anything is loaded, which is when it would grow.
  const { holdYoungGeneration } = await import('../dist/young-generation.js');
  holdYoungGeneration();
  const { main } = await import('../dist/index.js');
  const code = await main(process.argv.slice(2));
  // What is still on its way to a pipe goes out first; an idle socket must not keep the process.
  process.stdout.write('', () => process.exit(code));
}
