/** What a release runs, as pure functions. */
import { IMAGES, imageCommands } from './image-commands.mjs';

/**
 * Every package of ours, each behind those that it needs: whoever installs one in the middle of a release finds the others.
 *
 * @param {import('./lockfile.mjs').LockEntries} packages
 * @returns {readonly { name: string, version: string, folder: string }[]}
 */
export function publishOrder(packages) {
  const ours = Object.entries(packages)
    .filter(([folder]) => /^packages\/[^/]+$/.test(folder))
    .map(([folder, entry]) => ({ folder, name: String(entry.name), version: String(entry.version), entry }));
  const names = new Set(ours.map(({ name }) => name));
  const done = new Set();
  const order = [];
  while (order.length < ours.length) {
    const ready = ours
      .filter(({ name }) => !done.has(name))
      .filter(({ entry }) => needs(entry).every((one) => done.has(one)));
    if (ready.length === 0) throw new Error('the packages need each other in a circle');
    for (const { name, version, folder } of ready) {
      done.add(name);
      order.push({ name, version, folder });
    }
  }
  return order;

  /** @param {import('./lockfile.mjs').LockEntry} entry */
  function needs({ dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} }) {
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    return [...Object.keys(dependencies), ...peers].filter((name) => names.has(name));
  }
}

/**
 * A command, and the one that says with 0 that it was done before: whoever pushes to main without a change of version must
 * replace no image by another of the same name, and a release that has failed half-way goes on where it was.
 *
 * @typedef {{ command: readonly string[], unless?: readonly string[] }} Step
 */

/** Who signs: the workflow of this repository, by GitHub's word. */
const SIGNER = [
  '--certificate-identity-regexp',
  '^https://github\\.com/audit-relay/audit-relay/\\.github/workflows/release\\.yml@',
  '--certificate-oidc-issuer',
  'https://token.actions.githubusercontent.com',
];

/**
 * Builds, sends and signs each image, by the identity of the workflow; then packs, sends and signs the chart.
 *
 * @param {{ registry: string, version: string, revision: string, out: string }} order
 * @returns {readonly Step[]}
 */
export function deploySteps({ registry, version, revision, out }) {
  const chart = `${registry}/charts/audit-relay`;
  const versions = ['--version', version, '--app-version', version];
  const images = [...imageCommands({ registry, version, revision, push: true })].map((command, index) => {
    const image = `${registry}/${[...IMAGES.values()][index]}:${version}`;
    return [
      { command, unless: ['docker', 'buildx', 'imagetools', 'inspect', image] },
      { command: ['cosign', 'sign', '--yes', '--recursive', image], unless: ['cosign', 'verify', ...SIGNER, image] },
    ];
  });
  const isSent = ['helm', 'show', 'chart', `oci://${chart}`, '--version', version];
  return [
    ...images.flat(),
    { command: ['helm', 'package', 'deploy/helm/audit-relay', ...versions, '--destination', out], unless: isSent },
    { command: ['helm', 'push', `${out}/audit-relay-${version}.tgz`, `oci://${registry}/charts`], unless: isSent },
    {
      command: ['cosign', 'sign', '--yes', `${chart}:${version}`],
      unless: ['cosign', 'verify', ...SIGNER, `${chart}:${version}`],
    },
  ];
}
