import { z } from 'zod';

/** What lies between a double-click and the picture, in the order in which it begins. Some of it goes on side by side. */
export const openingSteps = [
  /** In the window: a tab is made and measured, and the host process is asked. */
  'asking',
  /** A manager is chosen and its place claimed; earlier tries and the wait for a free manager are part of it. */
  'placing',
  /** The stored password is read. */
  'secret',
  /** The name of the manager is looked up. */
  'lookup',
  /** TCP. */
  'connecting',
  /** TLS, and the manager's certificate. */
  'securing',
  /** The Guacamole handshake: the manager starts what speaks the host's protocol. */
  'greeting',
  /** The manager signs in on the host and draws. */
  'host',
  /** The window hears of it and asks for the picture. */
  'tunnel',
  /** The picture travels to the window and is drawn. */
  'drawing',
] as const;
export type OpeningStep = (typeof openingSteps)[number];

/** An opening that takes longer isn't measured any more, in ms. */
export const longestOpeningMs = 600_000;

const milliseconds = z.number().nonnegative().max(longestOpeningMs);

export const stepTimeSchema = z.object({
  step: z.enum(openingSteps),
  /** Since the double-click where the window has told of it, else since the host process was asked. */
  startMs: milliseconds,
  durationMs: milliseconds,
});
export type StepTime = z.infer<typeof stepTimeSchema>;

/** How one session was opened. */
export const openingTimesSchema = z.object({
  steps: z.array(stepTimeSchema).max(openingSteps.length),
  /** From the double-click to the first picture; absent until a window has drawn it. */
  pictureMs: milliseconds.optional(),
});
export type OpeningTimes = z.infer<typeof openingTimesSchema>;

/** What only the window knows: how long it was busy before it asked for the session, and from there to the first drawn picture. */
export const drawnPictureSchema = z.object({ beforeAskingMs: milliseconds, sinceAskingMs: milliseconds });
export type DrawnPicture = z.infer<typeof drawnPictureSchema>;

const spreadSchema = z.object({ p50: z.number().nonnegative(), p95: z.number().nonnegative() });

/** The last openings on one manager, in ms; those that came there after a try elsewhere aren't among them. */
export const openingSummarySchema = z.object({
  count: z.int().positive(),
  /** Steps that none of them had are left out. */
  steps: z.array(z.object({ step: z.enum(openingSteps), ...spreadSchema.shape })).max(openingSteps.length),
  /** From the double-click to the first picture, of those that a window has told of. */
  picture: spreadSchema.optional(),
});
export type OpeningSummary = z.infer<typeof openingSummarySchema>;
