import type { ErrorData } from '../../contracts/ipc/errors.ts';

export type { ErrorData };

/**
 * An error that a person may see: what happened, why, and what to do about it. It crosses process boundaries as plain
 * data ({@link ErrorData}).
 */
export class OrreryError extends Error {
  /** Stable, for programs: `port-taken`, `disk-full`. */
  readonly code: string;
  /** What the reader can do now; a sentence. */
  readonly remedy: string | undefined;

  constructor(code: string, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'OrreryError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** What the operating system refuses, in words that anybody knows. */
const TROUBLES: Readonly<Record<string, { code: string; message: string; remedy: string }>> = {
  ENOSPC: { code: 'disk-full', message: 'The disk is full', remedy: 'Make room on it and try again.' },
  EDQUOT: { code: 'disk-full', message: 'Your share of the disk is used up', remedy: 'Make room in it and try again.' },
  EROFS: { code: 'read-only', message: 'The disk can only be read', remedy: 'Make it writable and try again.' },
  EACCES: { code: 'no-permission', message: 'You may not write there', remedy: 'Check the permissions and try again.' },
};

/** The reason of a file operation that failed, as the beginning of a sentence: `The disk is full`. */
export function plainReason(error: unknown): string {
  return TROUBLES[(error as NodeJS.ErrnoException).code ?? '']?.message ?? (error instanceof Error ? error.message : String(error));
}

export function toErrorData(error: unknown): ErrorData {
  if (error instanceof OrreryError) return strip({ code: error.code, message: error.message, remedy: error.remedy, stack: error.stack });
  if (error instanceof Error) {
    const code = systemCode(error);
    const trouble = code === undefined ? undefined : TROUBLES[code];
    if (trouble) return strip({ code: trouble.code, message: `${trouble.message}.`, remedy: trouble.remedy, stack: error.stack });
    return strip({ code: code ?? 'unexpected', message: error.message, stack: error.stack });
  }
  return { code: 'unexpected', message: String(error) };
}

export function fromErrorData(data: ErrorData): OrreryError {
  return new OrreryError(data.code, data.message, data.remedy === undefined ? {} : { remedy: data.remedy });
}

function systemCode(error: Error): string | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : undefined;
}

function strip(data: { code: string; message: string; remedy?: string | undefined; stack?: string | undefined }): ErrorData {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as unknown as ErrorData;
}
