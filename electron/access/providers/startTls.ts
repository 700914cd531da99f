import type { Socket } from 'node:net';
import { ProviderError } from './providerError.ts';

/** RFC 4511, section 4.14.1, in BER: message 1, ExtendedRequest with requestName 1.3.6.1.4.1.1466.20037. */
const requestName = Buffer.from('1.3.6.1.4.1.1466.20037');
const request = Buffer.concat([
  Buffer.from([0x30, requestName.length + 7, 0x02, 0x01, 0x01, 0x77, requestName.length + 2]),
  Buffer.from([0x80, requestName.length]),
  requestName,
]);
/** An answer has a result code and a sentence. */
const maximumBytes = 4096;

/**
 * Asks for TLS on a connection that nothing was sent on yet. Resolves once the server agrees and nothing follows its answer, so
 * that nothing sent before the handshake can be taken for something sent after it.
 *
 * @throws ProviderError `provider_mistrusted` where it won't, or answers with something else.
 */
export async function requestStartTls(socket: Socket): Promise<void> {
  socket.write(request);
  const answer = await readMessage(socket);
  const resultCode = readResultCode(answer);
  if (resultCode === undefined)
    throw new ProviderError('provider_mistrusted', 'it does not answer StartTLS as LDAP does');
  if (resultCode !== 0)
    throw new ProviderError('provider_mistrusted', `it refused StartTLS (result ${resultCode})`);
}

/** The first message, where nothing comes with it. */
function readMessage(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const stop = () => {
      socket.off('data', onData);
      socket.off('error', onError);
      socket.off('close', onClose);
      socket.pause();
    };
    const refuse = (error: unknown) => {
      stop();
      reject(error instanceof Error ? error : new ProviderError('provider_unreachable'));
    };
    const onError = (error: Error) => refuse(error);
    const onClose = () => refuse(new ProviderError('provider_unreachable', 'it closed the connection'));
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = readLength(received, 0);
      const isTooMuch =
        received.length > maximumBytes ||
        received[0] !== 0x30 ||
        (length !== undefined && received.length > length.end);
      if (isTooMuch) {
        refuse(new ProviderError('provider_mistrusted', 'it does not answer StartTLS as LDAP does'));
      } else if (length?.end === received.length) {
        stop();
        resolve(received);
      }
    };
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
  });
}

/** Of the element at `offset`: where its content begins and ends (X.690, section 8.1.3); `undefined` where that isn't here yet. */
function readLength(
  bytes: Buffer,
  offset: number,
): { readonly start: number; readonly end: number } | undefined {
  const first = bytes[offset + 1];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const count = first & 0x7f;
  const start = offset + 2 + count;
  if (count === 0 || count > 4 || bytes.length < start) return undefined;
  return { start, end: start + bytes.readUIntBE(offset + 2, count) };
}

/** LDAPMessage { messageID 1, [APPLICATION 24] { resultCode ENUMERATED, … } } */
function readResultCode(message: Buffer): number | undefined {
  const outer = readLength(message, 0);
  if (!outer || message.subarray(outer.start, outer.start + 3).compare(Buffer.from([0x02, 0x01, 0x01])) !== 0)
    return undefined;
  const response = readLength(message, outer.start + 3);
  if (!response || message[outer.start + 3] !== 0x78) return undefined;
  const [tag, length, code] = message.subarray(response.start, response.start + 3);
  return tag === 0x0a && length === 1 ? code : undefined;
}
