import type { UserInfo } from '../../machinery/transport.ts';

export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete';

/** What `kube-apiserver --audit-log-path` writes, a line each. models apiserver/pkg/apis/audit/v1: Event */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata';
  readonly auditID: string;
  readonly stage: AuditStage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditUser;
  readonly impersonatedUser?: AuditUser;
  readonly sourceIPs: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly metadata: object; readonly code: number; readonly status?: string; readonly message?: string; readonly reason?: string; readonly details?: unknown };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AuditUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export function auditUser({ name, uid, groups, extra }: UserInfo): AuditUser {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra && Object.keys(extra).length > 0 ? { extra } : {}) };
}
