import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Engine } from './engine.ts';
import { createEngineChoice } from './engineChoice.ts';
import { askGuacd } from './guacdConnection.ts';
import { createGuacdEngine } from './guacdEngine.ts';
import { guacdDefaultPort } from './guacdOffer.ts';
import { findGuacd } from './localGuacd.ts';
import { type EngineLog, type EngineOrder, openEngine } from './openEngine.ts';

/** What the manager of a person's own machine opens with; guacd may come to it while it runs. */
export interface LocalEngine extends Engine {
  /** Looks for a guacd, and opens with it what can't be opened without. Resolves to why there is none, or to `undefined`. */
  adoptGuacd(): Promise<string | undefined>;
}

/** One that somebody else runs. Whoever listens there is given passwords: only a person's word makes us use it. */
const adoptedSchema = z.strictObject({ host: z.literal('127.0.0.1'), port: z.int().min(1).max(65_535) });
const defaultAddress = { host: '127.0.0.1', port: guacdDefaultPort } as const;

/** A container takes some seconds until what is in it listens. */
const patienceMs = 15_000;
const lookIntervalMs = 500;

/** @throws where the engine that was asked for can't be had. */
export async function openLocalEngine(order: EngineOrder, log: EngineLog): Promise<LocalEngine> {
  const engines = [await openEngine(order, log)];
  const adoptedFile = join(order.folder, 'guacd.json');
  let isUsingGuacd = false;
  const adopted = await readAdopted(adoptedFile);
  if (adopted) add(createGuacdEngine(adopted));

  function add(engine: Engine) {
    isUsingGuacd = true;
    engines.push(engine);
  }

  return {
    ...createEngineChoice(engines),
    async adoptGuacd() {
      const executable = findGuacd();
      if (isUsingGuacd) return undefined;
      try {
        if (executable !== undefined) add(await openEngine({ ...order, engine: 'guacd', executable }, log));
        else if (await isGuacdAt(defaultAddress)) {
          await writeFile(adoptedFile, JSON.stringify(defaultAddress), { mode: 0o600 });
          add(createGuacdEngine(defaultAddress));
        } else return `no guacd is installed, and none listens at port ${guacdDefaultPort}`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
      log.info('guacd opens what the built-in engine can not');
      return undefined;
    },
  };
}

async function readAdopted(file: string) {
  try {
    return adoptedSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

async function isGuacdAt(address: typeof defaultAddress): Promise<boolean> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(lookIntervalMs)) {
    // Not RDP: asked without an opening, that one may hang for ever.
    if ((await askGuacd(address, 'ssh')).ok) return true;
  }
  return false;
}
