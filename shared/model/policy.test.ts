import { format } from 'prettier';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { policySchema } from './policy.ts';

/** After a change of the schema: `npx vitest run --config build/vitest.config.ts shared/model/policy -u`. */
it('is published as it is', async () => {
  const schema = {
    title: 'Machine-wide policy of Proxima',
    ...z.toJSONSchema(policySchema, { io: 'input' }),
  };
  const text = await format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot('../../docs/policy.schema.json');
});
