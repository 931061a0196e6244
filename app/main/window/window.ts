import path from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';
import type { Theme } from '../../contracts/ipc/index.ts';
import { WEB_PREFERENCES } from './lock-down.ts';
import { ORIGIN } from './pages.ts';

export const PAPER = { light: '#fbfaf7', dark: '#15161a' } as const;

export function createWindow(preload: string, theme: Theme): BrowserWindow {
  nativeTheme.themeSource = theme;
  const window = new BrowserWindow({
    width: 1440, height: 900, minWidth: 900, minHeight: 600, show: false, title: 'Orrery', autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? PAPER.dark : PAPER.light,
    webPreferences: { ...WEB_PREFERENCES, preload: path.resolve(preload) },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${ORIGIN}/index.html`);
  return window;
}
