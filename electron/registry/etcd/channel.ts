import {
  Client,
  connectivityState,
  credentials,
  Metadata,
  type ChannelOptions,
  type ClientDuplexStream,
} from '@grpc/grpc-js';
import { isIP } from 'node:net';
import { failureOf, succeed, type Failure, type Result } from '../../../shared/contract/failure.ts';
import { explainCallError, type CallFailure } from './callFailure.ts';
import { explainNoConnection } from './diagnosis.ts';
import { composeTlsOptions, type Endpoint, type EtcdIdentity } from './identity.ts';
import { methodOf, type CallName, type RequestOf, type ResponseOf } from './protocol.ts';

export type CallResult<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & CallFailure);

export type Stream<Name extends CallName> = ClientDuplexStream<RequestOf<Name>, ResponseOf<Name>>;

/** One connection to one member, made when it is first used and again whenever it is lost. */
export interface Channel {
  readonly endpoint: Endpoint;
  /** Ends within `timeoutMs`, connecting included. */
  call<Name extends CallName>(
    name: Name,
    request: RequestOf<Name>,
    timeoutMs: number,
  ): Promise<CallResult<ResponseOf<Name>>>;
  /** A stream both ways, once there is a connection; it has an `error` listener already. */
  open<Name extends CallName>(name: Name, timeoutMs: number): Promise<CallResult<Stream<Name>>>;
  /** Why there is no connection; asks the endpoint, at most once every {@link diagnosisKeptMs}. */
  explain(): Promise<Failure>;
  /** What {@link explain} found last, where no answer came since. */
  reason(): Failure | undefined;
  close(): void;
}

/** etcd refuses pings that come more often than every 5 s (`--grpc-keepalive-min-time`). */
const keepaliveMs = 10_000;
const keepaliveTimeoutMs = 3_000;
/** gRPC's own limit of 4 MB is less than a page of full records may take. */
const receiveLimitBytes = 64 * 1024 * 1024;
const reconnectMs = 100;
const slowestReconnectMs = 1_000;
const diagnosisKeptMs = 2_000;
/** Stands in for an address, which must not be sent as a server name (RFC 6066 §3), but which gRPC would send. */
const nameOfNobody = 'address.invalid';

const options: ChannelOptions = {
  'grpc.keepalive_time_ms': keepaliveMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  'grpc.max_receive_message_length': receiveLimitBytes,
  'grpc.initial_reconnect_backoff_ms': reconnectMs,
  'grpc.max_reconnect_backoff_ms': slowestReconnectMs,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** Fails where the identity's own certificates can't be used. */
export function openChannel(endpoint: Endpoint, identity: EtcdIdentity): Result<Channel> {
  const tls = endpoint.isSecured ? composeTlsOptions(endpoint, identity) : undefined;
  if (tls && !tls.ok) return tls;
  const isAddress = isIP(endpoint.host) !== 0;
  const client = new Client(
    `dns:${isIP(endpoint.host) === 6 ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`,
    tls
      ? credentials.createFromSecureContext(tls.value.secureContext, {
          checkServerIdentity: tls.value.checkServerIdentity,
        })
      : credentials.createInsecure(),
    { ...options, ...(tls && isAddress && { 'grpc.ssl_target_name_override': nameOfNobody }) },
  );
  // A member that has no leader says so then, instead of letting us wait.
  const metadata = new Metadata();
  metadata.set('hasleader', 'true');
  let isClosed = false;
  let hasAnswered = false;
  let reason: Failure | undefined;
  let diagnosis: { readonly at: number; readonly failure: Promise<Failure> } | undefined;
  const noteAnswer = () => {
    hasAnswered = true;
    reason = undefined;
  };

  /** Resolves to whether there is a connection: at once where there is one, or where it can't be made. */
  const connect = (deadline: number) =>
    new Promise<boolean>((resolve) => {
      const channel = client.getChannel();
      const look = (error?: Error) => {
        if (isClosed) return resolve(false);
        const state = channel.getConnectivityState(true);
        if (state === connectivityState.READY) return resolve(true);
        const isOver = error !== undefined || Date.now() >= deadline;
        if (isOver || state === connectivityState.TRANSIENT_FAILURE) return resolve(false);
        channel.watchConnectivityState(state, deadline, look);
      };
      look();
    });

  const explain = (): Promise<Failure> => {
    if (isClosed) return Promise.resolve(failureOf('registry_unavailable', 'closed'));
    if (diagnosis === undefined || performance.now() - diagnosis.at > diagnosisKeptMs) {
      const failure = explainNoConnection(endpoint, identity).then(({ code, detail }) =>
        // What was etcd before is hung now, or being stopped.
        code === 'registry_not_etcd' && hasAnswered
          ? failureOf('registry_unavailable', detail)
          : failureOf(code, detail),
      );
      void failure.then((found) => (reason = found));
      diagnosis = { at: performance.now(), failure };
    }
    return diagnosis.failure;
  };

  const noConnection = (): { readonly ok: false } & CallFailure => ({
    ok: false,
    kind: isClosed ? 'final' : 'elsewhere',
    failure: failureOf('registry_unavailable', isClosed ? 'closed' : 'no connection'),
  });

  return succeed({
    endpoint,
    async call(name, request, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      if (!(await connect(deadline))) return noConnection();
      const { path, requestSerialize, responseDeserialize } = methodOf(name);
      return new Promise((resolve) => {
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          { deadline },
          (error, response) => {
            if (error === null && response !== undefined) {
              noteAnswer();
              resolve({ ok: true, value: response });
            } else {
              const failure = explainCallError(error ?? { code: 2, details: 'no response' });
              if (failure.failure.detail?.startsWith('etcdserver: ') === true) noteAnswer();
              resolve({ ok: false, ...failure });
            }
          },
        );
      });
    },
    async open(name, timeoutMs) {
      if (!(await connect(Date.now() + timeoutMs))) return noConnection();
      const { path, requestSerialize, responseDeserialize } = methodOf(name);
      const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {});
      // Cancelling is told as an error, too.
      stream.on('error', () => {});
      return { ok: true, value: stream };
    },
    explain,
    reason: () => reason,
    close() {
      isClosed = true;
      client.close();
    },
  });
}
