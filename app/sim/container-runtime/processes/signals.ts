/** Numbers as on Linux/amd64. */
export const SIGNAL_NUMBERS = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19,
  SIGTSTP: 20, SIGTTIN: 21, SIGTTOU: 22, SIGURG: 23, SIGWINCH: 28,
} as const;

export type Signal = keyof typeof SIGNAL_NUMBERS;

/** What a process without a handler does not mind. */
const IGNORED: ReadonlySet<Signal> = new Set(['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']);

export function isFatalByDefault(signal: Signal): boolean {
  return !IGNORED.has(signal);
}

/** `TERM`, `sigterm`, `15` → SIGTERM. */
export function signalName(text: string): Signal | undefined {
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}` as Signal;
  if (name in SIGNAL_NUMBERS) return name;
  return (Object.keys(SIGNAL_NUMBERS) as Signal[]).find((signal) => String(SIGNAL_NUMBERS[signal]) === text);
}

/** What a shell says of a child that a signal ended. */
export const SIGNAL_TEXTS: Partial<Readonly<Record<Signal, string>>> = { SIGHUP: 'Hangup', SIGQUIT: 'Quit', SIGABRT: 'Aborted', SIGKILL: 'Killed', SIGSEGV: 'Segmentation fault', SIGTERM: 'Terminated', SIGUSR1: 'User defined signal 1', SIGUSR2: 'User defined signal 2', SIGALRM: 'Alarm clock' };
