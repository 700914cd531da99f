import { expect, test } from 'vitest';
import { fail, failureOf, succeed } from '../../../../shared/contract/failure.ts';
import type { CreationPlan } from './certificatesForm.ts';
import { createAll, nothingCreated } from './createAll.ts';
import type { Created, Issuer } from './createAll.ts';

const order = (name: string) => ({
  kind: 'server' as const,
  name,
  dnsNames: [`${name}.example`],
  ipAddresses: [],
  lifetimeDays: 365,
});
const plan: CreationPlan = {
  authority: { kind: 'new', name: 'Proxima authority', lifetimeDays: 3650 },
  orders: [order('a'), order('b'), order('c')],
};

/** Issues the order's name as its serial; `refuses` once. */
function createIssuer(refuses?: string): Issuer & { readonly calls: string[] } {
  const calls: string[] = [];
  let refused = refuses;
  const answer = (name: string, serial: string) => {
    calls.push(name);
    if (refused !== name) return Promise.resolve(succeed({ serial }));
    refused = undefined;
    return Promise.resolve(fail('store_failed'));
  };
  return {
    calls,
    createAuthority: ({ name }) => answer(name, 'ca'),
    issue: ({ authority, request }) => answer(`${request.name} by ${authority}`, request.name),
  };
}

test('makes the authority first, then every certificate with it', async () => {
  const issuer = createIssuer();
  const steps: Created[] = [];
  expect(await createAll(issuer, plan, nothingCreated, (step) => steps.push(step))).toBeUndefined();
  expect(issuer.calls).toEqual(['Proxima authority', 'a by ca', 'b by ca', 'c by ca']);
  expect(steps.map(({ serials }) => serials.length)).toEqual([0, 1, 2, 3]);
  expect(steps.at(-1)).toEqual({ authority: 'ca', serials: ['a', 'b', 'c'] });
});

test('uses an authority that is there', async () => {
  const issuer = createIssuer();
  const existing: CreationPlan = { ...plan, authority: { kind: 'existing', serial: 'old' } };
  await createAll(issuer, existing, nothingCreated, () => undefined);
  expect(issuer.calls).toEqual(['a by old', 'b by old', 'c by old']);
});

test.each(['Proxima authority', 'b by ca'])(
  'stops where %s fails, and goes on from there without making anything twice',
  async (refuses) => {
    const issuer = createIssuer(refuses);
    let created = nothingCreated;
    const run = () => createAll(issuer, plan, created, (step) => (created = step));
    expect(await run()).toEqual(failureOf('store_failed'));
    const callsBefore = issuer.calls.length;
    expect(issuer.calls.at(-1)).toBe(refuses);
    expect(await run()).toBeUndefined();
    expect(issuer.calls[callsBefore]).toBe(refuses);
    expect(new Set(issuer.calls).size).toBe(issuer.calls.length - 1);
    expect(created).toEqual({ authority: 'ca', serials: ['a', 'b', 'c'] });
  },
);
