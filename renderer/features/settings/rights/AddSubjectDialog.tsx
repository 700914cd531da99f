import { useState } from 'react';
import type { Subject } from '../../../../shared/model/access.ts';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { SubjectFields } from '../records/SubjectFields.tsx';
import { subjectOf } from '../records/subjectForm.ts';
import type { SubjectForm } from '../records/subjectForm.ts';

/** Somebody who is to get rights; which, is ticked in the table. */
export function AddSubjectDialog(props: { onClose: () => void; onAdd: (subject: Subject) => void }) {
  const [form, setForm] = useState<SubjectForm>({ kind: 'group', name: '' });
  const [isTried, setTried] = useState(false);
  const subject = subjectOf(form);
  return (
    <FormDialog
      title="Add a person or group"
      description="Then tick what they may do."
      submitLabel="Add"
      onSubmit={() => {
        setTried(true);
        if (subject !== undefined) props.onAdd(subject);
      }}
      onClose={props.onClose}
    >
      <SubjectFields form={form} kinds={['group', 'person']} isTried={isTried} onChange={setForm} />
    </FormDialog>
  );
}
