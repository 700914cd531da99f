import { useState } from 'react';
import type { Access, Role } from '../../../../shared/model/access.ts';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { Select } from '../../../ui/Select.tsx';
import { SubjectFields } from '../records/SubjectFields.tsx';
import { subjectOf } from '../records/subjectForm.ts';
import type { SubjectForm } from '../records/subjectForm.ts';

/** One rule: somebody, and the role that they get. */
export function AddRuleDialog(props: {
  onClose: () => void;
  onAdd: (rule: Access['roleRules'][number]) => void;
}) {
  const [form, setForm] = useState<SubjectForm>({ kind: 'group', name: '' });
  const [role, setRole] = useState<Role>('administrator');
  const [isTried, setTried] = useState(false);
  const subject = subjectOf(form);
  return (
    <FormDialog
      title="Add a rule"
      submitLabel="Add"
      onSubmit={() => {
        setTried(true);
        if (subject !== undefined) props.onAdd({ subject, role });
      }}
      onClose={props.onClose}
    >
      <SubjectFields form={form} kinds={['group', 'person']} isTried={isTried} onChange={setForm} />
      <Select
        label="Role"
        hint={
          role === 'administrator'
            ? 'Changes everything, and may do everything in every vault.'
            : 'Sees everything, and changes nothing.'
        }
        value={role}
        onChange={(next) => setRole(next as Role)}
        options={[
          { value: 'administrator', label: 'Administrator' },
          { value: 'auditor', label: 'Auditor' },
        ]}
      />
    </FormDialog>
  );
}
