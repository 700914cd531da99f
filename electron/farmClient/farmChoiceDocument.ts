import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import { type FarmChoice, farmChoiceSchema } from '../../shared/model/farmChoice.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { describeWriteError } from '../disk/writeError.ts';

const documentSchema = z.object({ version: z.literal(1), farm: farmChoiceSchema.nullable() });

const pathIn = (folder: string) => join(folder, 'farm.json');

/**
 * Reads `farm.json` of the data folder: the farm that the person chose. A `problem` is a sentence for the person: the file is there
 * and can't be used. It is left where it is, and nobody's broker is taken for the farm's: the app doesn't start with either.
 */
export async function readFarmChoice(
  folder: string,
): Promise<{ readonly farm: FarmChoice | null } | { readonly problem: string }> {
  const path = pathIn(folder);
  const problem = (why: string) => ({
    problem: `${path} says which farm Proxima uses, and can't be used: ${why}. Correct it, or remove it to use Proxima without a farm; hosts and settings of this computer are unchanged.`,
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { farm: null } : problem("it can't be read");
  }
  try {
    const parsed = documentSchema.safeParse(JSON.parse(text.replace(/^\uFEFF/, '')));
    if (parsed.success) return { farm: parsed.data.farm };
    const [issue] = parsed.error.issues;
    return problem([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
  } catch {
    return problem('it is not JSON');
  }
}

export async function writeFarmChoice(folder: string, farm: FarmChoice | null): Promise<Result<void>> {
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    await replaceFile(pathIn(folder), `${JSON.stringify({ version: 1, farm }, null, 2)}\n`);
    return succeed(undefined);
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
}

/** The farm that counts, and who decided where it wasn't the person. */
export interface DecidedFarm {
  readonly farm: FarmChoice | null;
  readonly decidedBy?: string;
}

/** A machine's policy goes before the command line, and both before what the person chose. */
export function decideFarm(options: {
  readonly policy?: { readonly farm: FarmChoice; readonly managedBy: string } | undefined;
  /** Its certificate is verified as the person chose for the same address. */
  readonly commandLine?: string | undefined;
  readonly chosen: FarmChoice | null;
}): DecidedFarm {
  const { policy, commandLine, chosen } = options;
  if (policy) return { farm: policy.farm, decidedBy: policy.managedBy };
  if (commandLine === undefined) return { farm: chosen };
  const asked = farmChoiceSchema.safeParse({ address: commandLine, verification: { kind: 'system' } });
  if (!asked.success)
    throw new Error(`--farm ${commandLine}: ${asked.error.issues[0]?.message ?? 'not valid'}`);
  const farm = chosen?.address === asked.data.address ? chosen : asked.data;
  return { farm, decidedBy: 'the command line (--farm)' };
}
