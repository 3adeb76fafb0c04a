/** What a release runs, as pure functions. */
import { IMAGES } from './image-commands.mjs';

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
 * Signs each image by the identity of the workflow, and packs, sends and signs the chart.
 *
 * @param {{ registry: string, version: string, out: string }} order
 * @returns {readonly (readonly string[])[]}
 */
export function deployCommands({ registry, version, out }) {
  const chart = `audit-relay-${version}.tgz`;
  const versions = ['--version', version, '--app-version', version];
  return [
    ...[...IMAGES.values()].map((name) => ['cosign', 'sign', '--yes', '--recursive', `${registry}/${name}:${version}`]),
    ['helm', 'package', 'deploy/helm/audit-relay', ...versions, '--destination', out],
    ['helm', 'push', `${out}/${chart}`, `oci://${registry}/charts`],
    ['cosign', 'sign', '--yes', `${registry}/charts/audit-relay:${version}`],
  ];
}
