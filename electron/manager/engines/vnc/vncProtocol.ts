import { setTimeout as sleep } from 'node:timers/promises';
import type { HostSession, Protocol, Stage } from '../stage.ts';
import { createCredentials, type Credentials } from './credentials.ts';
import { shakeHands, type HostInit } from './handshake.ts';
import { brokeOff, HostFault, silent } from './hostFault.ts';
import { dialVncHost, type HostLine } from './hostLine.ts';
import type { CertificatePins } from './security/certificateTrust.ts';
import { parseVncSettings, vncArgumentNames, type VncSettings } from './vncSettings.ts';
import { createVncSession, type VncSession } from './vncSession.ts';

/** From the first byte to the first request for a picture, without the time that a person takes to answer. */
const handshakeTimeoutMs = 20_000;
const retryMs = 1_000;
/** People may take longer to type a password than a host waits for it: it is dialled again then. */
const hostDidNotWait = brokeOff('The VNC server did not wait for the answer.');

export interface VncProtocolOptions {
  /** Certificates of hosts that no authority vouches for, as first seen. For this process only where none are given. */
  readonly pins?: CertificatePins;
}

/** VNC: a client of RFB 3.3 to 3.8 (RFC 6143, and rfbproto for what was added since). */
export function createVncProtocol({ pins = new Map() }: VncProtocolOptions = {}): Protocol {
  return {
    name: 'vnc',
    argumentNames: vncArgumentNames,
    open(handshake, stage) {
      return openVncSession(parseVncSettings(handshake), stage, pins);
    },
  };
}

function openVncSession(settings: VncSettings, stage: Stage, pins: CertificatePins): HostSession {
  const closing = new AbortController();
  let line: HostLine | undefined;
  let session: VncSession | undefined;
  const credentials = createCredentials(settings, stage);

  const connect = async (): Promise<HostInit> => {
    for (let left = settings.retries; ; left--) {
      try {
        const { host: hostname, port, name } = settings;
        line = await dialVncHost({ hostname, port, name }, closing.signal);
        return await shakeHandsInTime(line, credentials, settings, pins);
      } catch (error) {
        // Nothing is asked a second time, so that this can't go on for ever.
        if (error === hostDidNotWait && !closing.signal.aborted) continue;
        const mayTryAgain = error instanceof HostFault && error.isWorthAnotherTry && left > 0;
        if (!mayTryAgain || closing.signal.aborted) throw error;
        await sleep(retryMs, undefined, { signal: closing.signal });
      }
    }
  };

  const run = async () => {
    try {
      const init = await connect();
      if (!line) return;
      session = createVncSession(line, stage, settings, init);
      await session.run();
    } catch (error) {
      const fault = error instanceof HostFault ? error : brokeOff('The VNC session failed.');
      line?.close(fault);
      if (!closing.signal.aborted) stage.end(fault.end);
    } finally {
      session = undefined;
    }
  };
  void run();

  return {
    key: (keysym, isPressed) => session?.key(keysym, isPressed),
    mouse: (x, y, buttons) => session?.mouse(x, y, buttons),
    clipboard: (text) => session?.clipboard(text),
    resize: (width, height) => session?.resize(width, height),
    argument: () => false,
    close() {
      closing.abort();
      line?.close(brokeOff('The session was closed.'));
    },
  };
}

async function shakeHandsInTime(
  line: HostLine,
  credentials: Credentials,
  settings: VncSettings,
  pins: CertificatePins,
): Promise<HostInit> {
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(() => line.close(silent('The VNC server stopped answering.')), handshakeTimeoutMs);
  };
  credentials.onAsking = async (isAsking) => {
    clearTimeout(timer);
    if (isAsking) return;
    if (!(await line.isOpen())) throw hostDidNotWait;
    start();
  };
  start();
  try {
    return await shakeHands(
      {
        line,
        credentials,
        pins,
        fingerprints: settings.fingerprints,
        hostKey: `${settings.name} ${settings.port}`,
      },
      settings.destination,
    );
  } finally {
    clearTimeout(timer);
  }
}
