import { z } from 'zod';
import { parseAddressRange } from '../../shared/model/address.ts';

const addressRange = z
  .string()
  .refine((text) => parseAddressRange(text) !== undefined, 'not an address, a range or a network');

/** `22`, `3389-3400` or `*`. */
const portRange = z
  .string()
  .regex(/^(?:\*|\d{1,5}(?:-\d{1,5})?)$/, 'not a port or a range of ports')
  .refine((text) => {
    const [first = 0, last = first] = text.split('-').map(Number);
    return text === '*' || (first > 0 && first <= last && last <= 65_535);
  }, 'ports go from 1 to 65535');

/** Whose targets these are: any of the addresses, at any of the ports. */
const targetSchema = z.strictObject({
  addresses: z.array(addressRange).min(1).max(1_000),
  ports: z.array(portRange).min(1).max(100).default(['*']),
});
export type TargetRule = z.infer<typeof targetSchema>;

/** What becomes of one argument that a client gives. */
const argumentRuleSchema = z.discriminatedUnion('rule', [
  /** The client's value passes. */
  z.strictObject({ rule: z.literal('allow') }),
  /** A value is refused, and the session with it. */
  z.strictObject({ rule: z.literal('refuse') }),
  /** The client's value is replaced by this one, whatever it is. */
  z.strictObject({ rule: z.literal('set'), value: z.string().max(8_192) }),
]);
export type ArgumentRule = z.infer<typeof argumentRuleSchema>;

const count = (most: number) => z.int().nonnegative().max(most);

/** The manager's policy, as its file has it. Every field has a safe default; a field that isn't known is refused. */
export const managerPolicySchema = z.strictObject({
  version: z.literal(1),
  protocols: z.array(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)).default(['rdp', 'ssh', 'telnet', 'vnc']),
  targets: z
    .strictObject({
      /** What may be dialled; left out, everything that `deny` doesn't name. */
      allow: z.array(targetSchema).max(1_000).optional(),
      /** Comes before `allow`. */
      deny: z
        .array(targetSchema)
        .max(1_000)
        .default(() => [
          {
            // This machine, its links, and what reaches many at once. Also where clouds keep their secrets.
            addresses: [
              '0.0.0.0/8',
              '127.0.0.0/8',
              '169.254.0.0/16',
              '224.0.0.0/4',
              '240.0.0.0/4',
              '::/128',
              '::1/128',
              'fe80::/10',
              'ff00::/8',
            ],
            ports: ['*'],
          },
        ]),
    })
    .prefault({}),
  /** By argument name, or by its beginning with a `*` at the end; these come before the built-in table. */
  arguments: z.record(z.string().regex(/^[a-z0-9-]{1,64}\*?$/), argumentRuleSchema).default({}),
  /** Every session is recorded, whatever a client asks for. */
  recording: z
    .strictObject({
      /** On the engine's machine. */
      folder: z.string().startsWith('/').max(1_000),
      includeKeys: z.boolean().default(false),
      /** A typescript of terminals, too. */
      typescript: z.boolean().default(false),
    })
    .optional(),
  /** Common names of client certificates that may drain the manager. */
  administrators: z.array(z.string().min(1).max(200)).max(100).default([]),
  limits: z
    .strictObject({
      opensPerSecond: z.number().positive().max(10_000).default(10),
      /** That may come at once. */
      openBurst: z.int().positive().max(10_000).default(50),
      /** Of one client, those that haven't begun a session yet among them. */
      connectionsPerClient: z.int().positive().max(100_000).default(500),
      handshakeSeconds: z.number().positive().max(120).default(10),
      /** Without a key or a move of the mouse; 0 is without an end. */
      idleSeconds: count(10_000_000).default(0),
      /** From the opening; 0 is without an end. */
      sessionSeconds: count(10_000_000).default(0),
    })
    .prefault({}),
});
export type ManagerPolicy = z.infer<typeof managerPolicySchema>;

export const defaultPolicy: ManagerPolicy = managerPolicySchema.parse({ version: 1 });
