import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { settle, useClient } from '../../app/connection.ts';
import { LinkActionsContext } from '../../app/linkActions.ts';
import { useProposals } from '../../app/links.ts';
import { useShortcuts } from '../../app/shortcuts.ts';
import { showFailure } from '../../app/showFailure.ts';
import { showToast } from '../../ui/Toast.tsx';
import { GivenLinkDialog } from './GivenLinkDialog.tsx';
import { LinkDialog } from './LinkDialog.tsx';
import { encodeFile } from './encodeFile.ts';

const sentenceOf = (clause: string) => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

/** What can't be opened is told in passing, but not missed: it stays until it is dismissed. */
function tellRefusal(source: string, failure: Failure): void {
  const { what, safe, next } = describeFailure(failure);
  const why = failure.detail === undefined ? '' : sentenceOf(failure.detail);
  showToast({ title: what, text: [`“${source}”:`, why, safe, next].filter(Boolean).join(' '), stays: true });
}

/** Asks about the links and files that come, and for everything inside what brings more of them. */
export function Arrivals({ children }: { children: ReactNode }) {
  const client = useClient();
  const [asks, setAsks] = useState(false);
  const { proposals, settle: goOn } = useProposals(tellRefusal);
  const [proposal] = proposals;

  const actions = useMemo(
    () => ({
      askForLink: () => setAsks(true),
      takeFile: async (file: File) => {
        const encoded = await encodeFile(file);
        if (!encoded.ok) return tellRefusal(file.name, encoded.failure);
        const proposed = await settle(
          client.links.propose({ kind: 'file', name: file.name.slice(0, 255), contentBase64: encoded.value }),
        );
        if (!proposed.ok) showFailure(proposed.failure);
      },
    }),
    [client],
  );
  useShortcuts({ 'Mod+O': actions.askForLink });

  return (
    <LinkActionsContext
      value={{ askForLink: actions.askForLink, takeFile: (file) => void actions.takeFile(file) }}
    >
      {children}
      {asks && (
        <GivenLinkDialog
          onClose={() => setAsks(false)}
          onFile={(file) => {
            setAsks(false);
            void actions.takeFile(file);
          }}
        />
      )}
      {proposal !== undefined && (
        <LinkDialog
          key={proposal.id}
          proposal={proposal}
          waiting={proposals.length - 1}
          onDone={() => goOn(proposal.id)}
        />
      )}
    </LinkActionsContext>
  );
}
