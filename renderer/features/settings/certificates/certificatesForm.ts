import { certificateRequestSchema } from '../../../../shared/model/certificate.ts';
import type { Certificate, CertificateOrder } from '../../../../shared/model/certificate.ts';
import type { SessionManager } from '../../../../shared/model/sessionManager.ts';
import { parseAddress } from '../../../../shared/model/address.ts';
import { afterDays } from '../records/dates.ts';
import { joinNames, splitNames } from './names.ts';
import { describeValidity, isUsable } from './validity.ts';

/** One machine that is to get a certificate, as typed. */
export interface MachineRow {
  readonly key: string;
  readonly kind: 'server' | 'client';
  /** The session manager of the settings that the row stands for. */
  readonly managerId: string | undefined;
  readonly included: boolean;
  readonly name: string;
  readonly names: string;
  /** Until when it has a certificate already, in words. */
  readonly has: string | undefined;
}

/** Everything that the guided step asks for. */
export interface CertificatesForm {
  /** Serial of the authority; `''` for a new one. */
  readonly authority: string;
  readonly authorityName: string;
  readonly authorityYears: number | null;
  readonly lifetimeDays: number | null;
  readonly machines: readonly MachineRow[];
}

/** What there is to make, in this order. */
export interface CreationPlan {
  readonly authority:
    | { readonly kind: 'existing'; readonly serial: string }
    | { readonly kind: 'new'; readonly name: string; readonly lifetimeDays: number };
  readonly orders: readonly CertificateOrder[];
}

/** Sentences by field: a name of `CertificatesForm`, or `<row key>.name`, `<row key>.names`. */
export type CertificateErrors = Readonly<Record<string, string>>;

const daysPerYear = 365;
const maximumNameLength = 64;

/** Authorities that can issue now. */
export const issuingAuthorities = (certificates: readonly Certificate[], now: number) =>
  certificates.filter(
    (certificate) =>
      certificate.kind === 'authority' && certificate.hasPrivateKey && isUsable(certificate, now),
  );

/** The names under which brokers look for a manager: its server name, where it has one, and its address. */
export function namesOfManager(manager: Pick<SessionManager, 'address' | 'serverName'>): string {
  const all = [manager.serverName ?? '', manager.address];
  return joinNames({
    dnsNames: [...new Set(all.filter((name) => name !== '' && parseAddress(name) === undefined))],
    ipAddresses: [...new Set(all.filter((name) => parseAddress(name) !== undefined))],
  });
}

/** What the form begins with: every manager of the settings that has no working certificate, and this broker if it has none. */
export function newCertificatesForm(
  managers: readonly SessionManager[],
  certificates: readonly Certificate[],
  brokerName: string,
  now: number,
): CertificatesForm {
  const longestUsable = (fits: (certificate: Certificate) => boolean) =>
    certificates
      .filter((certificate) => fits(certificate) && isUsable(certificate, now))
      .toSorted((one, other) => other.notAfter - one.notAfter)[0];
  const has = (certificate: Certificate | undefined) => certificate && describeValidity(certificate, now);

  const servers = managers.map((manager): MachineRow => {
    const validity = has(longestUsable(({ managerId }) => managerId === manager.id));
    return {
      key: `manager-${manager.id}`,
      kind: 'server',
      managerId: manager.id,
      included: validity?.kind !== 'valid',
      name: manager.name.slice(0, maximumNameLength),
      names: namesOfManager(manager),
      has: validity?.words,
    };
  });
  const client = has(longestUsable(({ kind }) => kind === 'client'));
  const [authority] = issuingAuthorities(certificates, now).toSorted(
    (one, other) => other.notAfter - one.notAfter,
  );
  return {
    authority: authority?.serial ?? '',
    authorityName: 'Proxima authority',
    authorityYears: 10,
    lifetimeDays: 365,
    machines: [
      ...servers,
      { ...newMachine('client', 'this-broker'), name: brokerName, included: client?.kind !== 'valid' },
    ],
  };
}

export const newMachine = (kind: MachineRow['kind'], key: string): MachineRow => ({
  key,
  kind,
  managerId: undefined,
  included: true,
  name: '',
  names: '',
  has: undefined,
});

function checkMachine(
  row: MachineRow,
  lifetimeDays: number,
  errors: Record<string, string>,
): CertificateOrder | undefined {
  const { wrong, dnsNames, ipAddresses } = splitNames(row.names);
  const order = certificateRequestSchema.safeParse({
    kind: row.kind,
    name: row.name,
    dnsNames,
    ipAddresses,
    lifetimeDays,
    ...(row.managerId !== undefined && { managerId: row.managerId }),
  });
  if (row.name.trim() === '') errors[`${row.key}.name`] = 'Enter a name.';
  else if (row.name.trim().length > maximumNameLength)
    errors[`${row.key}.name`] = `A name has at most ${maximumNameLength} characters.`;
  if (wrong !== undefined) errors[`${row.key}.names`] = `“${wrong}” is neither a DNS name nor an IP address.`;
  else if (row.kind === 'server' && dnsNames.length + ipAddresses.length === 0)
    errors[`${row.key}.names`] = 'Enter at least one name or address that brokers reach it by.';
  else if (dnsNames.length > 50 || ipAddresses.length > 50)
    errors[`${row.key}.names`] = 'A certificate carries at most 50 names and 50 addresses.';
  return order.success ? order.data : undefined;
}

const isWhole = (value: number | null, minimum: number, maximum: number): value is number =>
  value !== null && Number.isInteger(value) && value >= minimum && value <= maximum;

/** Checks the form; the plan is `undefined` while anything is wrong. */
export function checkCertificatesForm(
  form: CertificatesForm,
  certificates: readonly Certificate[],
  now: number,
): { readonly plan: CreationPlan | undefined; readonly errors: CertificateErrors } {
  const errors: Record<string, string> = {};
  const { lifetimeDays, authorityYears } = form;
  if (!isWhole(lifetimeDays, 1, 3650)) errors['lifetimeDays'] = 'A whole number of days from 1 to 3650.';
  if (form.authority === '') {
    if (form.authorityName.trim() === '') errors['authorityName'] = 'Enter a name.';
    else if (form.authorityName.trim().length > maximumNameLength)
      errors['authorityName'] = `A name has at most ${maximumNameLength} characters.`;
    if (!isWhole(authorityYears, 1, 20)) errors['authorityYears'] = 'A whole number of years from 1 to 20.';
  }
  const authorityEnds =
    form.authority === ''
      ? afterDays(now, (authorityYears ?? 0) * daysPerYear)
      : certificates.find(({ serial }) => serial === form.authority)?.notAfter;
  if (authorityEnds === undefined) errors['authority'] = 'This authority is no longer here.';
  else if (errors['lifetimeDays'] === undefined && errors['authorityYears'] === undefined) {
    if (afterDays(now, lifetimeDays ?? 0) > authorityEnds)
      errors['lifetimeDays'] = 'This is longer than the authority itself is valid.';
  }

  const included = form.machines.filter((row) => row.included);
  const orders = included.flatMap((row) => checkMachine(row, lifetimeDays ?? 1, errors) ?? []);
  if (included.length === 0 && form.authority !== '')
    errors['machines'] = 'Choose at least one machine that gets a certificate.';
  if (Object.keys(errors).length > 0) return { plan: undefined, errors };
  const authority: CreationPlan['authority'] =
    form.authority === ''
      ? {
          kind: 'new',
          name: form.authorityName.trim(),
          lifetimeDays: (authorityYears ?? 1) * daysPerYear,
        }
      : { kind: 'existing', serial: form.authority };
  return { plan: { authority, orders }, errors };
}
