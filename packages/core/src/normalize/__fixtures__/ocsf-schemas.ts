/** The six OCSF 1.8.0 classes in use, compiled once per test file. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const CLASSES = {
  3001: 'account_change',
  3002: 'authentication',
  3004: 'entity_management',
  3005: 'user_access',
  3006: 'group_management',
  6003: 'api_activity',
} as const;

// strictRequired fails on the schemas' own anyOf.
const ajv = new Ajv2020({ strict: false });
const validators = new Map<number, ValidateFunction>(
  Object.entries(CLASSES).map(([uid, name]) => {
    const file = new URL(`./ocsf/${name}.schema.json`, import.meta.url);
    return [Number(uid), ajv.compile(JSON.parse(readFileSync(file, 'utf8')))];
  }),
);

/** What the schema of the document's class says against it; an empty text when nothing. */
export function ocsfFaults(document: { readonly class_uid: number }): string {
  const validate = validators.get(document.class_uid);
  if (validate === undefined) return `no class ${document.class_uid}`;
  return validate(document) ? '' : ajv.errorsText(validate.errors);
}
