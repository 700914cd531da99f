import { secretSchema, type Secret, type StoredSecret } from '../../shared/model/host.ts';

/** The parts that hold something; `undefined` where none does, so that there is nothing to store. */
export function dropEmptyParts(secret: Secret): Secret | undefined {
  const parts = Object.entries(secret).filter(([, part]) => part !== '' && part !== undefined);
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}

/** The secret behind a stored text; `undefined` where it is none. */
export function parseSecret(text: string): Secret | undefined {
  try {
    return secretSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Which parts a secret has, without telling them. */
export const describeSecret = (secret: Secret): StoredSecret => ({
  password: Boolean(secret.password),
  privateKey: Boolean(secret.privateKey),
  passphrase: Boolean(secret.passphrase),
});
