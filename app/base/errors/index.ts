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

export function toErrorData(error: unknown): ErrorData {
  if (error instanceof OrreryError) return strip({ code: error.code, message: error.message, remedy: error.remedy, stack: error.stack });
  if (error instanceof Error) return strip({ code: systemCode(error) ?? 'unexpected', message: error.message, stack: error.stack });
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
