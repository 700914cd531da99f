import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';

/** Names and passwords are a few hundred bytes. How long a body may take is the server's `requestTimeout`. */
const bodyLimitBytes = 8 * 1024;

/** The fields of a form (`application/x-www-form-urlencoded`), parsed. Fails with `input_invalid`. */
export async function readForm<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<Result<T>> {
  const [type = ''] = request.headers['content-type']?.split(';') ?? [];
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    return fail('input_invalid', 'this is no form');
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bodyLimitBytes) return fail('input_invalid', 'this is too long');
      chunks.push(chunk);
    }
  } catch {
    return fail('input_invalid', 'the form broke off');
  }
  const fields = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
  const parsed = schema.safeParse(fields);
  if (parsed.success) return succeed(parsed.data);
  const [issue] = parsed.error.issues;
  return fail('input_invalid', `${issue?.path.join('.')}: ${issue?.message}`);
}
