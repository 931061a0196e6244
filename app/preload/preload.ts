import { contextBridge, ipcRenderer } from 'electron';
import type { OrreryBridge } from '../contracts/ipc/index.ts';

/** The window's only way out. Channels are checked in the main process: see `app/main/ipc`. */
const bridge: OrreryBridge = {
  request: (channel, ...payload) => ipcRenderer.invoke('request', channel, payload[0]) as never,
  on(channel, listener) {
    const take = (_event: unknown, pushed: string, value: unknown): void => {
      if (pushed === channel) listener(value as never);
    };
    ipcRenderer.on('push', take);
    return () => void ipcRenderer.off('push', take);
  },
};

contextBridge.exposeInMainWorld('orrery', bridge);
