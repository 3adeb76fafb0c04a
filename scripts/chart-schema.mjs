/**
 * `values.schema.json` of the Helm chart: what each value may be, and under `config` the product's own schema whole, so
 * that a typo is refused before anything reaches a cluster.
 */

/** @typedef {Readonly<Record<string, unknown>>} Schema */

const TEXT = { type: 'string' };
const FLAG = { type: 'boolean' };
const MAP = { type: 'object' };
const NAME = { type: 'string', minLength: 1 };
const TEXTS = { type: 'array', items: NAME };
const MAPS = { type: 'array', items: { type: 'object' } };
const TEXT_MAP = { type: 'object', additionalProperties: { type: 'string' } };
const PORT = { type: 'integer', minimum: 1, maximum: 65_535 };
const SECONDS = { type: 'integer', minimum: 1 };
/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?([KMGTPE]i?|m)?$' };

/** @param {Readonly<Record<string, Schema>>} properties */
function only(properties) {
  return { type: 'object', additionalProperties: false, properties };
}

/** As in `values.yaml`, in its order; a test compares the two. */
const VALUES = {
  config: MAP,
  existingConfigMap: TEXT,
  existingSecrets: TEXTS,
  secret: only({ create: FLAG, data: TEXT_MAP, rollOnChange: FLAG }),
  caBundle: only({ existingConfigMap: TEXT, key: TEXT }),
  replicaCount: { type: 'integer', minimum: 0 },
  revisionHistoryLimit: { type: 'integer', minimum: 0 },
  image: only({
    repository: { type: 'string', pattern: '^[^:@]+(:[0-9]+/[^:@]+)?$' },
    tag: TEXT,
    digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
    pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
  }),
  imagePullSecrets: {
    type: 'array',
    items: {
      anyOf: [NAME, { type: 'object', additionalProperties: false, required: ['name'], properties: { name: NAME } }],
    },
  },
  nameOverride: TEXT,
  fullnameOverride: TEXT,
  commonLabels: TEXT_MAP,
  drainSeconds: SECONDS,
  terminationGracePeriodSeconds: SECONDS,
  logLevel: { enum: ['', 'debug', 'info', 'warn', 'error'] },
  persistence: only({
    enabled: FLAG,
    existingClaim: TEXT,
    storageClassName: TEXT,
    accessModes: { type: 'array', minItems: 1, items: { enum: ['ReadWriteOnce', 'ReadWriteOncePod'] } },
    size: QUANTITY,
    annotations: TEXT_MAP,
    retentionPolicy: only({
      whenDeleted: { enum: ['Retain', 'Delete'] },
      whenScaled: { enum: ['Retain', 'Delete'] },
    }),
  }),
  resources: MAP,
  nodeOptions: TEXT,
  serviceAccount: only({ create: FLAG, name: TEXT, annotations: TEXT_MAP, automountServiceAccountToken: FLAG }),
  podSecurityContext: MAP,
  securityContext: MAP,
  startupProbe: MAP,
  livenessProbe: MAP,
  readinessProbe: MAP,
  service: only({ annotations: TEXT_MAP, port: PORT }),
  podDisruptionBudget: only({ enabled: FLAG, maxUnavailable: { type: ['integer', 'string'], minimum: 1 } }),
  networkPolicy: only({
    enabled: FLAG,
    metricsFrom: MAPS,
    egressTo: MAPS,
    extraPorts: { type: 'array', items: PORT },
    extraEgress: MAPS,
  }),
  serviceMonitor: only({
    enabled: FLAG,
    labels: TEXT_MAP,
    interval: TEXT,
    scrapeTimeout: TEXT,
    authorization: MAP,
    relabelings: MAPS,
    metricRelabelings: MAPS,
  }),
  prometheusRule: only({ enabled: FLAG, labels: TEXT_MAP, extraRules: MAPS }),
  dashboard: only({ enabled: FLAG, labels: TEXT_MAP, annotations: TEXT_MAP }),
  env: { type: 'array', items: { type: 'object', required: ['name'] } },
  envFrom: MAPS,
  extraVolumes: MAPS,
  extraVolumeMounts: MAPS,
  extraContainers: MAPS,
  initContainers: MAPS,
  extraObjects: MAPS,
  podAnnotations: TEXT_MAP,
  podLabels: TEXT_MAP,
  nodeSelector: TEXT_MAP,
  tolerations: MAPS,
  affinity: MAP,
  topologySpreadConstraints: MAPS,
  priorityClassName: TEXT,
  runtimeClassName: TEXT,
  schedulerName: TEXT,
  dnsPolicy: { enum: ['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] },
  dnsConfig: MAP,
  hostAliases: MAPS,
  test: only({ enabled: FLAG, annotations: TEXT_MAP }),
};

/** A keyword of JSON Schema; an object literal with it looks like a promise. */
const THEN = 'then';

/**
 * Draft 7, which every Helm 3 understands; nothing in the product's schema needs more.
 *
 * @param {Schema} product What `audit-relay schema` prints.
 * @returns {Schema}
 */
export function chartSchema(product) {
  const { $defs, ...config } = product;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart audit-relay',
    type: 'object',
    additionalProperties: false,
    // `global` is Helm's own, for charts that have this one inside.
    properties: { global: MAP, ...VALUES },
    // Whose ConfigMap is their own has no configuration here.
    if: { properties: { existingConfigMap: { const: '' } } },
    ...Object.fromEntries([[THEN, { properties: { config: { $ref: '#/$defs/config' } } }]]),
    $defs: { ...Object($defs), config: { ...config, $schema: undefined } },
  };
}
