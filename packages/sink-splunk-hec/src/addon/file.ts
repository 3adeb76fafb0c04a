/** The add-on for `audit-relay setup --out`, with what the operator does with it. */
import type { SetupFile } from '@audit-relay/sink';
import type { SplunkHecConfig } from '../config.ts';
import { buildAddon } from './archive.ts';

/** The source types that the add-on has settings for; the sink sends these unless its `sourcetype` says otherwise. */
const SOURCE_TYPES = ['openai:audit:ecs', 'openai:audit:ocsf', 'openai:audit:raw'];

export function addonFile({ sourcetype }: Pick<SplunkHecConfig, 'sourcetype'>): SetupFile {
  const { fileName, archive } = buildAddon();
  return { name: fileName, content: archive, detail: `Splunk add-on; ${adviceFor(sourcetype)}` };
}

function adviceFor(sourcetype: string | undefined): string {
  if (sourcetype === undefined || SOURCE_TYPES.includes(sourcetype)) {
    return 'install it in Splunk Web under Apps → Manage Apps → Install app from file';
  }
  return `it has nothing for the source type ${sourcetype} of this sink: leave sourcetype out`;
}
