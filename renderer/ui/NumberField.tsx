import { NumberField as BaseNumberField } from '@base-ui/react/number-field';
import { Field } from './Field.tsx';
import type { FieldProps } from './Field.tsx';
import fieldStyles from './Field.module.css';

/** A number, whole unless `decimals` are allowed; arrow keys step it. `null` is an empty field. What is out of range stays, for the error to name it. */
export function NumberField({
  value,
  onChange,
  minimum,
  maximum,
  decimals = 0,
  placeholder,
  ...field
}: FieldProps & {
  value: number | null;
  onChange: (value: number | null) => void;
  minimum: number;
  maximum: number;
  /** Most digits after the point. */
  decimals?: number;
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
        format={{ useGrouping: false, maximumFractionDigits: decimals }}
        locale="en"
      >
        <BaseNumberField.Input className={fieldStyles.control} placeholder={placeholder} />
      </BaseNumberField.Root>
    </Field>
  );
}
