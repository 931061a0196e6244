import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface Ran {
  readonly code: number;
  /** Both streams as they came. */
  readonly output: string;
}

/** Where the kind command is: beside the bundled tools, or on PATH. */
export function findKind(tools: string, environment: Readonly<Record<string, string | undefined>>, platform: string): string | undefined {
  const name = platform === 'win32' ? 'kind.exe' : 'kind';
  return [tools, ...(environment['PATH'] ?? '').split(path.delimiter)].filter((folder) => folder !== '').map((folder) => path.join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a program; each line that it prints is told at once. Aborting asks it to end, as Ctrl+C does: kind cleans up then.
 *
 * @throws ENOENT and its like, when it cannot be started
 */
export function runCommand(file: string, args: readonly string[], options: { environment: NodeJS.ProcessEnv; input?: string; signal?: AbortSignal; onLine?: (line: string) => void }): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: options.environment, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let rest = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const lines = (rest + chunk.toString('utf8')).split(/\r?\n|\r/);
      rest = lines.pop()!;
      for (const line of lines) if (line.trim() !== '') options.onLine?.(line);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    const end = (): void => void child.kill('SIGINT');
    options.signal?.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      options.signal?.removeEventListener('abort', end);
      if (rest.trim() !== '') options.onLine?.(rest);
      resolve({ code: code ?? 1, output });
    });
    if (options.signal?.aborted) end();
  });
}
