import { createCipheriv, randomBytes } from 'node:crypto';

export const liteKey = 'a key of thirty-two bytes, no less'.slice(0, 32);

/** What guacamole-lite takes a connection from: sealed, so that its clients can't choose one (lib/Crypt.js). */
export function encryptToken(
  guacdPort: number,
  type = 'vnc',
  settings: Readonly<Record<string, string | number>> = { hostname: '127.0.0.1' },
): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', liteKey, iv);
  const connection = {
    type,
    guacdHost: '127.0.0.1',
    guacdPort,
    settings,
  };
  const sealed = Buffer.concat([cipher.update(JSON.stringify({ connection })), cipher.final()]);
  const token = { iv: iv.toString('base64'), value: sealed.toString('base64') };
  return encodeURIComponent(Buffer.from(JSON.stringify(token)).toString('base64'));
}
