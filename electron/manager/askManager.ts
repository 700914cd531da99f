import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { managerLoadSchema, type ManagerLoad } from '../../shared/model/managerLoad.ts';

/** Where a manager is, and what is shown to it; without an authority there is no TLS. */
export interface ManagerAddress {
  readonly host: string;
  readonly port: number;
  readonly authorityPem?: string | undefined;
  readonly certificatePem?: string | undefined;
  readonly privateKeyPem?: string | undefined;
}

const answerTimeoutMs = 5_000;
const longestAnswer = 4_096;

/** Selects one of the ids that a manager answers itself (shared/model/managerLoad.ts), and reads its load. */
export function askManager(manager: ManagerAddress, question: string): Promise<Result<ManagerLoad>> {
  const { host, port, authorityPem, certificatePem, privateKeyPem } = manager;
  return new Promise((resolve) => {
    const socket =
      authorityPem === undefined
        ? connectTcp({ host, port })
        : connectTls({ host, port, ca: authorityPem, cert: certificatePem, key: privateKeyPem });
    let answer = '';
    socket.setTimeout(answerTimeoutMs, () => settle(fail('manager_silent')));
    const settle = (result: Result<ManagerLoad>) => {
      socket.destroy();
      resolve(result);
    };
    socket.once(authorityPem === undefined ? 'connect' : 'secureConnect', () =>
      socket.write(encodeInstruction(['select', question])),
    );
    socket.on('data', (bytes) => {
      answer += bytes.toString();
      if (answer.length > longestAnswer) settle(fail('manager_protocol_error'));
    });
    socket.on('error', (error) => settle(fail('manager_unreachable', error.message)));
    socket.on('close', () => settle(readLoad(answer)));
  });
}

function readLoad(text: string): Result<ManagerLoad> {
  const [instruction] = decodeInstructions(text) ?? [];
  if (instruction?.[0] !== 'load') return fail('manager_closed', 'the manager hung up on the question');
  try {
    return succeed(managerLoadSchema.parse(JSON.parse(instruction[1] ?? '')));
  } catch {
    return fail('manager_protocol_error');
  }
}
