/**
 * A judge of requests and answers by Datadog's own OpenAPI documents: is there such a path and method, are these its parameters, and does
 * the body fit its schema. The documents are of OpenAPI 3.0, whose schemas are nearly JSON Schema; what differs is brought over.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { default as formats } from 'ajv-formats';
import type { OpenApi } from '../services/datadog/openapi.ts';

/** One operation of the API. */
export interface Operation {
  /** `CreateMonitor`, as Datadog names it. */
  readonly id: string;
  /** Values of the path's parameters, by name. */
  readonly params: Readonly<Record<string, string>>;
  /** What is wrong with these parameters of a query; empty: nothing. */
  queryProblems(query: URLSearchParams): readonly string[];
  /** What is wrong with a request's body. */
  bodyProblems(body: unknown): readonly string[];
  /** What is wrong with an answer: its status must be documented, and its body fit. */
  answerProblems(status: number, body: unknown): readonly string[];
  /** Whether both keys are asked for, or the API key alone. */
  readonly keys: 'both' | 'api';
}

export interface Contract {
  /** Of all operations, with their parameters in braces. */
  readonly paths: readonly string[];
  /** Undefined: the API has no such operation. */
  find(method: string, path: string): Operation | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

export function contractOf(documents: readonly OpenApi[]): Contract {
  const routes = documents
    .flatMap((document) => {
      const judge = new Judge(document);
      return Object.keys(document.paths).map((template) => ({ template, judge }));
    })
    // A path that is written out goes before one with a parameter in that place.
    .toSorted((a, b) => a.template.split('{').length - b.template.split('{').length);
  return {
    paths: routes.map(({ template }) => template),
    find(method, path) {
      for (const { template, judge } of routes) {
        const params = matched(template, path);
        const operation = params === undefined ? undefined : judge.operation(template, method.toLowerCase(), params);
        if (operation !== undefined) return operation;
      }
      return undefined;
    },
  };
}

/** One document, whose schemas are made ready when they are first needed: there are thousands. */
class Judge {
  readonly #document: OpenApi;
  readonly #sides: Readonly<Record<Side, Ajv>> = { request: emptyAjv(), answer: emptyAjv() };

  /** Compiled, by side and text. */
  readonly #ready = new Map<string, ValidateFunction>();
  /** Made known or begun, by side and name. */
  readonly #known = new Set<string>();

  constructor(document: OpenApi) {
    this.#document = document;
  }

