import type { Credential } from '../../../shared/model/host.ts';
import { credentialSchema } from '../../../shared/model/host.ts';
import type { LinkProposal } from '../../../shared/model/linkProposal.ts';

/** What is typed to sign in; lives in the dialog, and nowhere else. */
export interface TypedCredential {
  readonly username: string;
  readonly domain: string;
  readonly password: string;
}

export const emptyCredential = ({ username, domain }: LinkProposal): TypedCredential => ({
  username,
  domain,
  password: '',
});

export const checkCredential = (typed: TypedCredential): string | undefined =>
  credentialSchema.safeParse(typed).success ? undefined : 'That is too long to be one.';

/** The credential for the opening; nothing where nothing was typed: then the stored one is used, or the host asks. */
export function credentialOf(proposal: LinkProposal, typed: TypedCredential): Credential | undefined {
  const { username, domain, password } = typed;
  const isUntouched = password === '' && username === proposal.username && domain === proposal.domain;
  return isUntouched ? undefined : { username, domain, password };
}
