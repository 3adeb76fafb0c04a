/** What Docker is told to build, as a pure function. */

/** @typedef {{ registry: string, version: string, revision: string, push: boolean }} ImageOrder */

/** The targets of `deploy/image/Dockerfile`, and what their images are called. */
export const IMAGES = new Map([
  ['relay', 'audit-relay'],
  ['simulator', 'openai-simulator'],
]);

/**
 * One command an image. The tags are the version alone: `latest` would let a restart become an upgrade.
 *
 * @param {ImageOrder} order
 * @returns {readonly (readonly string[])[]}
 */
export function imageCommands({ registry, version, revision, push }) {
  return [...IMAGES].map(([target, name]) => [
    ...['docker', 'buildx', 'build', '--file', 'deploy/image/Dockerfile', '--target', target],
    ...['--platform', 'linux/amd64,linux/arm64', '--sbom=true', '--provenance=mode=max'],
    ...['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision}`],
    ...['--tag', `${registry}/${name}:${version}`, ...(push ? ['--push'] : []), '.'],
  ]);
}
