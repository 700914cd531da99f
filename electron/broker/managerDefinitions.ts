import type { Logger } from 'pino';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { ManagerDefinition, Registry, SettingsStore, Unsubscribe } from './ports.ts';

/** Who changed the settings where another process of the pool defined a manager anew. */
const otherProcess = 'another Proxima, by the session registry';
const retryMs = 5_000;

const definitionOf = ({ id, intent, weight, sessionLimit }: SessionManager): ManagerDefinition => ({
  id,
  intent,
  weight,
  sessionLimit,
});

const isSame = (left: ManagerDefinition, right: ManagerDefinition): boolean =>
  left.intent === right.intent && left.weight === right.weight && left.sessionLimit === right.sessionLimit;

/** The settings with what the registry says of their managers; the same object where it says nothing new. */
function applyDefinitions(settings: Settings, definitions: ReadonlyMap<string, ManagerDefinition>): Settings {
  const managers = settings.managers.map((manager) => {
    const defined = definitions.get(manager.id);
    return defined && !isSame(manager, defined) ? { ...manager, ...defined } : manager;
  });
  return managers.some((manager, index) => manager !== settings.managers[index])
    ? { ...settings, managers }
    : settings;
}

interface SyncPorts {
  readonly settings: SettingsStore;
  readonly registry: Pick<Registry, 'defineManagers' | 'managers' | 'onManagers' | 'onStatus'>;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Keeps what this process and the others of its pools say of the managers the same: who drains one drains it for all. What is
 * saved here is told to the registry, again and again until it has it; what others tell is saved here. A manager that the registry
 * doesn't know yet is told to it.
 */
export function shareManagers({ settings, registry, log }: SyncPorts): Unsubscribe {
  /** Told to nobody yet, or not acknowledged: until then the registry's word on them is the older one. */
  const untold = new Map<string, ManagerDefinition>();
  let known = new Map(
    settings.current().settings.managers.map((manager) => [manager.id, definitionOf(manager)]),
  );
  let isTelling = false;
  let retry: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function tell(): Promise<void> {
    if (isTelling || isStopped || untold.size === 0) return;
    isTelling = true;
    clearTimeout(retry);
    const sent = [...untold.values()];
    const told = await registry.defineManagers(sent);
    isTelling = false;
    if (told.ok) for (const each of sent) if (untold.get(each.id) === each) untold.delete(each.id);
    if (untold.size === 0 || isStopped) return;
    retry = setTimeout(() => void tell(), told.ok ? 0 : retryMs);
    retry.unref();
  }

  function noteSettings(): void {
    const { managers } = settings.current().settings;
    const inRegistry = registry.managers();
    for (const manager of managers) {
      const definition = definitionOf(manager);
      const before = known.get(manager.id);
      const there = inRegistry.get(manager.id);
      if (there ? before && !isSame(before, definition) && !isSame(there, definition) : true)
        untold.set(manager.id, definition);
    }
    known = new Map(managers.map((manager) => [manager.id, definitionOf(manager)]));
    void tell();
  }

  async function noteRegistry(): Promise<void> {
    const { settings: mine, revision } = settings.current();
    const definitions = new Map([...registry.managers()].filter(([id]) => !untold.has(id)));
    const changed = applyDefinitions(mine, definitions);
    if (changed === mine) return;
    // They are the registry's already: not told to it again.
    known = new Map(changed.managers.map((manager) => [manager.id, definitionOf(manager)]));
    const saved = await settings.save(revision, changed, otherProcess);
    if (!saved.ok)
      log.warn({ failure: saved.failure }, 'What another Proxima said of the managers was not saved');
    else if (saved.value.kind === 'conflict') await noteRegistry();
  }

  const stops = [
    settings.onChange(noteSettings),
    registry.onManagers(() => void noteRegistry()),
    registry.onStatus(() => void tell()),
  ];
  void noteRegistry().then(noteSettings);
  return () => {
    isStopped = true;
    clearTimeout(retry);
    for (const stop of stops) stop();
  };
}
