import { subjectSchema } from '../../../../shared/model/access.ts';
import type { Subject } from '../../../../shared/model/access.ts';

/** Somebody as they are typed. */
export interface SubjectForm {
  readonly kind: Subject['kind'];
  readonly name: string;
}

/** Who is meant; `undefined` while the name is none. */
export const subjectOf = ({ kind, name }: SubjectForm): Subject | undefined =>
  subjectSchema.safeParse(kind === 'everyone' ? { kind } : { kind, name }).data;
