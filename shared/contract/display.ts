import { z } from 'zod';

/** The screen that a session is opened for, in device pixels. */
export const displaySchema = z.object({
  width: z.int().min(1).max(16_384),
  height: z.int().min(1).max(16_384),
  dpi: z.int().min(24).max(768),
  timezone: z.string().max(64).optional(),
});