  operation(template: string, method: string, params: Readonly<Record<string, string>>): Operation | undefined {
    const raw = this.#document.paths[template]?.[method];
    if (raw === undefined) return undefined;
    const { operationId, parameters = [], requestBody, responses, security } = Object(raw);
    const bodySchema = requestBody?.content?.['application/json']?.schema;
    return {
      id: operationId,
      params,
      keys: JSON.stringify(security) === '[{"apiKeyAuth":[]}]' ? 'api' : 'both',
      queryProblems: (query) => this.#queryProblems(parameters, query),
      bodyProblems: (body) => {
        if (bodySchema === undefined) return body === undefined ? [] : ['this operation takes no body'];
        return this.#problems('request', bodySchema, body);
      },
      answerProblems: (status, body) => {
        const response = responses?.[String(status)];
        if (response === undefined) return [`the status ${status} is not documented`];
        const schema = Object(this.#resolved(response)).content?.['application/json']?.schema;
        return schema === undefined ? [] : this.#problems('answer', schema, body);
      },
    };
  }

  #queryProblems(parameters: readonly unknown[], query: URLSearchParams): readonly string[] {
    const known = parameters.map((one) => Object(this.#resolved(one))).filter((one) => one.in === 'query');
    const missing = known
      .filter((one) => one.required === true && !query.has(one.name))
      .map((one) => `${one.name} is missing`);
    const wrong = [...query].flatMap(([name, value]) => {
      const parameter = known.find((one) => one.name === name);
      if (parameter === undefined) return [`${name} is no parameter`];
      const { type } = Object(this.#resolved(parameter.schema));
      const isJson = (type === 'integer' || type === 'boolean') && /^(-?\d+|true|false)$/.test(value);
      const asValue = isJson ? JSON.parse(value) : value;
      return this.#problems('request', parameter.schema, asValue).map((problem) => `${name}: ${problem}`);
    });
    return [...missing, ...wrong];
  }

  #problems(side: Side, schema: Schema, value: unknown): readonly string[] {
    const name = `${side} ${JSON.stringify(schema)}`;
    const validate = this.#ready.get(name) ?? this.#sides[side].compile(this.#converted(schema, side));
    this.#ready.set(name, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #resolved(part: unknown): unknown {
    const [, section = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(String(Object(part).$ref)) ?? [];
    return name === '' ? part : this.#document.components[section]?.[name];
  }

  /** A schema as JSON Schema has it, with all that it refers to made known under the same names. */
  #converted(schema: Schema, side: Side): Schema {
    const { $ref: ref, nullable, ...rest } = schema;
    if (typeof ref === 'string') {
      const name = ref.replace('#/components/schemas/', '');
      this.#makeKnown(name, side);
      return orNull({ $ref: idOf(name) }, nullable === true);
    }
    const parts = Object.keys(rest).map((keyword) => [keyword, this.#convertedPart(keyword, rest, side)] as const);
    return orNull(closed(Object.fromEntries(parts), side), nullable === true);
  }

  #convertedPart(keyword: string, schema: Schema, side: Side): unknown {
    const value = schema[keyword];
    if (keyword === 'properties') {
      const all = Object.entries(Object(value)) as [string, Schema][];
      const sent = side === 'answer' ? all : all.filter(([, { readOnly }]) => readOnly !== true);
      return Object.fromEntries(sent.map(([name, property]) => [name, this.#converted(property, side)]));
    }
    if (keyword === 'required' && Array.isArray(value) && side === 'request') {
      return value.filter((name) => Object(schema['properties'])[String(name)]?.readOnly !== true);
    }
    if (keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')) {
      return this.#converted(Object(value), side);
    }
    if (keyword === 'oneOf' || keyword === 'anyOf' || keyword === 'allOf') {
      return (value as readonly Schema[]).map((each) => this.#converted(each, side));
    }
    return value;
  }

  #makeKnown(name: string, side: Side): void {
    const ajv = this.#sides[side];
    const id = idOf(name);
    // Begun is as good as done: schemas refer to each other in circles.
    if (this.#known.has(`${side} ${name}`)) return;
    this.#known.add(`${side} ${name}`);
    ajv.addSchema(this.#converted(Object(this.#document.components['schemas']?.[name]), side), id);
  }
}

/** What is judged: what we send, or what is answered. */
type Side = 'request' | 'answer';

const FORMATS = [
  'date-time',
  'date',
  'uuid',
  'int32',
  'int64',
  'double',
  'float',
  'uri',
  'email',
  'byte',
  'password',
] as const;

function emptyAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv, [...FORMATS]);
  return ajv;
}

function idOf(name: string): string {
  return `https://datadog.example/${name}`;
}

/**
 * What is sent may hold only what is documented, which OpenAPI leaves open: a member that is misspelt would pass for one that nobody
 * reads. Answers hold more than is documented, so one of several schemas may fit where the document says that just one does.
 */
function closed(schema: Record<string, unknown>, side: Side): Schema {
  if (side === 'answer') {
    const { oneOf, ...rest } = schema;
    return oneOf === undefined ? schema : { ...rest, anyOf: oneOf };
  }
  if (schema['properties'] === undefined || schema['additionalProperties'] !== undefined) return schema;
  return { ...schema, additionalProperties: false };
}

/** OpenAPI 3.0 writes what JSON Schema would have as one more type. */
function orNull(schema: Schema, nullable: boolean): Schema {
  return nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** The parameters of a path by its template, or undefined where they do not fit. */
function matched(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '([^/]+)');
  const values = new RegExp(`^${pattern}$`).exec(path);
  return values === null ? undefined : Object.fromEntries(names.map((name, index) => [name, values[index + 1] ?? '']));
}
