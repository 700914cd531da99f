import { createContext, use, useMemo, useState } from 'react';
import type { Settings } from '../../../../shared/model/settings.ts';
import type { WhatIf, WhatIfReport } from '../../../../shared/model/whatIf.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { checkDraft } from '../../../app/settingsDraft.ts';
import { useLatestAnswer } from './useLatestAnswer.ts';
import type { LatestAnswer } from './useLatestAnswer.ts';

/** What is imagined of a manager, whatever its health is. */
export type Imagined = 'as-is' | 'draining' | 'down';

/** What saving the draft would do, as far as it is known. */
export interface WhatIfState {
  /** What is asked about: the draft, or what it was before something in it became wrong. */
  readonly question: WhatIf;
  readonly report: LatestAnswer<WhatIfReport>;
  readonly changes: LatestAnswer<readonly string[]>;
  readonly imagined: ReadonlyMap<string, Imagined>;
  imagine(managerId: string, imagined: Imagined): void;
}

const WhatIfContext = createContext<WhatIfState | undefined>(undefined);
export const WhatIfProvider = WhatIfContext.Provider;

/** Throws outside of the provider: a mistake in the wiring. */
export function useWhatIf(): WhatIfState {
  const state = use(WhatIfContext);
  if (state === undefined) throw new Error('no what-if was provided');
  return state;
}

/** Keeps asking what the draft would change. */
export function useWhatIfState({ draft, base, saved }: SettingsState): WhatIfState {
  const [imagined, setImagined] = useState<ReadonlyMap<string, Imagined>>(new Map());
  const settings = useLastValid(checkDraft(draft).settings, base.settings);
  const question = useMemo(() => {
    const known = settings.managers.map(({ id }) => id);
    const imaginedAs = (wanted: Imagined) => known.filter((id) => imagined.get(id) === wanted);
    return { settings, down: imaginedAs('down'), draining: imaginedAs('draining') };
  }, [settings, imagined]);
  const comparison = useMemo(() => ({ from: saved.settings, to: settings }), [saved.settings, settings]);

  const report = useLatestAnswer(question, (client, whatIf, signal) =>
    client.whatIf.allHosts({ whatIf }, { signal }),
  );
  const changes = useLatestAnswer(comparison, async (client, compared, signal) => {
    const answer = await client.settings.compare(compared, { signal });
    return answer.changes;
  });

  return {
    question,
    report,
    changes,
    imagined,
    imagine: (managerId, next) => setImagined(new Map(imagined).set(managerId, next)),
  };
}

function useLastValid(settings: Settings | undefined, first: Settings): Settings {
  const [last, setLast] = useState(settings ?? first);
  if (settings !== undefined && settings !== last) setLast(settings);
  return settings ?? last;
}
