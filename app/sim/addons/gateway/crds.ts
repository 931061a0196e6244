// The kinds of the Gateway API (gateway.networking.k8s.io), standard channel, as far as the bundled controller acts on them.
type Schema = Readonly<Record<string, unknown>>;

const text = (extra: object = {}): Schema => ({ type: 'string', ...extra });
const integer = (minimum: number, maximum: number, extra: object = {}): Schema => ({ type: 'integer', format: 'int32', minimum, maximum, ...extra });
const choice = (values: readonly string[], extra: object = {}): Schema => text({ enum: values, ...extra });
const object = (properties: object, required: readonly string[] = [], extra: object = {}): Schema => ({ type: 'object', properties, ...(required.length > 0 ? { required } : {}), ...extra });
const list = (items: Schema, maxItems: number, extra: object = {}): Schema => ({ type: 'array', items, maxItems, ...extra });
const byName = (key = 'name'): object => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
const rule = (check: string, message: string): object => ({ rule: check, message });

const LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const GROUP = { maxLength: 253, pattern: `^$|${LABEL}` };
const KIND = { minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' };
const NAME = { minLength: 1, maxLength: 253 };
const NAMESPACE = { minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
const HOST = { minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${LABEL.slice(1)}` };
const HEADER = { minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" };

const condition = object({
  lastTransitionTime: text({ format: 'date-time' }), message: text({ maxLength: 32_768 }), observedGeneration: { type: 'integer', format: 'int64', minimum: 0 }, reason: text({ minLength: 1, maxLength: 1024 }),
  status: choice(['True', 'False', 'Unknown']), type: text({ maxLength: 316 }),
}, ['lastTransitionTime', 'message', 'reason', 'status', 'type']);
const conditions = (maxItems: number): Schema => list(condition, maxItems, byName('type'));
const waiting = (type: string): object => ({ lastTransitionTime: '1970-01-01T00:00:00Z', message: 'Waiting for controller', reason: 'Pending', status: 'Unknown', type });

const parentRef = object({ group: text({ ...GROUP, default: 'gateway.networking.k8s.io' }), kind: text({ ...KIND, default: 'Gateway' }), namespace: text(NAMESPACE), name: text(NAME), sectionName: text(NAME), port: integer(1, 65_535) }, ['name']);
const backendRef = { group: text({ ...GROUP, default: '' }), kind: text({ ...KIND, default: 'Service' }), name: text(NAME), namespace: text(NAMESPACE), port: integer(1, 65_535), weight: integer(0, 1_000_000, { default: 1 }) };
const header = object({ name: text(HEADER), value: text({ minLength: 1, maxLength: 4096 }) }, ['name', 'value']);
const headerFilter = object({ set: list(header, 16, byName()), add: list(header, 16, byName()), remove: list(text(), 16, { 'x-kubernetes-list-type': 'set' }) });
const pathModifier = object({ type: choice(['ReplaceFullPath', 'ReplacePrefixMatch']), replaceFullPath: text({ maxLength: 1024 }), replacePrefixMatch: text({ maxLength: 1024 }) }, ['type']);
const needs = (field: string, type: string): object[] => [
  rule(`!(has(self.${field}) && self.type != '${type}')`, `filter.${field} must be nil if the filter.type is not ${type}`), rule(`!(!has(self.${field}) && self.type == '${type}')`, `filter.${field} must be specified for ${type} filter.type`),
];
const filter = object({
  type: choice(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect', 'URLRewrite', 'ExtensionRef']),
  requestHeaderModifier: headerFilter, responseHeaderModifier: headerFilter,
  requestRedirect: object({ scheme: choice(['http', 'https']), hostname: text(HOST), path: pathModifier, port: integer(1, 65_535), statusCode: { type: 'integer', enum: [301, 302], default: 302 } }),
  urlRewrite: object({ hostname: text(HOST), path: pathModifier }),
  requestMirror: object({ backendRef: object(backendRef, ['name']) }, ['backendRef']),
  extensionRef: object({ group: text(GROUP), kind: text(KIND), name: text(NAME) }, ['group', 'kind', 'name']),
}, ['type'], { 'x-kubernetes-validations': [['requestHeaderModifier', 'RequestHeaderModifier'], ['requestRedirect', 'RequestRedirect'], ['urlRewrite', 'URLRewrite']].flatMap(([field, type]) => needs(field!, type!)) });
const ANYWHERE = { type: 'PathPrefix', value: '/' };
const keyMatch = object({ type: choice(['Exact', 'RegularExpression'], { default: 'Exact' }), name: text(HEADER), value: text({ minLength: 1, maxLength: 4096 }) }, ['name', 'value']);
const match = object({
  path: object({ type: choice(['Exact', 'PathPrefix', 'RegularExpression'], { default: 'PathPrefix' }), value: text({ maxLength: 1024, default: '/' }) }, [], {
    default: ANYWHERE, 'x-kubernetes-validations': [rule("(self.type in ['Exact','PathPrefix']) ? self.value.startsWith('/') : true", "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']")],
  }),
  headers: list(keyMatch, 16, byName()), queryParams: list(keyMatch, 16, byName()), method: choice(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']),
});
const duration = text({ pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' });

const httpRouteSpec = object({
  parentRefs: list(parentRef, 32), hostnames: list(text(HOST), 16),
  rules: list(object({
    name: text(NAME), matches: list(match, 64, { default: [{ path: ANYWHERE }] }), filters: list(filter, 16), timeouts: object({ request: duration, backendRequest: duration }),
    backendRefs: list(object({ ...backendRef, filters: list(filter, 16) }, ['name']), 16),
  }), 16, { default: [{ matches: [{ path: ANYWHERE }] }] }),
});
const httpRouteStatus = object({ parents: list(object({ parentRef, controllerName: text({ minLength: 1, maxLength: 253 }), conditions: conditions(8) }, ['parentRef', 'controllerName']), 32) }, ['parents']);

const secretRef = object({ group: text({ ...GROUP, default: '' }), kind: text({ ...KIND, default: 'Secret' }), name: text(NAME), namespace: text(NAMESPACE) }, ['name']);
const routeKind = object({ group: text({ ...GROUP, default: 'gateway.networking.k8s.io' }), kind: text(KIND) }, ['kind']);
const labelSelector = object({
  matchLabels: { type: 'object', additionalProperties: text() },
  matchExpressions: list(object({ key: text(), operator: text(), values: list(text(), 64) }, ['key', 'operator']), 64),
});
const listener = object({
  name: text(NAME), hostname: text(HOST), port: integer(1, 65_535), protocol: text({ minLength: 1, maxLength: 255 }),
  tls: object({ mode: choice(['Terminate', 'Passthrough'], { default: 'Terminate' }), certificateRefs: list(secretRef, 64), options: { type: 'object', additionalProperties: text() } }),
  allowedRoutes: object({ namespaces: object({ from: choice(['All', 'Selector', 'Same'], { default: 'Same' }), selector: labelSelector }, [], { default: { from: 'Same' } }), kinds: list(routeKind, 8) }, [], { default: { namespaces: { from: 'Same' } } }),
}, ['name', 'port', 'protocol']);
const gatewaySpec = object({
  gatewayClassName: text(NAME),
  listeners: list(listener, 64, {
    minItems: 1, ...byName(),
    'x-kubernetes-validations': [
      rule("self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)", "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']"),
      rule('self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))', 'Combination of port, protocol and hostname must be unique for each listener'),
    ],
  }),
  addresses: list(object({ type: text({ default: 'IPAddress' }), value: text({ maxLength: 253 }) }), 16),
}, ['gatewayClassName', 'listeners']);
const gatewayStatus = object({
  addresses: list(object({ type: text({ default: 'IPAddress' }), value: text(NAME) }, ['value']), 16),
  conditions: { ...conditions(8), default: [waiting('Accepted'), waiting('Programmed')] },
  listeners: list(object({ name: text(NAME), supportedKinds: list(routeKind, 8), attachedRoutes: { type: 'integer', format: 'int32' }, conditions: conditions(8) }, ['name', 'attachedRoutes', 'conditions']), 64, byName()),
}, [], { default: { conditions: [waiting('Accepted'), waiting('Programmed')] } });

const gatewayClassSpec = object({
  controllerName: text({ minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&\'()*+,;=:]+$', 'x-kubernetes-validations': [rule('self == oldSelf', 'Value is immutable')] }),
  description: text({ maxLength: 64 }), parametersRef: object({ group: text(GROUP), kind: text(KIND), name: text(NAME), namespace: text(NAMESPACE) }, ['group', 'kind', 'name']),
}, ['controllerName']);
const gatewayClassStatus = object({ conditions: { ...conditions(8), default: [waiting('Accepted')] } }, [], { default: { conditions: [waiting('Accepted')] } });

const referenceGrantSpec = object({
  from: list(object({ group: text(GROUP), kind: text(KIND), namespace: text(NAMESPACE) }, ['group', 'kind', 'namespace']), 16, { minItems: 1 }),
  to: list(object({ group: text(GROUP), kind: text(KIND), name: text(NAME) }, ['group', 'kind']), 16, { minItems: 1 }),
}, ['from', 'to']);

const column = (name: string, jsonPath: string, type = 'string', extra: object = {}): object => ({ name, jsonPath, type, ...extra });
const AGE = column('Age', '.metadata.creationTimestamp', 'date');
const statusOf = (type: string): string => `.status.conditions[?(@.type=="${type}")].status`;

interface Names {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
}

function crd(kind: string, scope: 'Namespaced' | 'Cluster', names: Names, versions: readonly string[], columns: readonly object[], spec: Schema, status?: Schema): object {
  const openAPIV3Schema = object({ apiVersion: text(), kind: text(), metadata: { type: 'object' }, spec, ...(status ? { status } : {}) }, status ? ['spec'] : []);
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.gateway.networking.k8s.io`, annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328', 'gateway.networking.k8s.io/bundle-version': 'v1.4.0', 'gateway.networking.k8s.io/channel': 'standard' } },
    spec: {
      group: 'gateway.networking.k8s.io', scope, names: { kind, listKind: `${kind}List`, categories: ['gateway-api'], ...names },
      versions: versions.map((name, index) => ({ name, served: true, storage: index === 0, additionalPrinterColumns: columns, schema: { openAPIV3Schema }, ...(status ? { subresources: { status: {} } } : {}) })),
    },
  };
}

export const gatewayCrds: readonly object[] = [
  crd('GatewayClass', 'Cluster', { plural: 'gatewayclasses', singular: 'gatewayclass', shortNames: ['gc'] }, ['v1', 'v1beta1'], [column('Controller', '.spec.controllerName'), column('Accepted', statusOf('Accepted')), AGE, column('Description', '.spec.description', 'string', { priority: 1 })], gatewayClassSpec, gatewayClassStatus),
  crd('Gateway', 'Namespaced', { plural: 'gateways', singular: 'gateway', shortNames: ['gtw'] }, ['v1', 'v1beta1'], [column('Class', '.spec.gatewayClassName'), column('Address', '.status.addresses[*].value'), column('Programmed', statusOf('Programmed')), AGE], gatewaySpec, gatewayStatus),
  crd('HTTPRoute', 'Namespaced', { plural: 'httproutes', singular: 'httproute' }, ['v1', 'v1beta1'], [column('Hostnames', '.spec.hostnames'), AGE], httpRouteSpec, httpRouteStatus),
  crd('ReferenceGrant', 'Namespaced', { plural: 'referencegrants', singular: 'referencegrant', shortNames: ['refgrant'] }, ['v1beta1', 'v1'], [AGE], referenceGrantSpec),
];
