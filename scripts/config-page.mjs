/**
 * `npm run docs`: writes `config/audit-relay.schema.json`, which is what `audit-relay schema` prints, and from it
 * `docs/CONFIG.md` and the Helm chart's `values.schema.json`. With `--check` it writes nothing, and fails when one of
 * them is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartSchema } from './chart-schema.mjs';
import { prepare } from './prepare.mjs';
import { ROOT, run } from './run.mjs';

/**
 * A node of JSON Schema; of what it may hold only what our schemas use is named.
 *
 * @typedef {{
 *   title?: string, description?: string, default?: unknown, type?: string, const?: string, enum?: string[],
 *   format?: string, minimum?: number, maximum?: number, maxLength?: number, required?: string[], $ref?: string,
 *   properties?: Record<string, Schema>, additionalProperties?: Schema | boolean, items?: Schema, anyOf?: Schema[],
 * }} Schema
 */

const SCHEMA_FILE = 'config/audit-relay.schema.json';
const CHART_FILE = 'deploy/helm/audit-relay/values.schema.json';
const PAGE_FILE = 'docs/CONFIG.md';
const EXAMPLE_FILE = 'config/file.yaml';

const PREAMBLE = `# Configuration

One YAML file, \`audit-relay.yaml\` unless \`--config\` names another. \`audit-relay validate\` names every problem of it, with line,
column and fix. [\`${SCHEMA_FILE}\`](../${SCHEMA_FILE}) tells editors the same; an example names it in its first line.
This page is made from that schema by \`npm run docs\`.

`;

const RULES = `
## How values are written

- Durations: \`250ms\`, \`30s\`, \`5m\`, \`24h\`, \`7d\`. Sizes: \`900kB\`, \`64MiB\`, \`2GiB\`.
- \`\${VAR}\`, \`\${VAR:-default}\` and \`\${file:/path}\` may stand in any text. They are put in after the YAML is read, so a value never
  becomes YAML. Inside \`{ }\` and \`[ ]\` they are quoted: \`"\${VAR}"\`.
- A text that is wholly one \`\${…}\` becomes a number or a boolean where the key wants one, and only there: a token of digits stays a
  text. \`:-\` gives its default also for a variable that is set and empty.
- Around keys and tokens (\`api_key\`, \`token\`, \`bearer\`) white space, byte order marks and characters of no width are taken off.
- A file named by \`\${file:…}\` loses its last newline. It is watched, and read again when a peer refuses the credentials; what has
  changed is opened anew, and nothing else.
- Relative paths begin at the working directory; those of a sink's module (\`type: ./mine.js\`) at the folder of the configuration.
- Names of sources and sinks: letters, digits, \`_\`, \`-\` and \`.\`, a letter first, at most 64.
`;

// `test/docs/when.test.ts` holds the table against the code.
const WHEN = `
## \`when\`

A sink's filter: a [CEL](https://cel.dev) expression over the ECS fields, whatever the sink's \`format\`. An event passes where it is
true. Names, types and patterns are checked by \`validate\`. \`matches\` is [RE2](https://github.com/google/re2/wiki/Syntax), which needs
time in proportion to the text: it has neither look-around nor back-references. A pattern that does not stand in the expression, but is
built from an event, may have 100 characters and no \`{\`.

It decides about every event. The smallest boolean expression that reads a field which the event has not (or whose parent it has not, or
an element that its list has not) is false, \`!=\` is true, and \`!\`, \`&&\`, \`||\` and \`?:\` go on from there. Of an event without
\`openai.audit.project\`, \`source\` and \`user\`:

| expression | is |
|---|---|
| \`openai.audit.project.id == "p"\` | false |
| \`openai.audit.project.id != "p"\` | true |
| \`!(openai.audit.project.id == "p")\` | true |
| \`openai.audit.project.id in ["p", "q"]\` | false |
| \`!(openai.audit.project.id in ["p", "q"])\` | true |
| \`source.as.number < 64512\` | false |
| \`source.as.number >= 64512\` | false |
| \`user.email.startsWith("root@")\` | false |
| \`user.email.contains("@")\` | false |
| \`user.email.matches(".*")\` | false |
| \`has(user.email)\` | false |
| \`!has(user.email)\` | true |
| \`user.changes.roles.exists(r, r == "owner")\` | false |
| \`user.changes.roles.all(r, r != "owner")\` | false |
| \`event.type.all(t, t != user.email)\` | true |
| \`user.email == "a" || event.kind == "event"\` | true |
| \`user.email != "a" && event.kind == "event"\` | true |
| \`user.email == "a" ? false : true\` | true |
| \`user.?email.orValue("none") == "none"\` | true |

Values of unlike types are not equal. Where an expression still fails, as a text is not \`<\` a number, the event passes; \`status\` and the
metrics count such events, and \`WHEN_FAILED\` in the log names the field, once.
`;

const checkOnly = process.argv.includes('--check');
process.exitCode = (checkOnly || prepare()) && main() ? 0 : 1;

/** @returns {boolean} Whether the files are as they should be. */
function main() {
  // The schema lists the sinks that are installed where it is asked: here, those of this workspace.
  const schema = run(['node', 'packages/agent/bin/audit-relay.js', 'schema'], ['ignore', 'pipe', 2]);
  if (schema.exitCode !== 0) return false;
  const product = JSON.parse(schema.output);
  const files = {
    [SCHEMA_FILE]: schema.output,
    [PAGE_FILE]: page(product),
    [CHART_FILE]: `${JSON.stringify(chartSchema(product), undefined, 2)}\n`,
  };
  if (!checkOnly) for (const [file, text] of Object.entries(files)) writeFileSync(join(ROOT, file), text);
  const stale = Object.entries(files).filter(([file, text]) => readFileSync(join(ROOT, file), 'utf8') !== text);
  for (const [file] of stale) console.log(`${file} is stale: npm run docs`);
  return stale.length === 0;
}

