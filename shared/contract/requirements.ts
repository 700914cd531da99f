import type { Right, Role } from '../model/access.ts';
import type { Contract } from './contract.ts';

/**
 * What a call demands of whoever calls: one of some roles, or a right on the vault that its input is about (its handler looks
 * that up, and filters what it tells). `anyone` is signed in, too; nobody else reaches the contract.
 */
export type Requirement = 'anyone' | readonly Role[] | { readonly right: Right };

const administrators = ['administrator'] as const;
/** Auditors see what administrators see. */
const overseers = ['administrator', 'auditor'] as const;

type Requirements = {
  readonly [Part in keyof Contract]: { readonly [Call in keyof Contract[Part]]: Requirement };
};

/** Every call of the contract, and who may make it. A call without its line here doesn't compile. */
export const requirements: Requirements = {
  app: { describe: 'anyone', dismissNotice: 'anyone' },
  hosts: {
    watch: { right: 'see' },
    read: { right: 'edit' },
    save: { right: 'edit' },
    duplicate: { right: 'edit' },
    setFavourite: { right: 'see' },
    remove: { right: 'edit' },
    undoRemove: { right: 'edit' },
  },
  vaults: { save: administrators, remove: administrators },
  sessions: { watch: 'anyone', open: { right: 'open' }, noteDrawn: 'anyone', close: 'anyone' },
  settings: {
    watch: overseers,
    save: administrators,
    history: overseers,
    readRevision: overseers,
    compare: overseers,
    exportText: overseers,
    readExport: administrators,
  },
  managers: { check: administrators, moveSession: 'anyone' },
  whatIf: { host: overseers, allHosts: overseers },
  certificates: {
    list: overseers,
    createAuthority: administrators,
    issue: administrators,
    renew: administrators,
    revoke: administrators,
    exportBundle: administrators,
    importFile: administrators,
    chooseClient: administrators,
  },
  localManager: { guacdOffer: administrators, adoptGuacd: administrators },
  health: { watch: overseers, probe: administrators },
  audit: { read: overseers },
  registry: {
    check: administrators,
    sessions: overseers,
    endSession: administrators,
    signOutUser: administrators,
    prepareCluster: administrators,
  },
  links: { watch: 'anyone', propose: 'anyone', accept: { right: 'open' }, dismiss: 'anyone' },
  recovery: { read: 'anyone', dismiss: 'anyone' },
  preferences: { watch: 'anyone', save: 'anyone' },
  updates: { watch: 'anyone', look: 'anyone', install: administrators },
  diagnostics: { read: overseers },
  people: {
    watchOwn: 'anyone',
    signOut: 'anyone',
    changePassword: 'anyone',
    beginSecondFactor: 'anyone',
    confirmSecondFactor: 'anyone',
    removeSecondFactor: 'anyone',
  },
  accounts: {
    watch: overseers,
    save: administrators,
    invite: administrators,
    resetSecondFactor: administrators,
    remove: administrators,
  },
  providers: { setSecret: administrators, check: administrators },
  farm: { watch: overseers, drain: administrators },
  takeover: { resume: 'anyone' },
};
