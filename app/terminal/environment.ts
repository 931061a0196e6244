import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Shell } from './shell.ts';

export interface TerminalFolders {
  /** The app's private data. */
  readonly data: string;
  /** kubectl and helm. */
  readonly tools: string;
  /** The bundled `lab` command and what runs it. */
  readonly labCommand: string;
  readonly runtime: string;
}

/** How a shell is started: file, arguments, environment. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Never handed to the learner's shell: they would reach other clusters, or belong to Electron. */
const DROPPED = /^(KUBECONFIG|KUBECACHEDIR|ELECTRON_|NODE_OPTIONS|ORRERY_|CHROME_|npm_)/;

const COMPLETION = `
# kubectl's completion asks the bash-completion package for this; here is the little that it needs.
if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    while [ "\${1#-}" != "$1" ]; do if [ "$1" = "-n" ]; then shift 2; else shift; fi; done
    words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${COMP_WORDS[COMP_CWORD]}; prev=\${COMP_WORDS[COMP_CWORD-1]}
  }
fi
`;

const BASH_RC = `# Made by Orrery for its own terminals; your own files are read first and never changed.
[ -f /etc/bash.bashrc ] && . /etc/bash.bashrc
[ -f "$HOME/.bashrc" ] && . "$HOME/.bashrc"
export PATH="$ORRERY_BIN:$PATH"
alias k=kubectl
${COMPLETION}
. "$ORRERY_BIN/../completion/kubectl.bash" 2>/dev/null && complete -o default -F __start_kubectl k
PS1='\\[\\e[2m\\]\\W\\[\\e[0m\\] \\[\\e[1;34m\\]$\\[\\e[0m\\] '
`;

const ZSH_RC = `# Made by Orrery for its own terminals; your own files are read first and never changed.
ZDOTDIR="\${ORRERY_USER_ZDOTDIR:-$HOME}"
[ -f "$ZDOTDIR/.zshrc" ] && . "$ZDOTDIR/.zshrc"
path=("$ORRERY_BIN" $path)
alias k=kubectl
autoload -Uz compinit && compinit -u -d "$ORRERY_BIN/../completion/zcompdump"
. "$ORRERY_BIN/../completion/kubectl.zsh" 2>/dev/null && compdef k=kubectl
`;

const SH_RC = `export PATH="$ORRERY_BIN:$PATH"
alias k=kubectl
PS1='$ '
`;

/**
 * Prepares `bin/` (kubectl, helm, k, lab) and start-up files in the app's data, and tells how to start the shell: the bundled
 * tools first on PATH, the private kubeconfig, nothing of the user's own clusters.
 */
export function prepareLaunch(shell: Shell, folders: TerminalFolders, inherited: Readonly<Record<string, string | undefined>>): Launch {
  const shellFolder = path.join(folders.data, 'shell');
  const bin = path.join(shellFolder, 'bin');
  writeTools(bin, folders);
  const zsh = path.join(shellFolder, 'zsh');
  mkdirSync(zsh, { recursive: true, mode: 0o700 });
  const rc = { bash: path.join(shellFolder, 'bashrc'), sh: path.join(shellFolder, 'shrc') };
  writeFileSync(rc.bash, BASH_RC, { mode: 0o600 });
  writeFileSync(rc.sh, SH_RC, { mode: 0o600 });
  writeFileSync(path.join(zsh, '.zshrc'), ZSH_RC, { mode: 0o600 });
  const own = Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined && !DROPPED.test(entry[0]));
  const environment: Record<string, string> = {
    ...Object.fromEntries(own),
    PATH: `${bin}${path.delimiter}${inherited['PATH'] ?? ''}`,
    KUBECONFIG: path.join(folders.data, 'kubeconfig'),
    KUBECACHEDIR: path.join(folders.data, 'kube-cache'),
    ORRERY_BIN: bin,
    ORRERY_SOCKET: socketPath(folders.data, process.platform),
    TERM: 'xterm-256color', COLORTERM: 'truecolor',
    LANG: utf8(inherited['LC_ALL'] ?? inherited['LANG']),
    TERM_PROGRAM: 'Orrery',
    BASH_SILENCE_DEPRECATION_WARNING: '1',
  };
  if (shell.name === 'bash') return { file: shell.file, args: ['--rcfile', rc.bash, '-i'], environment };
  if (shell.name === 'zsh') return { file: shell.file, args: ['-i'], environment: { ...environment, ORRERY_USER_ZDOTDIR: inherited['ZDOTDIR'] ?? '', ZDOTDIR: zsh } };
  if (shell.name === 'fish') return { file: shell.file, args: ['-i', '-C', 'set -gx PATH $ORRERY_BIN $PATH; alias k=kubectl; kubectl completion fish | source'], environment };
  if (shell.file.endsWith('powershell.exe')) return { file: shell.file, args: ['-NoLogo'], environment };
  return { file: shell.file, args: ['-i'], environment: { ...environment, ENV: rc.sh } };
}

/**
 * A shell on a machine or in a container, by the tools that the learner has too: what opens here can be typed.
 * @param place `node/NAME` or `pod/NAMESPACE/NAME/CONTAINER`
 */
export function launchAt(place: string, own: Launch): Launch {
  const [kind, first = '', name = '', container = ''] = place.split('/');
  const bin = own.environment['ORRERY_BIN']!;
  if (kind === 'node') return { ...own, file: path.join(bin, 'lab'), args: ['shell', first] };
  return { ...own, file: path.join(bin, 'kubectl'), args: ['exec', '-it', '-n', first, name, '-c', container, '--', 'sh'] };
}

/** Where `lab` finds the cluster's process. A named pipe on Windows; elsewhere a socket, whose path must stay short. */
export function socketPath(data: string, platform: string): string {
  return platform === 'win32' ? `\\\\.\\pipe\\orrery-${Buffer.from(data).toString('hex').slice(-24)}` : path.join(data, 'lab.sock');
}

function utf8(locale: string | undefined): string {
  return locale && /utf-?8/i.test(locale) ? locale : 'C.UTF-8';
}

function writeTools(bin: string, folders: TerminalFolders): void {
  mkdirSync(bin, { recursive: true, mode: 0o700 });
  for (const tool of ['kubectl', 'helm']) {
    const link = path.join(bin, tool);
    rmSync(link, { force: true });
    if (existsSync(path.join(folders.tools, tool))) symlinkSync(path.join(folders.tools, tool), link);
  }
  const script = (name: string, body: string): void => {
    const file = path.join(bin, name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    chmodSync(file, 0o755);
  };
  script('k', 'exec kubectl "$@"');
  script('lab', `ELECTRON_RUN_AS_NODE=1 exec ${quote(folders.runtime)} ${quote(folders.labCommand)} "$@"`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
