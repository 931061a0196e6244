/** An error as it crosses a process boundary: plain data. Made and read by `app/base/errors`. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  readonly stack?: string;
}
