import { describe, expect, it } from 'vitest';
import { composeSuiteSources, parseListFile, parseSourcesFile } from './aptSources.ts';

const deb822 = `# Comment
Types: deb deb-src
# URIs: http://old.invalid/debian
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;

describe('parseSourcesFile', () => {
  it('reads paragraphs, ignoring comments between their fields', () => {
    expect(parseSourcesFile(deb822)).toEqual([
      {
        uris: ['http://mirror.invalid/debian'],
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
      {
        uris: ['http://mirror.invalid/debian-security'],
        suites: ['bookworm-security'],
        components: ['main', 'contrib'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
    ]);
  });

  it('leaves out what is disabled, has no packages, or is no paragraph', () => {
    expect(parseSourcesFile('Enabled: no\nTypes: deb\nURIs: http://a.invalid\nSuites: sid\n')).toEqual([]);
    expect(parseSourcesFile('Types: deb-src\nURIs: http://a.invalid\nSuites: sid\n')).toEqual([]);
    expect(parseSourcesFile('\n\nnonsense\n')).toEqual([]);
  });
});

describe('parseListFile', () => {
  it('reads lines with and without options', () => {
    const text = [
      '# deb http://off.invalid/debian bookworm main',
      'deb-src http://mirror.invalid/debian bookworm main',
      'deb http://mirror.invalid/debian bookworm main contrib # trailing',
      'deb [arch=amd64 signed-by=/etc/apt/keyrings/own.gpg] https://mirror.invalid/security bookworm-security main',
    ].join('\n');
    expect(parseListFile(text)).toEqual([
      { uris: ['http://mirror.invalid/debian'], suites: ['bookworm'], components: ['main', 'contrib'] },
      {
        uris: ['https://mirror.invalid/security'],
        suites: ['bookworm-security'],
        components: ['main'],
        signedBy: '/etc/apt/keyrings/own.gpg',
      },
    ]);
  });
});

describe('composeSuiteSources', () => {
  it('takes addresses and keys of both archives', () => {
    const text = composeSuiteSources(parseSourcesFile(deb822), 'bookworm', 'bullseye');
    expect(parseSourcesFile(text ?? '')).toEqual([
      {
        uris: ['http://mirror.invalid/debian'],
        suites: ['bullseye'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
      {
        uris: ['http://mirror.invalid/debian-security'],
        suites: ['bullseye-security'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
    ]);
  });

  it('keeps a key that is written into the source, and does without keys and security updates', () => {
    const inline =
      'Types: deb\nURIs: http://m.invalid/d\nSuites: sid\nComponents: main\nSigned-By:\n KEY\n .\n END\n';
    expect(composeSuiteSources(parseSourcesFile(inline), 'forky', 'bullseye')).toContain(
      'Signed-By:\n KEY\n .\n END\n',
    );
    const bare = composeSuiteSources(
      parseListFile('deb http://m.invalid/d bookworm main'),
      'bookworm',
      'bullseye',
    );
    expect(bare).not.toContain('Signed-By');
    expect(bare).not.toContain('security');
  });

  it('takes no archive that is not of Debian itself', () => {
    const other = parseListFile('deb https://vendor.invalid/apt nodistro main');
    expect(composeSuiteSources(other, 'bookworm', 'bullseye')).toBeNull();
  });
});
