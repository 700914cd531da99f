import type { Duplex } from 'node:stream';
import { AgentProtocol, BaseAgent, type ParsedKey, type SigningRequestOptions } from 'ssh2';

const mostStreams = 8;
/** Far above what logins of one session need; ssh2 keeps a message of any length until it is whole. */
const mostBytesOfStream = 1_048_576;

/** What the host's own clients of the agent talk to. */
class BoundedAgentStream extends AgentProtocol {
  #bytes = 0;

  override _write(data: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#bytes += data.length;
    if (this.#bytes > mostBytesOfStream) done(new Error('too much for an agent'));
    else super._write(data, encoding, done);
  }
}

/** An agent (draft-ietf-sshm-ssh-agent) that holds one key, in this process only and no longer than its session. */
export class SessionAgent extends BaseAgent<ParsedKey> {
  #key: ParsedKey | undefined;
  #streams = 0;

  /** The key, once its passphrase is known. */
  hold(key: ParsedKey): void {
    this.#key = key;
  }

  override getIdentities(report: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    report(undefined, this.#keys());
  }

  #keys(): ParsedKey[] {
    return this.#key ? [this.#key] : [];
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | ((error?: Error | null, signature?: Buffer) => void),
    report?: (error?: Error | null, signature?: Buffer) => void,
  ): void {
    const tell = typeof options === 'function' ? options : report;
    const hash = typeof options === 'function' ? undefined : options.hash;
    const key = this.#key;
    const signature: Buffer | Error = key?.equals(publicKey)
      ? key.sign(data, hash)
      : new Error('another key');
    if (signature instanceof Error) tell?.(signature);
    else tell?.(undefined, signature);
  }

  override getStream(report: (error?: Error | null, stream?: Duplex) => void): void {
    if (this.#streams >= mostStreams) return report(new Error('too many clients of the agent'));
    this.#streams += 1;
    const stream = new BoundedAgentStream(false);
    stream.on('identities', (request: Parameters<AgentProtocol['getIdentitiesReply']>[0]) =>
      stream.getIdentitiesReply(request, this.#keys()),
    );
    stream.on('sign', (request, publicKey, data, options) =>
      this.sign(publicKey, data, options, (error, signature) => {
        if (error || !signature) stream.failureReply(request);
        else stream.signReply(request, signature);
      }),
    );
    let isCounted = true;
    const leave = () => {
      if (isCounted) this.#streams -= 1;
      isCounted = false;
    };
    stream.on('error', () => stream.destroy());
    stream.on('end', leave).on('error', leave);
    return report(undefined, stream);
  }
}
