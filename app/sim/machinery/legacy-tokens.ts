import { rfc3339 } from '../../base/clock/index.ts';

// What the API server notes down about lasting tokens, and their cleaner goes by. models pkg/serviceaccount, legacytokentracking

export const LAST_USED = 'kubernetes.io/legacy-token-last-used';
export const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';
export const TRACKING_MAP = 'kube-apiserver-legacy-service-account-token-tracking';

/** `2026-01-31` */
export function dayOf(milliseconds: number): string {
  return rfc3339(milliseconds).slice(0, 10);
}

export function isDay(text: string | undefined): text is string {
  return /^\d{4}-\d\d-\d\d$/.test(text ?? '');
}
