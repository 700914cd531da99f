import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { failureOf, type Failure } from '../../../shared/contract/failure.ts';
import { composeTlsOptions, explainTlsError, type Endpoint, type EtcdIdentity } from './identity.ts';

/** For the whole look. */
const lookMs = 1_000;
/** The client's connection preface with empty settings (RFC 9113 §3.4), to which whoever speaks HTTP/2 answers with settings. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const settingsFrame = 4;
const frameTypeOffset = 3;
const tlsRecordTypes = new Set([0x15, 0x16]);

/**
 * Finds out why no gRPC connection comes about with an endpoint: gRPC itself tells no more than that. Connects once more, begins
 * HTTP/2, and keeps nothing open. `registry_unavailable` where all is as it should be now, or nobody is there.
 */
export async function explainNoConnection(endpoint: Endpoint, identity: EtcdIdentity): Promise<Failure> {
  const tls = endpoint.isSecured ? composeTlsOptions(endpoint, identity) : undefined;
  if (tls && !tls.ok) return tls.failure;
  const address = { host: endpoint.host, port: endpoint.port };
  const socket = tls ? connectTls({ ...address, ...tls.value, ALPNProtocols: ['h2'] }) : connectTcp(address);
  return lookAt(socket, endpoint);
}

function lookAt(socket: Socket, endpoint: Endpoint): Promise<Failure> {
  return new Promise((resolve) => {
    let isConnected = false;
    let failure: Failure | undefined;
    const settle = (found: Failure) => {
      failure ??= found;
      socket.destroy();
    };
    const notEtcd = (words: string) => settle(failureOf('registry_not_etcd', words));
    const timer = setTimeout(() => {
      if (isConnected) notEtcd('it takes connections and says nothing');
      else settle(failureOf('registry_unavailable', 'no connection within the time'));
    }, lookMs);
    socket.once('connect', () => (isConnected = true));
    socket.once(endpoint.isSecured ? 'secureConnect' : 'connect', () => socket.write(preface));
    socket.once('data', (bytes: Buffer) => {
      if (bytes[frameTypeOffset] === settingsFrame) return settle(failureOf('registry_unavailable'));
      if (!endpoint.isSecured && tlsRecordTypes.has(bytes[0] ?? 0))
        return notEtcd('it speaks TLS: its address begins with https');
      notEtcd('it does not speak HTTP/2');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      const ofTls = explainTlsError(code);
      if (ofTls?.code === 'registry_not_etcd') notEtcd(`no TLS is spoken there: ${code}`);
      else if (ofTls) settle(ofTls);
      else if (isConnected) notEtcd(`it breaks off the connection: ${code}`);
      else settle(failureOf('registry_unavailable', code));
    });
    socket.once('end', () => notEtcd('it closes the connection'));
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(failure ?? failureOf('registry_unavailable'));
    });
  });
}
