import type { StatusCause } from '../../contracts/k8s/index.ts';
import { fieldErrorBody, fieldErrorReason, type FieldError } from './field-error.ts';
import { StatusError } from './status.ts';

// models k8s.io/apimachinery/pkg/api/errors: one constructor a reason, with upstream's codes, messages and details.

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** `pods`, `deployments.apps` */
export function groupResourceText({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function details(resource: GroupResource, name?: string): { name?: string; group?: string; kind?: string } {
  return { ...(name ? { name } : {}), ...(resource.group ? { group: resource.group } : {}), ...(resource.resource ? { kind: resource.resource } : {}) };
}

export function newBadRequest(message: string): StatusError {
  return new StatusError({ message, reason: 'BadRequest', code: 400 });
}

export function newUnauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError({ message, reason: 'Unauthorized', code: 401 });
}

export function newForbidden(resource: GroupResource, name: string, message: string): StatusError {
  const subject = resource.resource === '' ? 'forbidden' : `${groupResourceText(resource)}${name ? ` ${quote(name)}` : ''} is forbidden`;
  return new StatusError({ message: `${subject}: ${message}`, reason: 'Forbidden', details: details(resource, name), code: 403 });
}

export function newNotFound(resource: GroupResource, name: string): StatusError {
  return new StatusError({ message: `${groupResourceText(resource)} ${quote(name)} not found`, reason: 'NotFound', details: details(resource, name), code: 404 });
}

/** No such path at all: what a mux without the route answers. */
export function newPathNotFound(): StatusError {
  return new StatusError({ message: 'the server could not find the requested resource', reason: 'NotFound', details: {}, code: 404 });
}

export function newMethodNotSupported(resource: GroupResource, verb: string): StatusError {
  return new StatusError({
    message: `${verb} is not supported on resources of kind ${quote(groupResourceText(resource))}`,
    reason: 'MethodNotAllowed',
    details: details(resource),
    code: 405,
  });
}

export function newMethodNotAllowed(): StatusError {
  return new StatusError({ message: 'the server does not allow this method on the requested resource', reason: 'MethodNotAllowed', details: {}, code: 405 });
}

export function newNotAcceptable(accepted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return new StatusError({ message, reason: 'NotAcceptable', code: 406 });
}

/** What go-restful says before a handler is asked: no route produces such a media type. */
export function newUnservable(produced: readonly string[]): StatusError {
  return new StatusError({ message: `406: Not Acceptable\n\nAvailable representations: ${produced.join(', ')}`, reason: 'NotAcceptable', details: {}, code: 406 });
}

export function newAlreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError({
    message: `${groupResourceText(resource)} ${quote(name)} already exists`,
    reason: 'AlreadyExists',
    details: details(resource, name),
    code: 409,
  });
}

export function newConflict(resource: GroupResource, name: string, message: string): StatusError {
  return new StatusError({
    message: `Operation cannot be fulfilled on ${groupResourceText(resource)} ${quote(name)}: ${message}`,
    reason: 'Conflict',
    details: details(resource, name),
    code: 409,
  });
}

/** The refusal of an update that is based on an old resource version. */
export function newModifiedConflict(resource: GroupResource, name: string): StatusError {
  return newConflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

export function newGone(message: string): StatusError {
  return new StatusError({ message, reason: 'Gone', code: 410 });
}

export function newResourceExpired(message: string): StatusError {
  return new StatusError({ message, reason: 'Expired', code: 410 });
}

export function newRequestEntityTooLarge(message: string): StatusError {
  return new StatusError({ message: `Request entity too large: ${message}`, reason: 'RequestEntityTooLarge', code: 413 });
}

export function newUnsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError({ message, reason: 'UnsupportedMediaType', code: 415 });
}

/** models pkg/api/errors: NewInvalid; the findings are aggregated, equal ones once. */
export function newInvalid(kind: GroupKind, name: string, findings: readonly FieldError[]): StatusError {
  const causes: StatusCause[] = findings.map((finding) => ({ reason: fieldErrorReason(finding), message: fieldErrorBody(finding), field: finding.field }));
  const messages = [...new Set(findings.map((finding) => `${finding.field}: ${fieldErrorBody(finding)}`))];
  const kindText = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const text = messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`;
  return new StatusError({
    message: `${kindText} ${quote(name)} is invalid${messages.length === 0 ? '' : `: ${text}`}`,
    reason: 'Invalid',
    details: { ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), ...(kind.kind ? { kind: kind.kind } : {}), ...(causes.length > 0 ? { causes } : {}) },
    code: 422,
  });
}

export function newTooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({
    message,
    reason: 'TooManyRequests',
    ...(retryAfterSeconds > 0 ? { details: { retryAfterSeconds } } : {}),
    code: 429,
  });
}

export function newInternalError(message: string): StatusError {
  return new StatusError({ message: `Internal error occurred: ${message}`, reason: 'InternalError', details: { causes: [{ message }] }, code: 500 });
}

/** A failure that upstream passes on as it is: 500 without a reason. */
export function newUnknownError(message: string): StatusError {
  return new StatusError({ message, code: 500 });
}

export function newServerTimeout(resource: GroupResource, operation: string, retryAfterSeconds: number): StatusError {
  return new StatusError({
    message: `The ${operation} operation against ${groupResourceText(resource)} could not be completed at this time, please try again.`,
    reason: 'ServerTimeout',
    details: { ...details(resource), ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
    code: 500,
  });
}

export function newServiceUnavailable(message: string): StatusError {
  return new StatusError({ message, reason: 'ServiceUnavailable', code: 503 });
}

export function newTimeoutError(message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): StatusError {
  return new StatusError({
    message: `Timeout: ${message}`,
    reason: 'Timeout',
    details: { ...(retryAfterSeconds ? { retryAfterSeconds } : {}), ...(causes ? { causes: [...causes] } : {}) },
    code: 504,
  });
}

/** A refusal in plain words, as a kubelet's port answers. models kubelet/pkg/cri/streaming: WriteError */
export function newPlainRefusal(code: number, text: string): StatusError {
  const error = new StatusError({ message: text, code });
  error.plainText = text;
  return error;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
