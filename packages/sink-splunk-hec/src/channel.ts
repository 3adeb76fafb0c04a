/** The channel of a sink: one GUID for the life of the process, however often the sink is opened anew. */
import { randomUUID } from 'node:crypto';

const CHANNELS = new Map<string, string>();

/** @param name the sink's in the configuration: two sinks must not share the ids of acknowledgments. */
export function channelOf(name: string): string {
  const channel = CHANNELS.get(name) ?? randomUUID();
  CHANNELS.set(name, channel);
  return channel;
}
