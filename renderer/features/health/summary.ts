import type { ClusterHealth, ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { countOf } from '../../app/figures.ts';
import { certificateStateOf, stateOfManager } from './managerState.ts';
import type { ManagerState } from './managerState.ts';
import { registryNotes } from './registryViews.ts';

/** The cluster in one line, and what else is worth a word. */
export interface Summary {
  readonly tone: 'well' | 'waiting' | 'attention' | 'bad';
  readonly title: string;
  readonly notes: readonly string[];
}

function headline(managers: readonly ManagerStatus[]): Pick<Summary, 'tone' | 'title'> {
  const states = managers.map(stateOfManager);
  const wanted = states.filter((state) => state !== 'disabled').length;
  const down = states.filter((state) => state === 'down').length;
  if (wanted === 0) return { tone: 'bad', title: 'All session managers are disabled' };
  if (down === wanted) {
    return {
      tone: 'bad',
      title:
        wanted === 1
          ? 'The session manager does not answer'
          : `None of the ${wanted} session managers answers`,
    };
  }
  if (down > 0)
    return {
      tone: 'bad',
      title: `${down} of ${wanted} session managers ${down === 1 ? 'does' : 'do'} not answer`,
    };
  if (states.includes('unknown'))
    return { tone: 'waiting', title: `Looking at ${countOf(wanted, 'session manager')}` };
  return {
    tone: 'well',
    title: wanted === 1 ? 'The session manager answers' : `All ${wanted} session managers answer`,
  };
}

/** What nobody can open a session through, and what happens next. */
function outageNotes(health: ClusterHealth): readonly string[] {
  const wanted = health.managers.filter((manager) => manager.intent !== 'disabled');
  if (wanted.length === 0) return ['Nothing can be opened until one is enabled in the settings.'];
  if (wanted.every((manager) => stateOfManager(manager) === 'down'))
    return ['New sessions wait, then fail, until one answers. Proxima keeps looking by itself.'];
  const without = health.groups.filter(({ groupId }) => {
    const own = wanted.filter((manager) => manager.groupIds.includes(groupId));
    return own.length > 0 && own.every((manager) => stateOfManager(manager) === 'down');
  });
  if (without.length > 3) return [`${without.length} groups have no manager left that answers.`];
  return without.map(({ name }) => `The group ${name} has no manager left that answers.`);
}

function certificateNotes({ managers, at }: ClusterHealth): readonly string[] {
  const inUse = managers
    .filter((manager) => manager.intent !== 'disabled')
    .map((manager) => ({ name: manager.name, state: certificateStateOf(manager.certificateNotAfter, at) }));
  return (['expired', 'soon'] as const).flatMap((kind) => {
    const [first, ...more] = inUse.filter(({ state }) => state?.kind === kind);
    if (first === undefined) return [];
    if (more.length === 0) return [`The certificate of ${first.name} ${first.state?.text}.`];
    const what = kind === 'expired' ? 'have expired' : 'expire within 30 days';
    return [`${more.length + 1} certificates ${what}.`];
  });
}

/** Tells how the cluster is. Without managers there is nothing to tell: ask before. */
export function tellSummary(health: ClusterHealth): Summary {
  const { managers, groups } = health;
  const count = (state: ManagerState) =>
    managers.filter((manager) => stateOfManager(manager) === state).length;
  const draining = count('draining');
  const disabled = count('disabled');
  const nearer = groups.filter((group) => group.nearer !== undefined);
  const warnings = [
    ...outageNotes(health),
    ...registryNotes(health.registry),
    ...certificateNotes(health),
    ...(nearer.length === 1 ? [`For the group ${nearer[0]?.name} another manager is clearly nearer.`] : []),
    ...(nearer.length > 1 ? [`For ${nearer.length} groups another manager is clearly nearer.`] : []),
  ];
  const { tone, title } = headline(managers);
  return {
    tone: tone === 'well' && warnings.length > 0 ? 'attention' : tone,
    title,
    notes: [
      ...warnings,
      ...(draining > 0 ? [`${draining} ${draining === 1 ? 'is' : 'are'} being drained.`] : []),
      ...(disabled > 0 && disabled < managers.length
        ? [`${disabled} ${disabled === 1 ? 'is' : 'are'} disabled.`]
        : []),
    ],
  };
}
