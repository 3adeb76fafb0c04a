/** `audit-relay schema`: the JSON Schema of the configuration, with every sink that is installed. */
import { configJsonSchema } from '../config/json-schema.ts';
import { BUILT_IN, installedTypes, loadPlugin } from '../plugins.ts';
import { EXIT, type ProcessIO } from '../process-io.ts';

/** Resolves with the exit code. Packages are looked for from `folder`, then from the agent. */
export async function schema({ folder }: { readonly folder: string }, io: ProcessIO): Promise<number> {
  const loaded = await Promise.all(
    [...BUILT_IN.keys(), ...installedTypes(folder)].map((type) => loadPlugin(type, folder)),
  );
  const plugins = loaded.flatMap((one) => ('plugin' in one ? [one.plugin] : []));
  for (const one of loaded) if ('problem' in one) io.talk(`left out: ${one.problem.expected}\n`);
  io.out(`${JSON.stringify(configJsonSchema(plugins), null, 2)}\n`);
  return EXIT.done;
}
