import { Select as BaseSelect } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { use } from 'react';
import type { ReactNode } from 'react';
import { Field } from './Field.tsx';
import type { FieldProps } from './Field.tsx';
import fieldStyles from './Field.module.css';
import popupStyles from './Menu.module.css';
import { PopupParentContext } from './popupParent.ts';
import styles from './Select.module.css';

interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly icon?: ReactNode;
  /** Set off by a line above: an action among the values. */
  readonly apart?: boolean;
}

/** One of a few values. */
export function Select({
  value,
  onChange,
  options,
  ...field
}: FieldProps & { value: string; onChange: (value: string) => void; options: readonly SelectOption[] }) {
  return (
    <Field {...field}>
      <BaseSelect.Root
        items={options}
        value={value}
        onValueChange={(next) => {
          if (next !== null) onChange(next);
        }}
      >
        <BaseSelect.Trigger className={`${fieldStyles.control} ${styles.trigger}`}>
          <BaseSelect.Value className={styles.value}>
            {(chosen: string) => {
              const option = options.find((candidate) => candidate.value === chosen);
              return (
                <>
                  {option?.icon}
                  {option?.label ?? chosen}
                </>
              );
            }}
          </BaseSelect.Value>
          <BaseSelect.Icon className={styles.icon}>
            <ChevronsUpDown aria-hidden="true" />
          </BaseSelect.Icon>
        </BaseSelect.Trigger>
        <BaseSelect.Portal container={use(PopupParentContext)}>
          <BaseSelect.Positioner
            className={popupStyles.positioner}
            alignItemWithTrigger={false}
            sideOffset={4}
          >
            <BaseSelect.Popup className={`${popupStyles.popup} ${styles.popup}`}>
              <BaseSelect.List>
                {options.map((option) => (
                  <BaseSelect.Item
                    key={option.value}
                    value={option.value}
                    className={`${popupStyles.item} ${option.apart === true ? styles.apart : ''}`}
                  >
                    {option.icon}
                    <BaseSelect.ItemText className={styles.text}>{option.label}</BaseSelect.ItemText>
                    <BaseSelect.ItemIndicator className={styles.indicator}>
                      <Check aria-hidden="true" />
                    </BaseSelect.ItemIndicator>
                  </BaseSelect.Item>
                ))}
              </BaseSelect.List>
            </BaseSelect.Popup>
          </BaseSelect.Positioner>
        </BaseSelect.Portal>
      </BaseSelect.Root>
    </Field>
  );
}
