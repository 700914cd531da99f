import type { Subject } from '../../../../shared/model/access.ts';
import { Segments } from '../../../ui/Segments.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { subjectOf } from './subjectForm.ts';
import type { SubjectForm } from './subjectForm.ts';

const labels: Readonly<Record<Subject['kind'], string>> = {
  everyone: 'Everyone',
  group: 'A group',
  person: 'A person',
};

/** Who is meant: everyone, a group or a person. */
export function SubjectFields(props: {
  form: SubjectForm;
  kinds: readonly Subject['kind'][];
  isTried: boolean;
  onChange: (form: SubjectForm) => void;
}) {
  const { form, onChange } = props;
  return (
    <>
      <div>
        <Segments
          label="Who"
          value={form.kind}
          onChange={(kind) => onChange({ ...form, kind })}
          options={props.kinds.map((kind) => ({ value: kind, label: labels[kind] }))}
        />
      </div>
      {form.kind !== 'everyone' && (
        <TextField
          label={form.kind === 'group' ? 'Name of the group' : 'Name of the person'}
          placeholder={form.kind === 'group' ? 'operations' : 'ada'}
          hint={
            form.kind === 'group'
              ? 'As in the accounts, or as the identity provider tells it.'
              : 'The name of the account; for others than local ones with the id of their provider, such as ada@office.'
          }
          error={
            props.isTried && subjectOf(form) === undefined
              ? 'Enter a name of up to 128 characters.'
              : undefined
          }
          value={form.name}
          onChange={(name) => onChange({ ...form, name })}
        />
      )}
    </>
  );
}
