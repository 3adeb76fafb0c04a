/** The file that `init` writes: small, commented, and without any secret. */
import type { Secret, SinkTemplate } from './templates.ts';

/** What is to be in it. */
export interface Plan {
  /** Names of sources, at least one. */
  readonly sources: readonly string[];
  /** `backfill_start_time`; absent: nothing from the past. */
  readonly from?: string;
  /** At least one. */
  readonly sinks: readonly PlannedSink[];
}

export interface PlannedSink {
  readonly template: SinkTemplate;
  /** By a question's key; what is missing stands in the file as a variable. */
  readonly answers: Readonly<Record<string, string>>;
}

/** A file, and the variables that it takes. */
export interface Draft {
  readonly text: string;
  readonly variables: readonly Variable[];
}

export interface Variable extends Secret {
  /** A value that is valid, for looking whether the file is. */
  readonly example: string;
}

const HEAD = `# yaml-language-server: $schema=./audit-relay.schema.json
#
# Written by \`audit-relay init\`. Secrets stand in variables, or in files: \${file:/run/secrets/openai_key}. Never here.
#
#   audit-relay validate    names every problem of this file
#   audit-relay doctor      asks the API and every sink's peer whether they are well
#   audit-relay run
`;

const TAIL = `
journal:
  # Every event is kept here until all sinks have it: on a disk that outlives the process.
  path: ./audit-relay-data
  # At this bound the sources wait; nothing is dropped.
  max_bytes: 2GiB

http:
  # The status page, /livez, /readyz, /metrics and /status.
  listen: 127.0.0.1:9464
`;

export function draftOf({ sources, from, sinks }: Plan): Draft {
  const keys = sources.map((name) => keyOf(name, sources));
  const named = withNames(sinks);
  const text = [
    HEAD,
    '\nsources:\n',
    ...sources.map((name, index) => sourceText(name, keys[index]?.variable ?? '', from)),
    '\nsinks:\n',
    ...named.map(([name, sink]) => sinkText(name, sink)),
    TAIL,
  ].join('');
  const ofSinks = sinks.flatMap(({ template, answers }) => [
    ...template.questions
      .filter(({ key }) => answers[key] === undefined)
      .map(({ variable, message, example }) => ({ variable, what: message, example })),
    ...template.secrets.map((secret) => ({ ...secret, example: 'example-of-a-secret' })),
  ]);
  const unique = new Map([...keys, ...ofSinks].map((variable) => [variable.variable, variable]));
  return { text, variables: [...unique.values()] };
}

/** One source has the variable that everybody expects; of several each has its own. */
function keyOf(name: string, sources: readonly string[]): Variable {
  const own = `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_OPENAI_ADMIN_KEY`;
  const what = sources.length === 1 ? 'an admin key of the organization' : `an admin key of ${name}`;
  return { variable: sources.length === 1 ? 'OPENAI_ADMIN_KEY' : own, what, example: `sk-admin-${name}` };
}

function sourceText(name: string, variable: string, from: string | undefined): string {
  return `  # The audit log of one organization.
  ${name}:
    type: openai
    # An admin key (sk-admin-…), restricted to "Audit Logs: Read".
    api_key: \${${variable}}
    # Events since then are read; without this line, nothing from the past: 2026-01-01, or how long ago, such as 90d.
    ${from === undefined ? '# backfill_start_time: 90d' : `backfill_start_time: ${scalar(from)}`}
`;
}

function sinkText(name: string, { template, answers }: PlannedSink): string {
  const variables = Object.fromEntries(template.questions.map(({ key, variable }) => [key, variable]));
  const answer = (key: string): string => {
    const given = answers[key];
    return given === undefined ? `\${${variables[key]}}` : scalar(given);
  };
  const lines = [`type: ${template.type}`, ...template.lines(answer)];
  return `  ${name}:\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

/** `splunk`, and of a second one `splunk-2`. */
function withNames(sinks: readonly PlannedSink[]): readonly (readonly [string, PlannedSink])[] {
  return sinks.map((sink, index) => {
    const before = sinks.slice(0, index).filter(({ template }) => template === sink.template).length;
    return [before === 0 ? sink.template.name : `${sink.template.name}-${before + 1}`, sink];
  });
}

/** As it is where YAML reads it as that text, else in quotes; JSON is YAML. */
function scalar(text: string): string {
  return /^[A-Za-z][A-Za-z0-9_.:/@-]*$|^\d{4}-\d\d-\d\d$|^\d+[smhd]$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|y|n)$|: |:$/i.test(text)
    ? text
    : JSON.stringify(text);
}
