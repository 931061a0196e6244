import { parseTime } from '../../../base/clock/index.ts';
import type { PrintContext } from '../definition.ts';

/** `5s`, `3m20s`, `2d4h`: models k8s.io/apimachinery/pkg/util/duration: HumanDuration */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (years < 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}

/** How long ago a time of the API was; `<unknown>` when it is not set. */
export function ageOf(time: string | null | undefined, { now }: PrintContext): string {
  return time ? humanDuration(now - parseTime(time)) : '<unknown>';
}

/** The AGE column of any object. */
export function objectAge(object: { readonly metadata?: { creationTimestamp?: string } }, context: PrintContext): string {
  return ageOf(object.metadata?.creationTimestamp, context);
}

export function objectName(object: { readonly metadata?: { name?: string } }): string {
  return object.metadata?.name ?? '';
}

/** `a=1,b=2`, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {});
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${value}`).sort().join(',');
}
