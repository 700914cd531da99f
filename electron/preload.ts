import { contextBridge, ipcRenderer } from 'electron';
import { portChannel } from '../shared/contract/portChannel.ts';
import { showChannel } from '../shared/contract/showChannel.ts';

/** Passes the MessagePorts of our own page on to the main process, which judges them. How they are asked for: shared/contract/tunnelPort.ts. */
window.addEventListener('message', ({ source, origin, data, ports }) => {
  if (source !== window || origin !== window.location.origin || data?.type !== portChannel) return;
  const { type: _type, ...request } = data;
  ipcRenderer.postMessage(portChannel, request, [...ports]);
});

/** Passes on what the main process asks of the page: shared/contract/showRequest.ts. */
ipcRenderer.on(showChannel, (_event, request: object) => {
  window.postMessage({ ...request, type: showChannel }, window.location.origin);
});

contextBridge.exposeInMainWorld('proximaDesktop', true);
