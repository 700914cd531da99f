import { contextBridge, ipcRenderer } from 'electron';
import { portChannel } from '../shared/contract/portChannel.ts';

/** Passes the MessagePorts of our own page on to the main process, which judges them. How they are asked for: shared/contract/tunnelPort.ts. */
window.addEventListener('message', ({ source, origin, data, ports }) => {
  if (source !== window || origin !== window.location.origin || data?.type !== portChannel) return;
  const { type: _type, ...request } = data;
  ipcRenderer.postMessage(portChannel, request, [...ports]);
});

contextBridge.exposeInMainWorld('proximaDesktop', true);
