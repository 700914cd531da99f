const longestPath = 4_096;

/**
 * An absolute path without `.`, `..`, backslashes and empty parts, as guacd makes it of what clients name
 * (`guac_common_ssh_sftp_normalize_path`); `..` stops at the root. `undefined` for what isn't an absolute path.
 */
export function normalizePath(path: string): string | undefined {
  if (!/^[\\/]/.test(path) || path.length > longestPath || path.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of path.split(/[\\/]/)) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A file in a folder; `undefined` for what isn't the name of one. */
export function joinPath(folder: string, name: string): string | undefined {
  if (name === '' || name === '.' || name === '..' || /[\\/\0]/.test(name)) return undefined;
  return normalizePath(`${folder}/${name}`);
}
