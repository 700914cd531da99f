import { z } from 'zod';
import { defaultGroupId, proximityGroupSchema } from './proximityGroup.ts';
import { accessSchema, emptyAccess } from './access.ts';
import { poolSchema } from './pool.ts';
import { sessionManagerSchema } from './sessionManager.ts';

const hasRepeats = (values: readonly unknown[]) => new Set(values).size !== values.length;

/** What administrators decide: one versioned document. */
export const settingsSchema = z
  .object({
    version: z.literal(1),
    managers: z.array(sessionManagerSchema),
    groups: z.array(proximityGroupSchema),
    /** How long an opening waits for a group whose managers are all down, in milliseconds. */
    queueTimeoutMs: z.int().min(0).max(600_000).default(30_000),
    /** Whether this machine's own session manager, where it has one, serves the Default group while there is no other. */
    usesLocalManager: z.boolean().default(true),
    /** The clusters of the session registry, in the order of their use. None: this machine counts its own sessions. */
    pools: z.array(poolSchema).max(8).default([]),
    /** Who may sign in to a gateway, and who may do what. The desktop app by itself has one person, who may do everything. */
    access: accessSchema.default(emptyAccess),
  })
  .superRefine((settings, context) => {
    const complain = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const managerIds = new Set(settings.managers.map((manager) => manager.id));
    const groupIds = new Set(settings.groups.map((group) => group.id));
    if (hasRepeats(settings.managers.map((manager) => manager.id)))
      complain('two managers share an id', 'managers');
    if (hasRepeats(settings.groups.map((group) => group.id))) complain('two groups share an id', 'groups');
    if (hasRepeats(settings.groups.map((group) => group.priority)))
      complain('two groups share a priority', 'groups');
    if (!groupIds.has(defaultGroupId)) complain('the Default group is missing', 'groups');
    const poolIds = new Set(settings.pools.map((pool) => pool.id));
    if (hasRepeats(settings.pools.map((pool) => pool.id))) complain('two pools share an id', 'pools');
    settings.groups.forEach((group, index) => {
      if (group.poolId !== undefined && !poolIds.has(group.poolId)) {
        complain(`no pool has the id ${group.poolId}`, 'groups', index, 'poolId');
      }
      for (const id of group.managerIds) {
        if (!managerIds.has(id)) complain(`no manager has the id ${id}`, 'groups', index, 'managerIds');
      }
      if (group.fallbackGroupId !== null && !groupIds.has(group.fallbackGroupId)) {
        complain(`no group has the id ${group.fallbackGroupId}`, 'groups', index, 'fallbackGroupId');
      }
    });
  });
export type Settings = z.infer<typeof settingsSchema>;

/** What a fresh installation starts with: the Default group, and nobody in it. */
export const emptySettings: Settings = {
  version: 1,
  managers: [],
  groups: [
    {
      id: defaultGroupId,
      name: 'Default',
      priority: 1_000_000,
      selectors: [],
      managerIds: [],
      trust: { kind: 'authorities' },
      fallbackGroupId: null,
    },
  ],
  queueTimeoutMs: 30_000,
  usesLocalManager: true,
  pools: [],
  access: emptyAccess,
};
