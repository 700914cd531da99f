/** What the chain of the audit log says, for people. */
export interface ChainWords {
  readonly isIntact: boolean;
  readonly mark: string;
  readonly means: string;
  /** What to do about it; `undefined` where nothing has to be done. */
  readonly next: string | undefined;
}

/** The words for the chain; `brokenAt` is the number of the first record that doesn't fit. */
export function describeChain(chain: { intact: boolean; brokenAt?: number | undefined }): ChainWords {
  if (chain.intact) {
    return {
      isIntact: true,
      mark: 'Intact',
      means:
        'Every record carries the fingerprint of the one before, and all of them fit: none was changed or taken out.',
      next: undefined,
    };
  }
  const { brokenAt } = chain;
  return {
    isIntact: false,
    mark: brokenAt === undefined ? 'Broken' : `Broken at record ${brokenAt}`,
    means:
      brokenAt === undefined
        ? 'The log does not fit together: it was changed outside of Proxima, or damaged on disk.'
        : `Record ${brokenAt} or the one before it was changed outside of Proxima, taken out, or damaged on disk. ` +
          (brokenAt > 1 ? 'The records before them fit together; ' : '') +
          'what comes later proves nothing by itself.',
    next:
      'Copy the data folder before anything else is written, run “proxima audit verify” on the copy, and compare it with your last ' +
      'backup. Sessions and settings go on as they are.',
  };
}
