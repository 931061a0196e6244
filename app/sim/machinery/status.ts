import type { Status, StatusCause, StatusDetails } from '../../contracts/k8s/index.ts';

/** A refusal as the API server sends it: a metav1.Status with an HTTP code. */
export class StatusError extends Error {
  readonly status: Status & { code: number; message: string };
  readonly headers: Readonly<Record<string, string>>;
  /** What was remarked before the refusal: sent with it. */
  warnings: readonly string[] = [];
  /** Set: the body is this text, not a Status; so a kubelet refuses. */
  plainText: string | undefined;

  constructor(status: Omit<Status, 'apiVersion' | 'kind' | 'metadata' | 'status'> & { code: number; message: string }, headers: Readonly<Record<string, string>> = {}) {
    super(status.message);
    this.name = 'StatusError';
    this.status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...status };
    this.headers = headers;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

export type { Status, StatusCause, StatusDetails };

export const isNotFound = (error: unknown): boolean => error instanceof StatusError && error.reason === 'NotFound';
export const isAlreadyExists = (error: unknown): boolean => error instanceof StatusError && error.reason === 'AlreadyExists';
export const isConflict = (error: unknown): boolean => error instanceof StatusError && error.reason === 'Conflict';
export const isForbidden = (error: unknown): boolean => error instanceof StatusError && error.reason === 'Forbidden';
export const isExpired = (error: unknown): boolean => error instanceof StatusError && (error.reason === 'Expired' || error.reason === 'Gone');
