import type { ByteReader } from './byteReader.ts';
import { brokeOff, HostFault, nothingInCommon, outOfProtocol, quote, untrusted } from './hostFault.ts';
import { mustShowCertificate } from './security/certificateTrust.ts';
import {
  authenticate,
  chooseSecurityType,
  describeRejection,
  securityTypes,
  type SecurityContext,
} from './security/security.ts';

/** What a server says of itself at the end of the handshake (RFC 6143 §7.3.2). */
export interface HostInit {
  readonly width: number;
  readonly height: number;
  readonly name: string;
}

const versionBytes = 12;
const repeaterBytes = 250;
const longestReasonBytes = 1_024;
const longestNameBytes = 65_536;
/** A reason that isn't there at once isn't worth waiting for. */
const reasonPatienceMs = 1_000;

/** Shakes hands (RFC 6143 §7.1–7.3) as a client that shares the desktop with others. @throws HostFault */
export async function shakeHands(
  context: SecurityContext,
  destination: string | undefined,
): Promise<HostInit> {
  const { line } = context;
  const { reader } = line;
  if (destination !== undefined) await askRepeater(context, destination);
  const minor = await agreeOnVersion(context);
  const type = minor === 3 ? await readDecidedType(context) : await agreeOnType(context);
  if (mustShowCertificate(context) && type !== securityTypes.veNCrypt)
    throw untrusted('The VNC server shows no certificate, and one is expected of it.');
  const outcome = await authenticate(type, context);
  if (minor === 8 || !outcome.isNone) await readResult(context, minor);
  const isShared = 1;
  line.write(Buffer.from([isShared]));
  await reader.fill(24);
  const [width, height] = [reader.takeUint16(), reader.takeUint16()];
  // Its own pixel format is of no interest, as it is told another one.
  reader.take(16);
  const length = reader.takeUint32();
  if (length > longestNameBytes) throw outOfProtocol(`has a name of more than ${longestNameBytes} bytes`);
  const name = (await reader.read(length)).toString('utf8');
  if (outcome.isTight) await skipTightCapabilities(reader);
  return { width, height, name };
}

/** An UltraVNC repeater shows version 0.0, and wants to know to whom it shall connect. */
async function askRepeater({ line }: SecurityContext, destination: string): Promise<void> {
  const greeting = await line.reader.read(versionBytes);
  if (greeting.toString('latin1') !== 'RFB 000.000\n')
    throw nothingInCommon('What answers at the address is not a VNC repeater.');
  const request = Buffer.alloc(repeaterBytes);
  request.write(destination.slice(0, repeaterBytes - 1), 'latin1');
  line.write(request);
}

/** @returns the minor version that is spoken: 3, 7 or 8. Others, as Apple's 889, mean the next lower of these. */
async function agreeOnVersion({ line }: SecurityContext): Promise<3 | 7 | 8> {
  const greeting = (await line.reader.read(versionBytes)).toString('latin1');
  const match = /^RFB (\d{3})\.(\d{3})\n$/.exec(greeting);
  if (!match) throw brokeOff('What answers at the address is not a VNC server.');
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major < 3) throw nothingInCommon('The VNC server speaks a version that is not known here.');
  const spoken = major > 3 || minor >= 8 ? 8 : minor === 7 ? 7 : 3;
  line.write(Buffer.from(`RFB 003.00${spoken}\n`));
  return spoken;
}

async function readDecidedType(context: SecurityContext): Promise<number> {
  const { reader } = context.line;
  await reader.fill(4);
  const type = reader.takeUint32();
  if (type === 0) throw await readRefusal(context);
  if (type !== securityTypes.none && type !== securityTypes.vnc)
    throw nothingInCommon(`The VNC server wants a kind of authentication that is not known here (${type}).`);
  return type;
}

async function agreeOnType(context: SecurityContext): Promise<number> {
  const { reader } = context.line;
  await reader.fill(1);
  const count = reader.takeByte();
  if (count === 0) throw await readRefusal(context);
  const type = chooseSecurityType([...(await reader.read(count))], context.credentials);
  context.line.write(Buffer.from([type]));
  return type;
}

async function readRefusal(context: SecurityContext): Promise<HostFault> {
  const reason = await readReason(context);
  return nothingInCommon(
    `The VNC server refused the connection${reason === undefined ? '' : `: ${reason}`}.`,
  );
}

async function readResult(context: SecurityContext, minor: 3 | 7 | 8): Promise<void> {
  const { reader } = context.line;
  await reader.fill(4);
  const result = reader.takeUint32();
  if (result === 0) return;
  throw describeRejection(minor === 8 ? await readReason(context) : undefined);
}

/** The host's own words, as far as they are there. */
async function readReason({ line }: SecurityContext): Promise<string | undefined> {
  const { reader } = line;
  line.patienceMs = reasonPatienceMs;
  try {
    await reader.fill(4);
    const length = Math.min(reader.takeUint32(), longestReasonBytes);
    return length === 0 ? undefined : quote((await reader.read(length)).toString('utf8'));
  } catch (error) {
    if (error instanceof HostFault) return undefined;
    throw error;
  }
}

/** Numbers of messages and encodings that a Tight server knows, 16 bytes each; none of them is used here. */
async function skipTightCapabilities(reader: ByteReader): Promise<void> {
  await reader.fill(8);
  const counts = [reader.takeUint16(), reader.takeUint16(), reader.takeUint16()];
  reader.take(2);
  await reader.skip(counts.reduce((sum, count) => sum + count * 16, 0));
}
