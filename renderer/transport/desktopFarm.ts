import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { desktopFarmContract } from '../../shared/contract/desktopFarm.ts';
import { openElectronLine } from './electron.ts';

export type DesktopFarmClient = ContractRouterClient<typeof desktopFarmContract>;

/** What the desktop app answers by itself, whichever broker it uses. It is there for as long as the page is. */
export const connectToDesktopFarm = (): DesktopFarmClient => createORPCClient(openElectronLine('farm').link);
