import { createHash } from 'node:crypto';
import { rfc3339Micro } from '../../../base/clock/index.ts';
import { StatusError } from '../../machinery/status.ts';
import type { HandledRequest } from '../filters/handler.ts';
import { metadataOf } from '../handlers/body.ts';
import type { Schemas } from '../../machinery/schema.ts';
import type { Decision, RequestInfo } from '../interfaces.ts';
import { auditUser, type AuditEvent, type AuditStage } from './events.ts';

/** How many stages are kept. */
const CAPACITY = 4_096;

/** One request on its way through the server: all of it but its body. */
export interface AuditedRequest {
  readonly number: number;
  readonly request: Omit<HandledRequest, 'body'>;
  /** Of the object that is made, which is known once the body was read. */
  readonly sentName: string | undefined;
  readonly info: RequestInfo;
  readonly receivedAt: number;
  decision?: Decision;
}

interface Entry {
  readonly of: AuditedRequest;
  readonly stage: AuditStage;
  readonly at: number;
  readonly code: number | undefined;
  readonly refusal: StatusError | undefined;
}

/**
 * Who asked for what, when, and what came of it: a ring of stages, each turned into an event when somebody reads it. The
 * policy is level Metadata for everybody but Orrery's own look-outs.
 *
 * ```
 *   RequestReceived ─▶ ResponseStarted (watches, exec: the answer goes on) ─▶ ResponseComplete
 * ```
 *
 * models apiserver/pkg/endpoints/filters: WithAudit
 */
export class AuditLog {
  readonly #now: () => number;
  readonly #schemas: Schemas;
  readonly #addressOf: (node: string) => string | undefined;
  readonly #ring: (Entry | undefined)[] = [];
  #written = 0;
  #requests = 0;

  constructor(options: { readonly now: () => number; readonly schemas: Schemas; readonly addressOf: (node: string) => string | undefined }) {
    this.#now = options.now;
    this.#schemas = options.schemas;
    this.#addressOf = options.addressOf;
  }

  /** How many stages were written since the start: what {@link since} takes. */
  get written(): number {
    return this.#written;
  }

  /** Undefined: not audited. */
  begin(request: HandledRequest, info: RequestInfo): AuditedRequest | undefined {
    if (request.userAgent.startsWith('orrery/')) return undefined;
    const { body, ...rest } = request;
    const sentName = info.isResource && info.verb === 'create' && info.name === '' ? metadataOf(body, this.#schemas).name : undefined;
    const audited: AuditedRequest = { number: ++this.#requests, request: rest, info, sentName, receivedAt: this.#now() };
    this.#write({ of: audited, stage: 'RequestReceived', at: audited.receivedAt, code: undefined, refusal: undefined });
    return audited;
  }

  started(audited: AuditedRequest | undefined, code: number): void {
    if (audited) this.#write({ of: audited, stage: 'ResponseStarted', at: this.#now(), code, refusal: undefined });
  }

  completed(audited: AuditedRequest | undefined, code: number, error?: unknown): void {
    if (audited) this.#write({ of: audited, stage: 'ResponseComplete', at: this.#now(), code, refusal: error instanceof StatusError ? error : undefined });
  }

  /** Events after the first `written` ones, oldest first; those that the ring has lost are missing. */
  since(written = 0): AuditEvent[] {
    const events: AuditEvent[] = [];
    for (let index = Math.max(written, this.#written - CAPACITY); index < this.#written; index++) events.push(this.#eventOf(this.#ring[index % CAPACITY]!));
    return events;
  }

  #write(entry: Entry): void {
    this.#ring[this.#written++ % CAPACITY] = entry;
  }

  #eventOf({ of: { number, request, info, sentName, receivedAt, decision }, stage, at, code, refusal }: Entry): AuditEvent {
    const { user, impersonator, userAgent } = request;
    return {
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: auditId(number), stage,
      requestURI: uriOf(request), verb: info.verb,
      user: auditUser(impersonator ?? user), ...(impersonator ? { impersonatedUser: auditUser(user) } : {}),
      sourceIPs: [(request.external ? undefined : this.#addressOf(request.part.split('/')[1] ?? '')) ?? '127.0.0.1'],
      ...(userAgent ? { userAgent } : {}),
      ...(info.isResource ? { objectRef: objectRef(info, stage === 'RequestReceived' ? undefined : sentName) } : {}),
      ...(code === undefined ? {} : { responseStatus: { metadata: {}, ...(refusal ? refusalOf(refusal) : {}), code } }),
      requestReceivedTimestamp: rfc3339Micro(receivedAt), stageTimestamp: rfc3339Micro(at),
      ...(decision && stage !== 'RequestReceived' ? { annotations: { 'authorization.k8s.io/decision': decision.allowed ? 'allow' : 'forbid', 'authorization.k8s.io/reason': decision.reason } } : {}),
    };
  }
}

/** models audit: LogRequestObject */
function objectRef(info: RequestInfo, sentName: string | undefined): Record<string, string> {
  const parts: [string, string | undefined][] = [['resource', info.resource], ['namespace', info.namespace], ['name', info.name || sentName], ['apiGroup', info.group], ['apiVersion', info.version], ['subresource', info.subresource]];
  return Object.fromEntries(parts.filter((part): part is [string, string] => Boolean(part[1])));
}

function refusalOf({ status }: StatusError): object {
  const { message, reason, details } = status;
  return { status: 'Failure', ...(message ? { message } : {}), ...(reason ? { reason } : {}), ...(details ? { details } : {}) };
}

/** Of its own, so that looking on changes no object's uid. */
function auditId(number: number): string {
  const hash = createHash('sha256').update(`audit/${number}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function uriOf({ path, query }: Omit<HandledRequest, 'body'>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of name === 'command' ? (JSON.parse(value) as string[]) : [value]) parameters.append(name, one);
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