/** @param {Schema} schema */
function page({ properties = {}, required = [] }) {
  const example = readFileSync(join(ROOT, EXAMPLE_FILE), 'utf8');
  const parts = Object.entries(properties);
  const loose = parts.filter(([, part]) => childrenOf(part).length === 0 && !isNamed(part));
  return [
    PREAMBLE,
    `\`\`\`yaml\n${example}\`\`\`\n`,
    RULES,
    WHEN,
    '\n## Top level\n\n',
    table(loose, required),
    ...parts.filter((part) => !loose.includes(part)).map(([name, part]) => section(name, part)),
  ].join('');
}

/**
 * @param {string} name
 * @param {Schema} part
 */
function section(name, part) {
  const said = part.description === undefined ? '' : `${part.description}\n\n`;
  if (!isNamed(part)) return `\n## \`${name}\`\n\n${said}${tableOf(part)}`;
  const one = /** @type {Schema} */ (part.additionalProperties);
  const body = one.anyOf === undefined ? tableOf(one) : sinks(one.anyOf);
  return `\n## \`${name}.<name>\`\n\n${said}${body}`;
}

/**
 * What every sink takes, then each one's own keys.
 *
 * @param {Schema[]} variants
 */
function sinks(variants) {
  const known = variants.filter(({ properties }) => properties?.['type']?.const !== undefined);
  const [first, ...others] = known.map(({ properties = {} }) => properties);
  const everywhere = Object.entries(first ?? {}).filter(
    ([key, value]) => key !== 'type' && others.every((other) => JSON.stringify(other[key]) === JSON.stringify(value)),
  );
  const type = variants.find((variant) => !known.includes(variant))?.properties?.['type'] ?? {};
  const common = everywhere.map(([key]) => key);
  const own = known.map(({ properties = {}, required = [], description }) => {
    const rest = Object.entries(properties).filter(([key]) => key !== 'type' && !common.includes(key));
    const keys = rest.length === 0 ? 'No keys of its own.\n' : table(rest, required);
    const said = description === undefined ? '' : `${description}\n\n`;
    return `\n### \`type: ${properties['type']?.const}\`\n\n${said}${keys}`;
  });
  return `${table([['type', type], ...everywhere], ['type'])}${own.join('')}`;
}

/** @param {Schema} schema */
function tableOf(schema) {
  return table(childrenOf(schema), schema.required ?? []);
}

/**
 * @param {[string, Schema][]} entries
 * @param {readonly string[]} required
 */
function table(entries, required) {
  const rows = entries.flatMap(([key, schema]) => rowsOf(key, schema, required.includes(key)));
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/**
 * A key, then those within it.
 *
 * @param {string} path
 * @param {Schema} schema
 * @param {boolean} isRequired
 * @returns {string[]}
 */
function rowsOf(path, schema, isRequired) {
  const children = childrenOf(schema.items ?? schema);
  const within = schema.items === undefined ? path : `${path}[]`;
  const needed = (schema.items ?? schema).required ?? [];
  const preset = schema.default === undefined || children.length > 0 ? '' : code(schema.default);
  const cells = [`\`${path}\``, typeOf(schema), isRequired ? 'required' : preset, schema.description ?? ''];
  return [
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
    ...children.flatMap(([key, child]) => rowsOf(`${within}.${key}`, child, needed.includes(key))),
  ];
}

/**
 * The keys of a map, whichever of its forms has them.
 *
 * @param {Schema} schema
 * @returns {[string, Schema][]}
 */
function childrenOf({ properties, anyOf = [] }) {
  const all = [properties ?? {}, ...anyOf.map((one) => one.properties ?? {})];
  return Object.entries(Object.assign({}, ...all.toReversed()));
}

/**
 * A map from names of the user's own to parts of one kind.
 *
 * @param {Schema} schema
 */
function isNamed({ additionalProperties, properties }) {
  return properties === undefined && childrenOf(Object(additionalProperties)).length > 0;
}

/**
 * In words. What may also be `${…}` is not said for each key: all may.
 *
 * @param {Schema} schema
 * @returns {string}
 */
function typeOf(schema) {
  if (schema.title !== undefined) return schema.title;
  if (schema.anyOf !== undefined) {
    const forms = schema.anyOf.filter((form) => form.$ref === undefined).map(typeOf);
    return [...new Set(forms)].join(' or ');
  }
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const { additionalProperties: values } = schema;
  if (typeof values === 'object') return `map, name → ${typeOf(values)}`;
  return plainTypeOf(schema);
}

/** @param {Schema} schema */
function plainTypeOf(schema) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.type === 'number' || schema.type === 'integer') return numberOf(schema);
  if (schema.format === 'uri') return 'URL';
  if (schema.maxLength !== undefined) return `text, at most ${schema.maxLength} long`;
  return { string: 'text', object: 'map' }[schema.type ?? ''] ?? schema.type ?? 'any';
}

/** @param {Schema} schema */
function numberOf({ type, minimum, maximum }) {
  const kind = type === 'integer' ? 'whole number' : 'number';
  const unbounded = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  if (minimum === undefined) return kind;
  return unbounded ? `${kind}, ${minimum} or more` : `${kind}, ${minimum} to ${maximum}`;
}

/** @param {unknown} value */
function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
