import type { Credentials } from '../credentials.ts';
import { nothingInCommon, outOfProtocol, wrongCredential } from '../hostFault.ts';
import type { HostLine } from '../hostLine.ts';
import { answerApple } from './appleAuthentication.ts';
import type { CertificatePins } from './certificateTrust.ts';
import { negotiateVeNCrypt } from './veNCrypt.ts';
import { answerChallenge } from './vncAuthentication.ts';

/** Security types (rfbproto, “Security Types”). */
export const securityTypes = { none: 1, vnc: 2, tight: 16, veNCrypt: 19, apple: 30 } as const;

export interface SecurityContext {
  readonly line: HostLine;
  readonly credentials: Credentials;
  readonly pins: CertificatePins;
  readonly fingerprints: readonly string[];
  /** As pins are kept by: address and port. */
  readonly hostKey: string;
}

/** What of the following handshake depends on how the user was authenticated. */
export interface SecurityOutcome {
  /** Type None: before version 3.8 no result follows it. */
  readonly isNone: boolean;
  /** Tight's own type: the server tells of its messages behind ServerInit. */
  readonly isTight: boolean;
}

/** The type that is used of those that a server offers: encrypted first, then what fits the credential. */
export function chooseSecurityType(
  offered: readonly number[],
  credentials: Pick<Credentials, 'hasUsername' | 'hasPassword'>,
): number {
  const { none, vnc, tight, veNCrypt, apple } = securityTypes;
  const order = [
    veNCrypt,
    ...(credentials.hasUsername ? [apple] : []),
    ...(credentials.hasPassword ? [tight, vnc, none] : [none, tight, vnc]),
    apple,
  ];
  const chosen = order.find((type) => offered.includes(type));
  if (chosen !== undefined) return chosen;
  throw nothingInCommon(
    `The VNC server offers only kinds of authentication that are not known here (${offered.join(', ')}).`,
  );
}

/** Goes through a type that was agreed on, up to the result. @throws HostFault */
export async function authenticate(type: number, context: SecurityContext): Promise<SecurityOutcome> {
  if (type === securityTypes.vnc) await answerVnc(context);
  if (type === securityTypes.apple) await answerAppleHost(context);
  if (type === securityTypes.tight) return { isNone: await answerTight(context), isTight: true };
  if (type === securityTypes.veNCrypt) return { isNone: await answerVeNCrypt(context), isTight: false };
  return { isNone: type === securityTypes.none, isTight: false };
}

async function answerVnc({ line, credentials }: SecurityContext): Promise<void> {
  const challenge = await line.reader.read(16);
  const { password } = await credentials.require('password');
  line.write(answerChallenge(password, challenge));
}

async function answerVeNCrypt(context: SecurityContext): Promise<boolean> {
  const { line, credentials } = context;
  const inner = await negotiateVeNCrypt(context);
  if (inner === 'vnc') await answerVnc(context);
  if (inner === 'plain') {
    const { username, password } = await credentials.require('username and password');
    const [name, secret] = [Buffer.from(username), Buffer.from(password)];
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(name.length, 0);
    lengths.writeUInt32BE(secret.length, 4);
    line.write(Buffer.concat([lengths, name, secret]));
  }
  return inner === 'none';
}

const [shortestKeyBytes, longestKeyBytes] = [64, 1_024];

async function answerAppleHost({ line, credentials }: SecurityContext): Promise<void> {
  const { reader } = line;
  const generator = await reader.read(2);
  await reader.fill(2);
  const length = reader.takeUint16();
  if (length < shortestKeyBytes || length > longestKeyBytes)
    throw outOfProtocol('wants a key of a size that is not sensible');
  const prime = await reader.read(length);
  const hostKey = await reader.read(length);
  const { username, password } = await credentials.require('username and password');
  try {
    line.write(answerApple(generator, prime, hostKey, username, password));
  } catch {
    throw outOfProtocol('sent a key that is none');
  }
}

const capabilityBytes = 16;
const mostCapabilities = 256;

/** Tight's security type (rfbproto, “Tight Security Type”): no tunnel, then None or VNC authentication. */
async function answerTight(context: SecurityContext): Promise<boolean> {
  const { line } = context;
  const noTunnel = 0;
  if ((await readCapabilities(context)).length > 0) line.write(composeNumber(noTunnel));
  const types = await readCapabilities(context);
  if (types.length === 0) return true;
  const { none, vnc } = securityTypes;
  const chosen = types.includes(vnc) ? vnc : types.includes(none) ? none : undefined;
  if (chosen === undefined)
    throw nothingInCommon('The VNC server offers only kinds of authentication that are not known here.');
  line.write(composeNumber(chosen));
  if (chosen === vnc) await answerVnc(context);
  return chosen === none;
}

async function readCapabilities({ line: { reader } }: SecurityContext): Promise<readonly number[]> {
  await reader.fill(4);
  const count = reader.takeUint32();
  if (count > mostCapabilities) throw outOfProtocol('told of more capabilities than is sensible');
  const codes: number[] = [];
  for (let index = 0; index < count; index++)
    codes.push((await reader.read(capabilityBytes)).readUInt32BE(0));
  return codes;
}

function composeNumber(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** The words for a result that isn't 0; `reason` is the host's own, where it gave one. */
export const describeRejection = (reason: string | undefined) =>
  wrongCredential(`The VNC server did not accept the password${reason === undefined ? '' : `: ${reason}`}.`);
