import type { ManagerDraft, SettingsDraft } from '../../../app/settingsDraft.ts';
import { checkGroup, checkManager } from '../../../app/settingsDraft.ts';
import type { CheckSubject } from './managerChecks.ts';
import { subjectOf } from './managerChecks.ts';

/** guacd's own port. */
const usualPort = 4822;

export const newManager = (id: string): ManagerDraft => ({
  id,
  name: '',
  address: '',
  port: usualPort,
  serverName: '',
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
});

/** What a check of a manager of the draft looks at; `undefined` while the manager or its group can't be saved as it is. */
export function subjectInDraft(draft: SettingsDraft, managerId: string): CheckSubject | undefined {
  const typed = draft.managers.find(({ id }) => id === managerId);
  const manager = typed && checkManager(typed).value;
  const serving = draft.groups.find(({ managerIds }) => managerIds.includes(managerId));
  const group = serving && checkGroup(serving).value;
  if (manager === undefined || (serving !== undefined && group === undefined)) return undefined;
  return subjectOf(manager, group === undefined ? [] : [group]);
}
