import type { FieldError } from '../../../machinery/field-error.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';

export interface LevelVersion {
  readonly level: Level;
  /** The minor version; undefined: the latest. */
  readonly version: number | undefined;
}

export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const PREFIX = 'pod-security.kubernetes.io/';

export function levelVersionText({ level, version }: LevelVersion): string {
  return `${level}:${version === undefined ? 'latest' : `v1.${version}`}`;
}

export function sameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** What the labels of a namespace ask for. A wrong level enforces the strictest, and warns and audits of nothing. models api: PolicyToEvaluate */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { readonly policy: Policy; readonly findings: FieldError[] } {
  const findings: FieldError[] = [];
  const invalid = (label: string, value: string, detail: string): void => void findings.push({ type: 'Invalid', field: `metadata.labels[${label}]`, value, detail });
  const read = (mode: 'enforce' | 'audit' | 'warn'): LevelVersion & { readonly hasLevel: boolean; readonly hasVersion: boolean } => {
    const level = labels[PREFIX + mode];
    const version = labels[`${PREFIX}${mode}-version`];
    const isLevel = level !== undefined && (LEVELS as readonly string[]).includes(level);
    if (level !== undefined && !isLevel) invalid(PREFIX + mode, level, `must be one of ${LEVELS.join(', ')}`);
    const minor = /^v1\.(\d|[1-9]\d*)$/.exec(version ?? '')?.[1];
    const isVersion = version === 'latest' || minor !== undefined;
    if (version !== undefined && !isVersion) invalid(`${PREFIX}${mode}-version`, version, 'must be "latest" or "v1.x"');
    const fallback = level === undefined || mode !== 'enforce' ? 'privileged' : 'restricted';
    return { level: isLevel ? (level as Level) : fallback, version: minor === undefined ? undefined : Number(minor), hasLevel: mode === 'enforce' ? isLevel : level !== undefined, hasVersion: mode === 'enforce' ? isVersion : version !== undefined };
  };
  const enforce = read('enforce');
  const audit = read('audit');
  const warn = read('warn');
  // Who is stricter than the default is also warned of, so that workloads tell in time.
  const followsEnforce = !warn.hasLevel && enforce.hasLevel && compareLevels(enforce.level, warn.level) > 0;
  const warned = followsEnforce ? { level: enforce.level, version: !warn.hasVersion && enforce.hasVersion ? enforce.version : warn.version } : warn;
  const bare = ({ level, version }: LevelVersion): LevelVersion => ({ level, version });
  return { policy: { enforce: bare(enforce), audit: bare(audit), warn: bare(warned) }, findings };
}
