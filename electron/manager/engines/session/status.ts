/** Statuses of the protocol (https://guacamole.apache.org/doc/gug/protocol-reference.html#status-codes). */
export const status = {
  success: 0,
  unsupported: 256,
  serverError: 512,
  badRequest: 768,
  forbidden: 771,
  overrun: 781,
  badType: 783,
  tooMany: 797,
} as const;
