/** What is wrong with a file of settings, and where in it. */
export interface ImportProblem {
  /** The field in words, such as “Group “Plant 2” › managers”; `undefined` where it is the file as a whole. */
  readonly field: string | undefined;
  readonly problem: string;
}

const fieldNames: Readonly<Record<string, string>> = {
  managers: 'managers',
  groups: 'groups',
  version: 'version of the document',
  queueTimeoutMs: 'waiting time of the queue',
  managerIds: 'managers',
  fallbackGroupId: 'fallback',
  sessionLimit: 'session limit',
  serverName: 'server name',
  intent: 'state',
  vaultIds: 'vaults',
  selectors: 'rules',
  certificatesPem: 'certificates of the authorities',
  pools: 'pools',
  poolId: 'pool',
  endpoints: 'addresses',
  authoritiesPem: 'certificates of the authorities',
  clientCertificate: 'client certificate',
  leaseSeconds: 'lease',
};
const itemNames: Readonly<Record<string, string>> = {
  managers: 'manager',
  groups: 'group',
  selectors: 'rule',
  pools: 'pool',
};

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

function step(into: unknown, key: string): unknown {
  return typeof into === 'object' && into !== null ? Reflect.get(into, key) : undefined;
}

/** Follows a path such as `groups.1.managerIds` through the document; things that have a name are called by it. */
function nameField(path: readonly string[], document: unknown): string {
  const words: string[] = [];
  let at = document;
  for (let index = 0; index < path.length; index++) {
    const key = path[index] ?? '';
    at = step(at, key);
    const next = path[index + 1];
    const item = itemNames[key];
    if (item !== undefined && next !== undefined && /^\d+$/.test(next)) {
      index++;
      at = step(at, next);
      const name = step(at, 'name');
      words.push(
        typeof name === 'string' && name !== '' ? `${item} “${name}”` : `${item} ${Number(next) + 1}`,
      );
    } else if (/^\d+$/.test(key)) words.push(`entry ${Number(key) + 1}`);
    else words.push(fieldNames[key] ?? key);
  }
  const text = words.join(' › ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/**
 * Says what is wrong with imported settings. `detail` is that of an `input_invalid` failure: a path and a message; `text` is the file,
 * for the names of what the path leads to.
 */
export function tellImportProblem(detail: string | undefined, text: string): ImportProblem {
  const match = /^([\w.]*): (.*)$/s.exec(detail ?? '');
  if (match === null) {
    return {
      field: undefined,
      problem: sentence(detail ?? 'it is not a file of settings'),
    };
  }
  const [, path = '', message = ''] = match;
  if (path === 'text') return { field: undefined, problem: 'The file is too large for settings.' };
  if (path === '') return { field: undefined, problem: sentence(message) };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  return { field: nameField(path.split('.'), document), problem: sentence(message) };
}
