import { z } from 'zod';
import { hostIdSchema } from './host.ts';
import { placementTraceSchema } from './placement.ts';
import { groupIdSchema } from './proximityGroup.ts';
import { managerIdSchema } from './sessionManager.ts';
import { settingsSchema } from './settings.ts';

/** Settings that aren't saved yet, and managers that are imagined to be down or draining. */
export const whatIfSchema = z.object({
  settings: settingsSchema,
  down: z.array(managerIdSchema).max(1000),
  draining: z.array(managerIdSchema).max(1000),
});
export type WhatIf = z.infer<typeof whatIfSchema>;

/** One typed host, placed by today's settings and by those that are imagined. */
export const hostWhatIfSchema = z.object({
  today: z.object({
    groupId: groupIdSchema,
    managerId: managerIdSchema.optional(),
    trace: placementTraceSchema,
  }),
  after: z.object({
    groupId: groupIdSchema,
    managerId: managerIdSchema.optional(),
    trace: placementTraceSchema,
  }),
});
export type HostWhatIf = z.infer<typeof hostWhatIfSchema>;

/** What stands out about one group's rules over all saved hosts. */
export const ruleFindingSchema = z.object({
  groupId: groupIdSchema,
  /**
   * `matches-nothing`: no saved host fits its selectors; `shadowed`: hosts fit, but earlier groups take all of them;
   * `overlaps`: earlier groups take some of them.
   */
  kind: z.enum(['matches-nothing', 'shadowed', 'overlaps']),
  /** The earlier groups that take the hosts, most first. */
  by: z.array(groupIdSchema),
  hosts: z.int().nonnegative(),
});
export type RuleFinding = z.infer<typeof ruleFindingSchema>;

/** All saved hosts at once. A move is a host whose group changes. */
export const whatIfReportSchema = z.object({
  hosts: z.int().nonnegative(),
  moved: z.int().nonnegative(),
  /** Most hosts first; up to five examples each. */
  moves: z.array(
    z.object({
      from: groupIdSchema,
      to: groupIdSchema,
      hosts: z.int().positive(),
      examples: z.array(z.object({ hostId: hostIdSchema, name: z.string() })).max(5),
    }),
  ),
  /** Hosts by group, today and after. */
  groups: z.array(
    z.object({
      groupId: groupIdSchema,
      name: z.string(),
      today: z.int().nonnegative(),
      after: z.int().nonnegative(),
    }),
  ),
  /** Hosts that no manager could take afterwards. */
  unserved: z.int().nonnegative(),
  findings: z.array(ruleFindingSchema),
  durationMs: z.number().nonnegative(),
});
export type WhatIfReport = z.infer<typeof whatIfReportSchema>;
