/** Links that Proxima opens. Its own it owns; the rest it offers to open, and only once a person has chosen it for them. */
export const ownScheme = 'proxima';
export const optInSchemes = ['ssh', 'rdp', 'vnc', 'telnet'] as const;

/** A kind of file, as each system wants it described. */
export interface FileType {
  readonly extension: string;
  readonly name: string;
  readonly mimeType: string;
  /** Whether installing makes Proxima the app for it. Of others' files it's one app among others. */
  readonly isOwn: boolean;
}

export const fileTypes: readonly FileType[] = [
  { extension: 'proxima', name: 'Proxima host', mimeType: 'application/x-proxima', isOwn: true },
  { extension: 'rdp', name: 'Remote Desktop connection', mimeType: 'application/x-rdp', isOwn: false },
];
