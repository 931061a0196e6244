// Electron's main process: one window, two supervised utility processes, the settings. No product logic.
import path from 'node:path';
import { app, BrowserWindow } from 'electron';
import { Application } from './application.ts';
import { registerScheme } from './window/protocol.ts';

const data = process.env['ORRERY_DATA'];
if (data) app.setPath('userData', path.resolve(data));
registerScheme();
// As root (tests in containers) Chromium's sandbox cannot be made; everywhere else every renderer has one, whatever made it.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();

if (!app.requestSingleInstanceLock()) app.quit();
else {
  const application = new Application(app.getAppPath());
  app.on('second-instance', () => application.focus());
  app.on('activate', () => BrowserWindow.getAllWindows().length === 0 && application.openWindow());
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (application.stopped) return;
    event.preventDefault();
    void application.stop().finally(() => app.quit());
  });
  void app.whenReady().then(() => application.start());
}
