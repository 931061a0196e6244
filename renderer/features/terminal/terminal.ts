import { ClipboardAddon } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal, type ITheme } from '@xterm/xterm';
import type { Bridge } from '../../bridge/bridge.ts';

export interface OpenTerminal {
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  fit(): void;
  dispose(): void;
}

const SCROLLBACK = 10_000;

/** The theme from the page's own colours, so that light and dark have one source. */
export function themeOf(element: Element): ITheme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: colour('--paper'), foreground: colour('--ink'), cursor: colour('--accent'), cursorAccent: colour('--paper'), selectionBackground: `${colour('--accent')}44`,
    black: colour('--ink'), red: colour('--bad'), green: colour('--good'), yellow: colour('--warn'), blue: colour('--accent'), magenta: colour('--part-scheduler'), cyan: colour('--part-controller-manager'), white: colour('--muted'),
    brightBlack: colour('--muted'), brightRed: colour('--bad'), brightGreen: colour('--good'), brightYellow: colour('--warn'), brightBlue: colour('--accent'), brightMagenta: colour('--part-scheduler'), brightCyan: colour('--part-controller-manager'), brightWhite: colour('--ink'),
  };
}

/** One xterm.js with all that a learner expects, not yet joined to a shell. */
export function openTerminal(element: HTMLElement, fontSize: number, bridge: Bridge): OpenTerminal {
  const terminal = new Terminal({
    fontFamily: '"JetBrains Mono Variable", monospace', fontSize, lineHeight: 1.25, scrollback: SCROLLBACK, allowProposedApi: true, cursorBlink: false, theme: themeOf(element),
    linkHandler: { activate: (_event, url) => void bridge.request('shell:openExternal', { url }) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  const clipboard = { readText: () => bridge.request('clipboard:read'), writeText: async (_selection: string, text: string) => bridge.request('clipboard:write', { text }) };
  for (const addon of [fit, search, new UnicodeGraphemesAddon(), new ClipboardAddon(undefined, clipboard), new WebLinksAddon((_event, url) => void bridge.request('shell:openExternal', { url }))]) terminal.loadAddon(addon);
  terminal.open(element);
  useGpu(terminal);
  terminal.attachCustomKeyEventHandler((event) => keys(event, terminal, bridge));
  return { terminal, search, fit: () => fit.fit(), dispose: () => terminal.dispose() };
}

/** Drawing on the GPU where there is one; without, xterm.js draws by itself. */
function useGpu(terminal: Terminal): void {
  try {
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch {
    // No WebGL: the DOM renderer stays.
  }
}

/** Copy and paste as terminals on each system have them. False: xterm.js leaves the key alone. */
function keys(event: KeyboardEvent, terminal: Terminal, bridge: Bridge): boolean {
  const isMac = navigator.platform.startsWith('Mac');
  const withModifier = isMac ? event.metaKey : event.ctrlKey && event.shiftKey;
  if (event.type !== 'keydown' || !withModifier) return true;
  if (event.code === 'KeyC') {
    if (terminal.hasSelection()) void bridge.request('clipboard:write', { text: terminal.getSelection() });
    return false;
  }
  if (event.code === 'KeyV') {
    event.preventDefault();
    void bridge.request('clipboard:read').then((text) => terminal.paste(text));
    return false;
  }
  return true;
}
