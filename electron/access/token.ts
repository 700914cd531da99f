import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, base64url. */
export const createToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of a token: nobody gets back from it to the token, whose bits are too many to be guessed. SHA-256, hex. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');
