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
  const build = ['docker', 'buildx', 'build', '--file', 'deploy/image/Dockerfile'];
  const kinds = ['--platform', 'linux/amd64,linux/arm64', '--sbom=true', '--provenance=mode=max'];
  const said = ['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision}`];
  return [...IMAGES].map(([target, name]) => {
    const tag = ['--tag', `${registry}/${name}:${version}`];
    return [...build, '--target', target, ...kinds, ...said, ...tag, ...(push ? ['--push'] : []), '.'];
  });
}
