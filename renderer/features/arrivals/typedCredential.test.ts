import { expect, it } from 'vitest';
import type { LinkProposal } from '../../../shared/model/linkProposal.ts';
import { checkCredential, credentialOf, emptyCredential } from './typedCredential.ts';

const proposal: LinkProposal = {
  id: 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11',
  source: 'ssh',
  name: 'web',
  address: 'web.example',
  port: 22,
  protocol: 'ssh',
  username: 'deploy',
  domain: '',
  groupName: 'Default',
  ignored: [],
};

it('is none where nothing was typed', () => {
  expect(credentialOf(proposal, emptyCredential(proposal))).toBeUndefined();
});

it('is what was typed, the proposed user included', () => {
  const typed = { ...emptyCredential(proposal), password: 'secret' };
  expect(credentialOf(proposal, typed)).toEqual({ username: 'deploy', domain: '', password: 'secret' });
  expect(credentialOf(proposal, { ...typed, username: 'root', password: '' })).toMatchObject({
    username: 'root',
  });
});

it('is refused where it is longer than any', () => {
  expect(checkCredential(emptyCredential(proposal))).toBeUndefined();
  expect(checkCredential({ ...emptyCredential(proposal), password: 'x'.repeat(1025) })).toBeDefined();
});
