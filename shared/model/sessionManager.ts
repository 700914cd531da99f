import { z } from 'zod';
import { targetAddressSchema } from './address.ts';

export const managerIdSchema = z.string().min(1).max(64);

/** Of the manager that runs on this machine where none is configured. */
export const localManagerId = 'localhost';

/** What an administrator wants of a manager; whether it answers is health, not this. */
const managerIntentSchema = z.enum(['enabled', 'draining', 'disabled']);

/** An endpoint that speaks the Guacamole protocol: a plain guacd, or a Proxima manager in front of one. */
export const sessionManagerSchema = z.object({
  id: managerIdSchema,
  name: z.string().trim().min(1).max(100),
  address: targetAddressSchema,
  port: z.int().min(1).max(65_535).default(4822),
  /** The name that its certificate has to carry, where that isn't `address`. */
  serverName: z.string().max(253).optional(),
  /** Share of the load: a manager of weight 2 takes twice the sessions of one of weight 1. */
  weight: z.number().positive().max(1000).default(1),
  /** Most sessions at once; `null` for no limit. */
  sessionLimit: z.int().positive().nullable().default(null),
  intent: managerIntentSchema.default('enabled'),
});
export type SessionManager = z.infer<typeof sessionManagerSchema>;
