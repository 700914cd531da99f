/** One archive as apt's own configuration names it (sources.list(5)). */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A key ring's path, a fingerprint, or a whole key as the deb822 form allows; absent: apt's global keys. */
  readonly signedBy?: string;
}

/**
 * Reads the one-line form: `deb [option=value …] URI suite component …`. Disabled lines, sources of source
 * code and lines that are none of either are left out.
 */
export function parseListFile(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by\s*=\s*(\S+)/i.exec(options)?.[1];
    return [
      { uris: [uri], suites: [suite], components: splitWords(components), ...(signedBy ? { signedBy } : {}) },
    ];
  });
}

/** Reads the deb822 form: paragraphs of `Field: value`, a value going on over indented lines. */
export function parseSourcesFile(text: string): AptSource[] {
  const withoutComments = text.split('\n').filter((line) => !line.startsWith('#'));
  return withoutComments
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = parseFields(paragraph);
      const uris = splitWords(fields.get('uris'));
      const suites = splitWords(fields.get('suites'));
      const enabled = !/^(no|false|without|off|disable)$/i.test(fields.get('enabled') ?? 'yes');
      if (!enabled || !splitWords(fields.get('types')).includes('deb') || uris.length === 0) return [];
      const signedBy = fields.get('signed-by');
      return [
        {
          uris,
          suites,
          components: splitWords(fields.get('components')),
          ...(signedBy ? { signedBy } : {}),
        },
      ];
    });
}

/**
 * The deb822 text that adds `suite` (and its security updates) from where the machine gets its own Debian, or
 * `null` when none of its sources is a Debian archive.
 *
 * @param codename what the machine runs, as VERSION_CODENAME of os-release(5) names it.
 */
export function composeSuiteSources(
  sources: readonly AptSource[],
  codename: string,
  suite: string,
): string | null {
  const own = [codename, 'stable', 'testing', 'unstable', 'sid'];
  const main = findSource(sources, own);
  if (!main) return null;
  const security = findSource(
    sources,
    own.flatMap((name) => [`${name}-security`, `${name}/updates`]),
  );
  const paragraphs = [composeParagraph(main, suite)];
  if (security) paragraphs.push(composeParagraph(security, `${suite}-security`));
  return paragraphs.join('\n');
}

function findSource(sources: readonly AptSource[], suites: readonly string[]): AptSource | undefined {
  return sources.find(
    (source) =>
      source.components.includes('main') && source.suites.some((candidate) => suites.includes(candidate)),
  );
}

function composeParagraph(source: AptSource, suite: string): string {
  const lines = [
    'Types: deb',
    `URIs: ${source.uris.join(' ')}`,
    `Suites: ${suite}`,
    'Components: main',
    // The suite gets no more updates, so the date up to which its index promised to be fresh has passed.
    'Check-Valid-Until: no',
  ];
  if (source.signedBy) lines.push(`Signed-By:${/^\s/.test(source.signedBy) ? '' : ' '}${source.signedBy}`);
  return `${lines.join('\n')}\n`;
}

function parseFields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of paragraph.split('\n')) {
    const start = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line);
    if (start) {
      name = (start[1] ?? '').toLowerCase();
      fields.set(name, start[2] ?? '');
    } else if (name !== '' && /^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ''}\n${line}`);
    }
  }
  return fields;
}

function splitWords(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
