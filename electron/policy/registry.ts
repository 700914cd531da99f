import { type PolicyField, policyFields } from './policyFields.ts';

/** One value as `reg.exe query` prints it. */
interface RegistryValue {
  readonly type: string;
  readonly data: string;
}

/**
 * The policy in the output of `reg.exe query KEY /s`: the fields of the schema as values of the key, those of its sections as values
 * of keys below it. `undefined` where there are no values. Names are compared as Windows does, without their case. What can't be
 * understood is kept as it is, so that whoever checks the policy can tell what is wrong.
 */
export function parseRegistryPolicy(output: string): Record<string, unknown> | undefined {
  const values = parseQuery(output);
  if (values.size === 0) return undefined;
  const policy: Record<string, unknown> = { version: 1 };
  for (const [place, value] of values) {
    const field = policyFields.find(({ path }) => path.join('\\').toLowerCase() === place.toLowerCase());
    const [section, name] = field?.path ?? splitPlace(place);
    const converted = field ? convert(value, field) : value.data;
    if (name === undefined) policy[section] = converted;
    else policy[section] = { ...(policy[section] as object | undefined), [name]: converted };
  }
  return policy;
}

function splitPlace(place: string): [string] | [string, string] {
  const [section = '', ...rest] = place.split('\\');
  return rest.length === 0 ? [section] : [section, rest.join('\\')];
}

/** By place below the queried key: `managedBy`, `restrictions\clipboard`. */
function parseQuery(output: string): Map<string, RegistryValue> {
  const values = new Map<string, RegistryValue>();
  let root: string | undefined;
  let below = '';
  let last: string | undefined;
  for (const line of output.split(/\r?\n/)) {
    const key = /^HKEY_[A-Z_]+\\.*$/.exec(line)?.[0];
    const value = /^ {4}(.+?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(line);
    if (key !== undefined) {
      root ??= key;
      below = key.slice(root.length + 1);
      last = undefined;
    } else if (value) {
      const [, name = '', type = '', data = ''] = value;
      last = below === '' ? name : `${below}\\${name}`;
      values.set(last, { type, data });
    } else if (last !== undefined && line !== '') {
      // A text with line breaks goes on in the next lines.
      const { type, data } = values.get(last)!;
      values.set(last, { type, data: `${data}\n${line}` });
    }
  }
  return values;
}

function convert({ type, data }: RegistryValue, { kind }: PolicyField): unknown {
  const isNumber = type === 'REG_DWORD' || type === 'REG_QWORD';
  // reg.exe writes the lines of a REG_MULTI_SZ with `\0` between them.
  const lines = data.split(type === 'REG_MULTI_SZ' ? '\\0' : '\n').filter((line) => line !== '');
  if (kind === 'boolean') return isNumber && Number(data) < 2 ? Number(data) === 1 : data;
  if (kind === 'number') return isNumber ? Number(data) : data;
  if (kind === 'texts') return lines;
  if (kind === 'text') return lines.join('\n');
  try {
    return JSON.parse(lines.join('\n'));
  } catch {
    return data;
  }
}
