import { NumberField as BaseNumberField } from '@base-ui/react/number-field';
import { Field } from './Field.tsx';
import type { FieldProps } from './Field.tsx';
import fieldStyles from './Field.module.css';

const plainDigits = { useGrouping: false, maximumFractionDigits: 0 } as const;

/** A whole number; arrow keys step it. `null` is an empty field. What is out of range stays, for the error to name it. */
export function NumberField({
  value,
  onChange,
  minimum,
  maximum,
  placeholder,
  ...field
}: FieldProps & {
  value: number | null;
  onChange: (value: number | null) => void;
  minimum: number;
  maximum: number;
  placeholder?: string | undefined;
}) {
  return (
    <Field {...field}>
      <BaseNumberField.Root
        value={value}
        onValueChange={onChange}
        min={minimum}
        max={maximum}
        allowOutOfRange
        format={plainDigits}
        locale="en"
      >
        <BaseNumberField.Input className={fieldStyles.control} placeholder={placeholder} />
      </BaseNumberField.Root>
    </Field>
  );
}
