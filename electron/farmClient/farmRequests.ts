import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';
import {
  fail,
  type Failure,
  failureOf,
  failureSchema,
  type Result,
  succeed,
} from '../../shared/contract/failure.ts';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import { connectVerified } from './verifiedSocket.ts';

export interface FarmAnswer {
  readonly status: number;
  readonly setCookie: readonly string[] | undefined;
  readonly body: string;
}

const answerTimeoutMs = 15_000;
/** Only failures are read of an answer. */
const bodyLimitBytes = 4096;

/** One request over a connection of its own, which was verified before. */
export async function askFarm(
  farm: FarmChoice,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly headers: OutgoingHttpHeaders;
    readonly body?: string;
  },
): Promise<Result<FarmAnswer>> {
  const connected = await connectVerified(farm);
  if (!connected.ok) return connected;
  const { hostname, port } = new URL(farm.address);
  const { method, path, headers, body } = asked;
  const sent = request({
    createConnection: () => connected.value,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 443 : Number(port),
    method,
    path,
    headers: { ...headers, Origin: farm.address, Connection: 'close' },
    timeout: answerTimeoutMs,
  });
  sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
  try {
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answer = {
      status: response.statusCode ?? 0,
      setCookie: response.headers['set-cookie'],
      body: await readBody(response),
    };
    return succeed(answer);
  } catch (error) {
    return fail('farm_unreachable', error instanceof Error ? error.message : '');
  } finally {
    connected.value.destroy();
  }
}

async function readBody(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > bodyLimitBytes) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What an answer says went wrong. */
export function readFailure({ status, body }: Pick<FarmAnswer, 'status' | 'body'>): Failure {
  try {
    const failure = failureSchema.safeParse(JSON.parse(body));
    if (failure.success) return failure.data;
  } catch {
    // Not one of ours.
  }
  if (status === 502 || status === 503 || status === 504)
    return failureOf('farm_unreachable', `it answered ${status}`);
  return failureOf('farm_answer_invalid', `it answered ${status}`);
}

/** Opens a WebSocket of the farm. `Set-Cookie` of its answer goes to `noteCookies`. */
export async function openFarmSocket(
  farm: FarmChoice,
  asked: {
    readonly path: string;
    readonly protocol?: string;
    readonly cookie: string;
    /** The longest message that is taken. */
    readonly limitBytes: number;
    readonly noteCookies: (headers: readonly string[] | undefined) => void;
  },
): Promise<Result<WebSocket>> {
  const connected = await connectVerified(farm);
  if (!connected.ok) return connected;
  const { path, protocol, cookie, limitBytes, noteCookies } = asked;
  return new Promise((resolve) => {
    const socket = new WebSocket(
      `${farm.address.replace(/^https/, 'wss')}${path}`,
      protocol === undefined ? [] : [protocol],
      {
        createConnection: () => connected.value,
        origin: farm.address,
        headers: { Cookie: cookie },
        perMessageDeflate: false,
        followRedirects: false,
        handshakeTimeout: answerTimeoutMs,
        maxPayload: limitBytes,
      },
    );
    socket.on('upgrade', (response) => noteCookies(response.headers['set-cookie']));
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      const end = (body: string) => {
        connected.value.destroy();
        resolve({ ok: false, failure: readFailure({ status: response.statusCode ?? 0, body }) });
      };
      readBody(response).then(end, () => end(''));
    });
    // Stays: what comes later is told by the close.
    socket.on('error', (error) => resolve(fail('farm_unreachable', error.message)));
    socket.once('open', () => resolve(succeed(socket)));
  });
}
