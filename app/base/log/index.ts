/** Diagnostics for developers; what people must know goes through {@link OrreryError} and the window instead. */
export interface Log {
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** One line a message on standard error, so that standard output stays for contracts. */
export const stderrLog: Log = {
  info: (message, detail) => write('info', message, detail),
  warn: (message, detail) => write('warn', message, detail),
  error: (message, detail) => write('error', message, detail),
};

function write(level: string, message: string, detail: unknown): void {
  const more = detail === undefined ? '' : ` ${detail instanceof Error ? (detail.stack ?? detail.message) : JSON.stringify(detail)}`;
  process.stderr.write(`${level}: ${message}${more}\n`);
}
