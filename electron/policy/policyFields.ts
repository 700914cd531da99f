import { z } from 'zod';
import { policySchema } from '../../shared/model/policy.ts';

/** One field of the policy, as places that know no JSON have to spell it. */
export interface PolicyField {
  /** `['managedBy']`, `['restrictions', 'clipboard']`. */
  readonly path: readonly [string] | readonly [section: string, name: string];
  readonly kind: 'boolean' | 'number' | 'text' | 'texts' | 'json';
  /** The only values that it takes, where there are few. */
  readonly choices?: readonly (string | number | boolean)[];
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean)[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Every field of the policy's schema, in its order. */
export const policyFields: readonly PolicyField[] = listFields();

function listFields(): PolicyField[] {
  const schema = z.toJSONSchema(policySchema, { io: 'input' }) as JsonSchema;
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== '$schema')
    .flatMap(([name, field]) =>
      field.properties
        ? Object.entries(field.properties).map(([inner, each]) => describeField([name, inner], each))
        : [describeField([name], field)],
    );
}

function describeField(path: PolicyField['path'], schema: JsonSchema): PolicyField {
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  return { path, kind: kindOf(schema), ...(choices && { choices }) };
}

function kindOf({ type, items }: JsonSchema): PolicyField['kind'] {
  if (type === 'boolean') return 'boolean';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return items?.type === 'string' ? 'texts' : 'json';
  if (type === 'object') return 'json';
  return 'text';
}
