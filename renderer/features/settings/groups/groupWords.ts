import type { GroupDraft, SelectorDraft, TrustDraft } from '../../../app/settingsDraft.ts';
import { entriesOf } from '../../../app/selectorText.ts';

const list = new Intl.ListFormat('en', { type: 'disjunction' });

/** Which hosts a rule takes, such as `vault Servers, 10.0.0.0/24 or 10.0.1.0/24`. */
function tellSelector(selector: SelectorDraft, vaultName: (id: string) => string): string {
  const vaults = selector.vaultIds.map(vaultName);
  return [
    vaults.length > 0 ? `vault ${list.format(vaults)}` : '',
    list.format(entriesOf(selector.addresses)),
    list.format(entriesOf(selector.domains)),
  ]
    .filter((part) => part !== '')
    .join(' and ');
}

/** Which hosts a group takes; an empty list of rules takes none. */
export function tellRules(group: Pick<GroupDraft, 'selectors'>, vaultName: (id: string) => string): string {
  const rules = group.selectors
    .map((selector) => tellSelector(selector, vaultName))
    .filter((rule) => rule !== '');
  return rules.length === 0 ? 'No rule: takes only hosts that are pinned to it' : rules.join('; or ');
}

/** What each trust means, and what it risks. */
export const trustWords = {
  public: {
    label: 'Public authorities',
    text: 'A manager needs a certificate from one of the authorities that web browsers trust as well. Right for managers with a public name.',
  },
  authorities: {
    label: 'My own authorities',
    text: 'A manager needs a certificate from one of the authorities below. The usual choice: safe also where somebody listens in between.',
  },
  pins: {
    label: 'Known keys',
    text: 'A manager has to show one of the keys below, whoever signed its certificate. Very safe, but a new key has to be entered here first.',
  },
  unverified: {
    label: 'Encrypted, not verified',
    text: 'Any certificate will do. Risk: whoever is in between can pretend to be the manager, and read passwords and screens.',
  },
  plain: {
    label: 'Not encrypted',
    text: 'Nothing is encrypted. Risk: anybody on the way reads and changes everything, passwords too. Only for a network where nobody else listens.',
  },
} as const satisfies Record<TrustDraft['kind'], { label: string; text: string }>;

/** Marks a trust that is weaker than verified TLS; `undefined` for the others. */
export const weakTrust = {
  public: undefined,
  authorities: undefined,
  pins: undefined,
  unverified: 'encrypted-not-verified',
  plain: 'connected-not-encrypted',
} as const satisfies Record<TrustDraft['kind'], string | undefined>;
