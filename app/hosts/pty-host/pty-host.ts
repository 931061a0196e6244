// The utility process that owns the learner's shells. Wiring only.
import { spawn } from '@lydell/node-pty';
import { RealClock } from '../../base/clock/index.ts';
import { stderrLog } from '../../base/log/index.ts';
import type { TerminalFolders } from '../../terminal/environment.ts';
import { TerminalSessions } from '../../terminal/sessions.ts';
import type { HostPort } from '../protocol/messages.ts';
import { serve } from '../protocol/serve.ts';

export interface PtyHostConfig {
  readonly folders: TerminalFolders;
  readonly workspaces: string;
}

const port = (process as unknown as { parentPort: HostPort }).parentPort;

serve<PtyHostConfig>(
  port,
  async ({ folders, workspaces }, push) => {
    const sessions = new TerminalSessions({
      folders, workspaces, environment: process.env, platform: process.platform, clock: new RealClock(), spawn,
      onData: (id, data) => push('terminal:data', { id, data }),
      onExit: (id, exitCode) => push('terminal:exit', { id, exitCode }),
    });
    await sessions.prepare().catch((error: unknown) => stderrLog.warn('no completion for kubectl', error));
    return {
      handlers: {
        'terminal:open': ({ workspace, place, columns, rows }) => sessions.open(workspace, columns, rows, place),
        'terminal:write': ({ id, data }) => sessions.get(id).write(data),
        'terminal:drawn': ({ id, count }) => sessions.get(id).drawn(count),
        'terminal:resize': ({ id, columns, rows }) => sessions.get(id).resize(columns, rows),
        'terminal:close': ({ id }) => sessions.close(id),
      },
      dispose: () => sessions.end(),
    };
  },
  (code) => process.exit(code),
);
