import type { Cause, PartId } from '../../../contracts/trace/index.ts';
import type { TraceRecorder } from '../../machinery/recorder.ts';
import { StatusError } from '../../machinery/status.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { AuditedRequest, AuditLog } from '../audit/audit-log.ts';
import { forbidden } from '../authorization/union.ts';
import type { Answer } from '../handlers/answer.ts';
import { metadataOf, type Body } from '../handlers/body.ts';
import type { Schemas } from '../../machinery/schema.ts';
import type { Router } from '../handlers/router.ts';
import type { Attributes, Authorizer, RequestContext, RequestInfo } from '../interfaces.ts';
import { checkOptions } from './options.ts';
import { requestInfo } from './request-info.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** A request that is authenticated. */
export interface HandledRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: Body;
  readonly contentType: string;
  readonly accept?: string;
  readonly user: UserInfo;
  /** Who really sent it, when `user` is somebody else. */
  readonly impersonator?: UserInfo;
  readonly userAgent: string;
  readonly part: PartId;
  readonly loop?: string;
  readonly cause: Cause;
  /** From outside this process. */
  readonly external: boolean;
}

export interface Handled {
  readonly answer: Answer;
  readonly warnings: readonly string[];
  /** What led to the answer. */
  readonly cause: Cause;
}

const READS = new Set(['get', 'list', 'watch', 'head', 'options']);

/** The chain behind authentication: trace → audit → authorization → dry-run check → handler → trace. */
export class RequestHandler {
  readonly #router: Router;
  readonly #authorizer: Authorizer;
  readonly #trace: TraceRecorder;
  readonly #schemas: Schemas;
  readonly #metrics: RequestMetrics;

  readonly #audit: AuditLog;

  constructor(options: { router: Router; authorizer: Authorizer; trace: TraceRecorder; schemas: Schemas; metrics: RequestMetrics; audit: AuditLog }) {
    this.#audit = options.audit;
    this.#metrics = options.metrics;
    this.#schemas = options.schemas;
    this.#router = options.router;
    this.#authorizer = options.authorizer;
    this.#trace = options.trace;
  }

  async handle(request: HandledRequest): Promise<Handled> {
    const info = requestInfo(request.method, request.path, request.query);
    const seq = this.#recordRequest(request, info);
    const cause = seq === undefined ? request.cause : [seq];
    const audited = this.#audit.begin(request, info);
    const warnings: string[] = [];
    const end = this.#metrics.begin(info, { isApply: request.contentType.startsWith('application/apply-patch'), dryRun: request.query['dryRun'] });
    try {
      this.#authorize({ ...info, user: request.user }, audited);
      const context: RequestContext = {
        user: request.user, userAgent: request.userAgent, cause, info, query: request.query,
        dryRun: info.isResource && checkOptions(info.verb, request.query),
        warn: (text) => void (warnings.includes(text) || warnings.push(text)),
      };
      const answer = this.#audited(await this.#router.route(request, context), audited);
      const code = 'code' in answer ? answer.code : 200;
      end(code);
      if (seq !== undefined) this.#recordResponse(request, info, seq, code);
      return { answer, warnings, cause };
    } catch (error) {
      const code = error instanceof StatusError ? error.code : 500;
      end(code);
      this.#audit.completed(audited, code, error);
      if (error instanceof StatusError) error.warnings = warnings;
      if (seq !== undefined) this.#recordResponse(request, info, seq, code);
      throw error;
    }
  }

  #authorize(attributes: Attributes, audited: AuditedRequest | undefined): void {
    const decision = this.#authorizer.authorize(attributes);
    if (audited) audited.decision = decision;
    if (!decision.allowed) throw forbidden(attributes, decision.reason);
  }

  /** Says when an answer is complete: at once, or, of one that goes on, when it ends. */
  #audited(answer: Answer, audited: AuditedRequest | undefined): Answer {
    if (!audited) return answer;
    if (answer.type === 'watch') {
      this.#audit.started(audited, 200);
      let isOpen = true;
      return {
        ...answer,
        close: () => {
          if (isOpen) this.#audit.completed(audited, 200);
          isOpen = false;
          answer.close();
        },
      };
    }
    if (answer.type === 'connect') {
      this.#audit.started(audited, answer.code);
      return { ...answer, connect: (upgrade) => answer.connect(upgrade).finally(() => this.#audit.completed(audited, answer.code)) };
    }
    this.#audit.completed(audited, 'code' in answer ? answer.code : 200);
    return answer;
  }

  /** Undefined: not worth a line (health checks, discovery, Orrery's own look-outs). */
  #recordRequest(request: HandledRequest, info: RequestInfo): number | undefined {
    if (request.userAgent.startsWith('orrery/')) return undefined;
    if (!info.isResource && !request.external) return undefined;
    const isLease = info.resource === 'leases';
    const what = info.isResource ? [info.resource + (info.subresource ? `/${info.subresource}` : ''), info.name].filter(Boolean).join(' ') : info.path;
    const { name: sent, generateName }: { name?: string; generateName?: string } = request.method === 'POST' && info.isResource ? metadataOf(request.body, this.#schemas) : {};
    const name = info.name || sent;
    const shown = name ?? (generateName ? `${generateName}…` : '');
    return this.#trace.record({
      kind: 'request', from: request.part, to: 'kube-apiserver', cause: request.cause,
      label: `${info.verb === 'watch' ? 'WATCH' : request.method} ${what}${info.name === '' && shown ? ` ${shown}` : ''}`,
      ...(request.loop ? { loop: request.loop } : {}),
      ...(info.isResource && name ? { object: { resource: info.resource, ...(info.namespace ? { namespace: info.namespace } : {}), name } } : {}),
      detail: { user: request.user.name, ...(READS.has(info.verb) ? { read: true } : {}), ...(isLease ? { lease: true } : {}), ...(info.isResource ? {} : { discovery: true }) },
    });
  }

  #recordResponse(request: HandledRequest, info: RequestInfo, seq: number, code: number): void {
    const isQuiet = !request.external && READS.has(info.verb) && code < 400;
    if (isQuiet || (info.resource === 'leases' && code < 400)) return;
    this.#trace.record({
      kind: 'response', from: 'kube-apiserver', to: request.part, cause: [seq], code, label: `${code}`,
      ...(request.loop ? { loop: request.loop } : {}),
      detail: READS.has(info.verb) ? { read: true } : {},
    });
  }
}

