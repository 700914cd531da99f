import {
  hostDraftSchema,
  hostSettingsSchema,
  secretSchema,
  vaultSchema,
} from '../../../shared/model/host.ts';
import type { Host, HostDraft, Secret } from '../../../shared/model/host.ts';
import { protocols, protocolTraits } from '../../../shared/model/protocol.ts';
import type { Protocol } from '../../../shared/model/protocol.ts';

/** What is to become of one part of a stored secret; `replace` with `''` is a field that nobody has filled in yet. */
export type SecretEdit =
  | { readonly kind: 'keep' }
  | { readonly kind: 'replace'; readonly value: string }
  | { readonly kind: 'delete' };

export const secretParts = ['password', 'privateKey', 'passphrase'] as const;
export type SecretPart = (typeof secretParts)[number];

export interface FurtherSetting {
  /** Tells the rows apart while their names change. */
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

/** A host while it is edited: as typed, complete or not. */
export interface HostForm {
  readonly name: string;
  readonly address: string;
  readonly protocol: Protocol;
  readonly port: number | null;
  readonly vaultId: string;
  /** The vault to be created with the host; `undefined` where it goes to `vaultId`. */
  readonly newVaultName: string | undefined;
  readonly tags: readonly string[];
  readonly favourite: boolean;
  readonly username: string;
  readonly domain: string;
  /** `''` where the rules choose the group. */
  readonly groupId: string;
  /** Settings that some protocol has a field for, by name; only the chosen protocol's are saved. */
  readonly settings: Readonly<Record<string, string>>;
  /** Any others, kept as they are. */
  readonly furtherSettings: readonly FurtherSetting[];
  readonly secret: Readonly<Record<SecretPart, SecretEdit>>;
}

/** Sentences by the field that they belong to: a name of `HostForm`, `setting:<name>`, `further:<key>`. */
export type FormErrors = Readonly<Record<string, string>>;

const settingOf = (protocol: Protocol, name: string) =>
  protocolTraits[protocol].settings.find((setting) => setting.name === name);

const untouchedSecret = {
  password: { kind: 'keep' },
  privateKey: { kind: 'keep' },
  passphrase: { kind: 'keep' },
} as const;

export function newHostForm(vaultId: string): HostForm {
  return {
    name: '',
    address: '',
    protocol: 'rdp',
    port: protocolTraits.rdp.defaultPort,
    vaultId,
    newVaultName: undefined,
    tags: [],
    favourite: false,
    username: '',
    domain: '',
    groupId: '',
    settings: {},
    furtherSettings: [],
    secret: untouchedSecret,
  };
}

export function formOfHost(host: Host): HostForm {
  const entries = Object.entries(host.settings);
  const hasField = ([name]: [string, string]) => settingOf(host.protocol, name) !== undefined;
  return {
    ...newHostForm(host.vaultId),
    name: host.name,
    address: host.address,
    protocol: host.protocol,
    port: host.port,
    tags: host.tags,
    favourite: host.favourite,
    username: host.username,
    domain: host.domain,
    groupId: host.groupId ?? '',
    settings: Object.fromEntries(entries.filter(hasField)),
    furtherSettings: entries
      .filter((entry) => !hasField(entry))
      .map(([name, value], key) => ({ key, name, value })),
  };
}

/** The port follows the protocol as long as it is the protocol's usual one. */
export function changeProtocol(form: HostForm, protocol: Protocol): HostForm {
  const isUsual =
    form.port === null || protocols.some((each) => protocolTraits[each].defaultPort === form.port);
  return { ...form, protocol, port: isUsual ? protocolTraits[protocol].defaultPort : form.port };
}

/** Sets a setting that the protocol has a field for; its default, and an empty field, are not stored. */
export function changeSetting(form: HostForm, name: string, value: string): HostForm {
  const setting = settingOf(form.protocol, name);
  const isEmpty = value === '' && setting?.input.kind !== 'choice';
  const { [name]: _before, ...others } = form.settings;
  if (isEmpty || value === setting?.fallback) return { ...form, settings: others };
  return { ...form, settings: { ...others, [name]: value } };
}

/** Splits what was typed or pasted into tags; those that are there already, in whatever case, are left out. */
export function addTags(tags: readonly string[], typed: string): readonly string[] {
  const next = [...tags];
  for (const tag of typed.split(/[,\n]/).map((part) => part.trim())) {
    if (tag !== '' && !next.some((known) => known.toLowerCase() === tag.toLowerCase())) next.push(tag);
  }
  return next;
}

/** The fields, by their names in `FormErrors`, in which two forms differ. */
export function changedFields(before: HostForm | undefined, after: HostForm): readonly string[] {
  if (before === undefined) return [];
  const differing = (one: object, other: object) =>
    Object.keys({ ...one, ...other }).filter((key) => Reflect.get(one, key) !== Reflect.get(other, key));
  const rows = new Set(before.furtherSettings);
  return [
    ...differing(before, after),
    ...differing(before.settings, after.settings).map((name) => `setting:${name}`),
    ...after.furtherSettings.filter((row) => !rows.has(row)).map(({ key }) => `further:${key}`),
    ...differing(before.secret, after.secret),
  ];
}

/** As a sentence of its own at a field. */
const capitalise = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Why a private key can't be one that guacd reads, or `undefined`. */
function problemOfPrivateKey(text: string): string | undefined {
  const key = text.trim();
  if (key === '') return undefined;
  if (key.startsWith('PuTTY-User-Key-File')) return 'This is a PuTTY key. Export it in the OpenSSH format.';
  if (/^(ssh-|ecdsa-|sk-|-----BEGIN [A-Z0-9 ]*PUBLIC KEY)/.test(key))
    return 'This is a public key. Its private half is needed.';
  if (!/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(key))
    return 'This is not a private key in PEM or OpenSSH format.';
  return undefined;
}

function settingErrors(form: HostForm): FormErrors {
  const errors: Record<string, string> = {};
  for (const { name, input } of protocolTraits[form.protocol].settings) {
    const value = form.settings[name];
    if (value === undefined || input.kind !== 'number') continue;
    const number = Number(value);
    if (!Number.isInteger(number) || number < input.minimum || number > input.maximum)
      errors[`setting:${name}`] = `A whole number from ${input.minimum} to ${input.maximum}.`;
  }
  const seen = new Set<string>();
  for (const { key, name, value } of form.furtherSettings) {
    if (name === '' && value === '') continue;
    const problem = hostSettingsSchema.safeParse({ [name]: value }).error?.issues[0]?.message;
    if (settingOf(form.protocol, name) !== undefined)
      errors[`further:${key}`] = 'This setting has a field above.';
    else if (seen.has(name)) errors[`further:${key}`] = 'This setting is in the list already.';
    else if (problem !== undefined) errors[`further:${key}`] = capitalise(messageOfSetting(name, problem));
    seen.add(name);
  }
  return errors;
}

/** zod says “Invalid key in record” of a wrong name; the schema's own words are inside. */
const messageOfSetting = (name: string, problem: string) =>
  /^[a-z0-9][a-z0-9-]{0,63}$/.test(name)
    ? problem
    : 'small letters, digits and hyphens make the name of a setting';

function secretErrors(form: HostForm): FormErrors {
  const errors: Record<string, string> = {};
  for (const part of secretParts) {
    const edit = form.secret[part];
    if (edit.kind !== 'replace') continue;
    if (!secretSchema.shape[part].safeParse(edit.value).success) errors[part] = 'This is too long.';
    else if (part === 'privateKey') {
      const problem = problemOfPrivateKey(edit.value);
      if (problem !== undefined) errors[part] = problem;
    }
  }
  return errors;
}

function settingsToSave(form: HostForm): Record<string, string> {
  const fields = Object.entries(form.settings).filter(
    ([name]) => settingOf(form.protocol, name) !== undefined,
  );
  const further = form.furtherSettings.filter(({ name }) => name !== '');
  return Object.fromEntries([...further.map(({ name, value }) => [name, value] as const), ...fields]);
}

/**
 * Checks a form by the shared schemas. The draft is `undefined` while anything is wrong; a host without a name is called by its
 * address. A vault that is yet to be created is checked here and put into the draft by whoever creates it.
 */
export function checkHostForm(form: HostForm): { draft: HostDraft | undefined; errors: FormErrors } {
  const parsed = hostDraftSchema.safeParse({
    name: form.name.trim() === '' && form.address.trim() !== '' ? form.address : form.name,
    address: form.address,
    port: form.port ?? undefined,
    protocol: form.protocol,
    vaultId: form.vaultId,
    tags: form.tags,
    favourite: form.favourite,
    username: form.username,
    domain: protocolTraits[form.protocol].wantsDomain ? form.domain : '',
    ...(form.groupId !== '' && { groupId: form.groupId }),
    settings: {},
  });
  const errors: Record<string, string> = { ...settingErrors(form), ...secretErrors(form) };
  for (const issue of parsed.error?.issues ?? []) {
    const field = String(issue.path[0]);
    errors[field] ??= form.port === null && field === 'port' ? 'Enter a port.' : capitalise(issue.message);
  }
  // A name is asked for only where not even an address could stand for it.
  if (form.name.trim() === '') delete errors['name'];
  if (form.newVaultName !== undefined) {
    const problem = vaultSchema.shape.name.safeParse(form.newVaultName).error?.issues[0]?.message;
    if (problem !== undefined) errors['newVaultName'] = capitalise(problem);
  }
  const draft = parsed.success ? { ...parsed.data, settings: settingsToSave(form) } : undefined;
  return { draft: Object.keys(errors).length === 0 ? draft : undefined, errors };
}

/** The parts to send: what is kept is absent, what is deleted is `''`. Parts that the protocol has no use for are kept. */
export function secretToSave(form: HostForm): Secret {
  const secret: Secret = {};
  for (const part of secretParts) {
    const edit = form.secret[part];
    if (edit.kind === 'delete') secret[part] = '';
    else if (edit.kind === 'replace' && edit.value !== '') secret[part] = edit.value;
  }
  return secret;
}
