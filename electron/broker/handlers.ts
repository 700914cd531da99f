import { type AccessHandlerPorts, accessHandlers } from './accessHandlers.ts';
import { type AdministrationPorts, administrationHandlers } from './administrationHandlers.ts';
import { type AppPorts, appHandlers } from './appHandlers.ts';
import { implementContract } from './contractImplementer.ts';
import { type DesktopPorts, desktopHandlers } from './desktopHandlers.ts';
import { type FarmHandlerPorts, farmHandlers } from './farmHandlers.ts';
import { hostHandlers } from './hostHandlers.ts';
import type { HostEditor } from './hostEditor.ts';
import { ownManagerHandlers } from './ownManagerHandlers.ts';
import type { Personal } from './personal.ts';
import type { OwnManager } from './ports.ts';
import { type ProviderHandlerPorts, providerHandlers } from './providerHandlers.ts';
import { type RegistryAdministrationPorts, registryHandlers } from './registryHandlers.ts';
import type { SessionDesk } from './sessionDesk.ts';
import { sessionHandlers } from './sessionHandlers.ts';

export interface HandlerPorts extends AppPorts {
  readonly editor: HostEditor;
  readonly personal: Personal;
  readonly desk: SessionDesk;
  readonly administration: AdministrationPorts;
  readonly registry: RegistryAdministrationPorts;
  readonly desktop: DesktopPorts;
  readonly access: AccessHandlerPorts;
  readonly providers: ProviderHandlerPorts;
  readonly farm: FarmHandlerPorts;
  readonly ownManager: OwnManager;
}

/** Implements the contract. Input and output are validated by oRPC on the way in and out, the same for every wire. */
export function createHandlers(ports: HandlerPorts) {
  const { desktop } = ports;
  const host = implementContract();

  return host.router({
    ...administrationHandlers(host, ports.administration),
    registry: registryHandlers(host, ports.registry),
    localManager: ownManagerHandlers(host, ports.ownManager),
    ...desktopHandlers(host, desktop),
    ...accessHandlers(host, ports.access),
    ...providerHandlers(host, ports.providers),
    ...farmHandlers(host, ports.farm),
    app: appHandlers(host, ports),
    ...hostHandlers(host, ports),
    sessions: sessionHandlers(host, {
      ...ports,
      findUnsaved: (caller, hostId) => desktop.linksOf(caller.person().id).findUnsaved(hostId),
    }),
  });
}
