import type { SettingsDraft } from '../../../app/settingsDraft.ts';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';

/** The groups that a manager serves. */
export function GroupChoices(props: {
  draft: SettingsDraft;
  groupIds: readonly string[];
  disabled?: boolean;
  onChange: (groupIds: readonly string[]) => void;
}) {
  const { draft, groupIds, onChange } = props;
  const disabled = props.disabled ?? false;
  return (
    <Fieldset
      title="Groups that it serves"
      text={groupIds.length === 0 ? 'Without a group it gets no sessions.' : undefined}
      disabled={disabled}
    >
      <div>
        {draft.groups.map(({ id, name }) => (
          <Checkbox
            key={id}
            label={name}
            disabled={disabled}
            checked={groupIds.includes(id)}
            onChange={(serves) =>
              onChange(serves ? [...groupIds, id] : groupIds.filter((other) => other !== id))
            }
          />
        ))}
      </div>
    </Fieldset>
  );
}
