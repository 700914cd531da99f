import { describe, expect, it } from 'vitest';
import { policyFields } from '../../electron/policy/policyFields.ts';
import { parseRegistryPolicy } from '../../electron/policy/registry.ts';
import { policySchema } from '../../shared/model/policy.ts';
import { composeConfiguration } from '../electronBuilder.config.ts';
import { composeAdml, composeAdmx, composeExample, composeProfile } from './templates.ts';
import { fieldTexts } from './texts.ts';

/** The elements in their order; throws where they aren't nested as they should be. */
function readElements(xml: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const elements: ReturnType<typeof readElements> = [];
  const open: string[] = [];
  const tokens = xml.replace(/<\?.*?\?>|<!--.*?-->|<!DOCTYPE.*?>/gs, '').match(/<[^>]*>|[^<]+/g) ?? [];
  for (const token of tokens) {
    const match =
      /^<(\/?)([A-Za-z]+)((?: [A-Za-z:]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*) ?(\/?)>$/.exec(token);
    if (!token.startsWith('<')) {
      if (/&(?!(?:amp|lt|gt|quot);)/.test(token)) throw new Error(`not escaped: ${token}`);
      const last = elements.at(-1);
      if (last && open.length > 0 && token.trim() !== '') last.text = token;
      continue;
    }
    if (!match) throw new Error(`no tag: ${token}`);
    const [, closing, name = '', attributes = '', empty] = match;
    if (closing) {
      const expected = open.pop();
      if (expected !== name) throw new Error(`${name} closes ${expected}`);
      continue;
    }
    const pairs = [...attributes.matchAll(/ ([A-Za-z:]+)="([^"]*)"/g)].map(
      ([, key = '', value = '']) => [key, value] as const,
    );
    elements.push({ name, attributes: Object.fromEntries(pairs), text: '' });
    if (!empty) open.push(name);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  return elements;
}

/** After a change of the schema or its texts: `npx vitest run --config build/vitest.config.ts build/policy -u`. */
it('is published as it is', async () => {
  await expect(composeAdmx()).toMatchFileSnapshot('../../docs/policy/proxima.admx');
  await expect(composeAdml()).toMatchFileSnapshot('../../docs/policy/en-US/proxima.adml');
  await expect(composeProfile()).toMatchFileSnapshot('../../docs/policy/proxima.mobileconfig');
});

it('says something of every field, and of none that there is not', () => {
  expect(Object.keys(fieldTexts).toSorted()).toEqual(
    policyFields.map(({ path }) => path.join('.')).toSorted(),
  );
});

describe('the template of Windows', () => {
  const template = readElements(composeAdmx());

  it('has every field where the registry is read', () => {
    const policies = template.filter(({ name }) => name === 'policy');
    const elements = ['text', 'decimal', 'enum', 'multiText'];
    const names = template.flatMap(({ name, attributes }) =>
      (name === 'policy' || elements.includes(name)) && attributes['valueName'] !== undefined
        ? [attributes['valueName']]
        : [],
    );
    expect(names).toEqual(policyFields.map(({ path }) => path.at(-1)));
    expect(policies.map(({ attributes }) => attributes['key'])).toEqual(
      policyFields.map(({ path }) => ['Software\\Policies\\Proxima', ...path.slice(0, -1)].join('\\')),
    );
  });

  it('writes what is understood', () => {
    const data = { boolean: ['REG_DWORD', '0x0'], number: ['REG_DWORD', '0x1'], text: ['REG_SZ', ''] };
    const example = composeExample();
    const lines = policyFields.map(({ path, kind, choices }) => {
      const key = ['HKEY_LOCAL_MACHINE', 'Software', 'Policies', 'Proxima', ...path.slice(0, -1)].join('\\');
      const [section, name] = path;
      const value =
        name === undefined ? example[section] : (example[section] as Record<string, unknown>)[name];
      const text = choices?.[0] ?? value;
      const [type, printed] =
        kind === 'json'
          ? ['REG_MULTI_SZ', JSON.stringify(value, null, 1).replaceAll('\n', '\\0')]
          : kind === 'texts'
            ? ['REG_MULTI_SZ', (value as string[]).join('\\0')]
            : [data[kind][0], kind === 'text' ? String(text) : data[kind][1]];
      return `${key}\r\n    ${path.at(-1)}    ${type}    ${printed}\r\n`;
    });
    const policy = parseRegistryPolicy(
      `HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\r\n${lines.join('')}`,
    );
    expect(policySchema.safeParse(policy).error).toBeUndefined();
  });

  it('refers to texts and presentations that are there', () => {
    const texts = readElements(composeAdml());
    const idsOf = (wanted: string) =>
      texts.filter(({ name }) => name === wanted).map(({ attributes }) => attributes['id']);
    const known = new Set([
      ...idsOf('string').map((id) => `$(string.${id})`),
      ...idsOf('presentation').map((id) => `$(presentation.${id})`),
    ]);
    const references = template.flatMap(({ attributes }) =>
      Object.values(attributes).filter((value) => value.startsWith('$(')),
    );
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
    const elements = template.flatMap(({ attributes }) => attributes['id'] ?? []);
    expect(texts.flatMap(({ attributes }) => attributes['refId'] ?? []).toSorted()).toEqual(
      elements.toSorted(),
    );
  });
});

describe('the profile of macOS', () => {
  it('is a policy with every field, under the name of the app', () => {
    const elements = readElements(composeProfile());
    const keys = elements.filter(({ name }) => name === 'key').map(({ text }) => text);
    for (const { path } of policyFields) expect(keys).toContain(path.at(-1));
    expect(policySchema.safeParse(composeExample()).error).toBeUndefined();
    expect(elements.map(({ text }) => text)).toContain(composeConfiguration('darwin', {}).appId);
  });
});
