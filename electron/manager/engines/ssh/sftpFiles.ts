import { posix } from 'node:path';
import type { Client, FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { fail, succeed, type Result } from '../../../../shared/contract/failure.ts';
import type { HostFiles } from '../stage.ts';
import { createSftpReader, createSftpWriter } from './sftpStreams.ts';
import { failureOfSftp, settleInTime } from './sftpRequest.ts';
import type { Traffic } from './traffic.ts';

export interface SftpFilesOptions {
  readonly client: Client;
  readonly hostname: string;
  /** What is offered as `/`. Links inside it are followed wherever they lead: the person has a shell there anyway. */
  readonly root: string;
  readonly allowsDownload: boolean;
  readonly allowsUpload: boolean;
  readonly traffic: Traffic;
  readonly stepTimeoutMs: number;
}

const mostEntries = 10_000;
const mostLinks = 1_000;
const longestName = 255;
const longestPath = 4_096;

/** The files of a host over SFTP (draft-ietf-secsh-filexfer-02), in a channel that is opened when they are first asked for. */
export function createSftpFiles(options: SftpFilesOptions): HostFiles {
  const { client, root, allowsDownload, allowsUpload, traffic, stepTimeoutMs } = options;
  const base = posix.normalize(`/${root}`);
  let opening: Promise<SFTPWrapper> | undefined;

  const request = <T>(start: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> => {
    traffic.count(longestPath);
    return settleInTime(stepTimeoutMs, start);
  };
  const openSftp = (): Promise<SFTPWrapper> => {
    const forget = () => (opening = undefined);
    opening ??= request<SFTPWrapper>((done) => client.sftp(done)).then((sftp) => {
      sftp.on('error', forget).on('end', forget).on('close', forget);
      return sftp;
    });
    opening.catch(forget);
    return opening;
  };
  /** Under the root, whatever the path says; `undefined` for what can't be one. */
  const locate = (path: string): string | undefined =>
    path.length > longestPath || path.includes('\0')
      ? undefined
      : posix.join(base, posix.normalize(`/${path}`));

  const within = async <T>(
    path: string,
    act: (sftp: SFTPWrapper, located: string) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const located = locate(path);
    if (located === undefined) return fail('request_rejected', 'the path is not valid');
    try {
      return await act(await openSftp(), located);
    } catch (error) {
      return failureOfSftp(error);
    }
  };
  const stat = (sftp: SFTPWrapper, path: string) => request<Stats>((done) => sftp.stat(path, done));

  const isFolder = async (sftp: SFTPWrapper, folder: string, entry: FileEntryWithStats): Promise<boolean> => {
    if (!entry.attrs.isSymbolicLink()) return entry.attrs.isDirectory();
    try {
      return (await stat(sftp, posix.join(folder, entry.filename))).isDirectory();
    } catch {
      return false;
    }
  };

  return {
    name: options.hostname,
    list: (path) =>
      within(path, async (sftp, folder) => {
        const handle = await request<Buffer>((done) => sftp.opendir(folder, done));
        const entries: FileEntryWithStats[] = [];
        try {
          // Those that are left out count as well, so that it ends at a host that has nothing else to say.
          for (let told = 0; told < mostEntries;) {
            const batch = await readFolder(sftp, handle);
            if (!batch || batch.length === 0) break;
            told += batch.length;
            entries.push(...batch.filter(({ filename }) => isPlainName(filename)));
          }
        } finally {
          sftp.close(handle, () => {});
        }
        const listed: { readonly name: string; readonly isFolder: boolean }[] = [];
        let links = 0;
        for (const entry of entries.slice(0, mostEntries)) {
          if (entry.attrs.isSymbolicLink()) links += 1;
          const isListedFolder = links <= mostLinks && (await isFolder(sftp, folder, entry));
          listed.push({ name: entry.filename, isFolder: isListedFolder });
        }
        return succeed(listed);
      }),
    read: (path) =>
      within(path, async (sftp, file) => {
        if (!allowsDownload) return fail('request_rejected', 'downloads are switched off');
        if ((await stat(sftp, file)).isDirectory()) return fail('request_rejected', 'that is a folder');
        const handle = await request<Buffer>((done) => sftp.open(file, 'r', done));
        return succeed(createSftpReader({ sftp, handle, traffic, timeoutMs: stepTimeoutMs }));
      }),
    write: (path) =>
      within(path, async (sftp, file) => {
        if (!allowsUpload) return fail('request_rejected', 'uploads are switched off');
        const handle = await request<Buffer>((done) => sftp.open(file, 'w', done));
        return succeed(createSftpWriter({ sftp, handle, traffic, timeoutMs: stepTimeoutMs }));
      }),
    async dropFolder() {
      if (!allowsUpload) return undefined;
      const home = await within('/', async (sftp) => {
        // Undefined where the host's answer ends within the name.
        return succeed((await request<string | undefined>((done) => sftp.realpath('.', done))) ?? '/');
      });
      if (!home.ok) return undefined;
      const relative = posix.relative(base, posix.normalize(home.value));
      return relative === '..' || relative.startsWith('../') ? '/' : `/${relative}`;
    },
  };

  /** The next entries of a folder; `undefined` at its end. */
  async function readFolder(sftp: SFTPWrapper, handle: Buffer): Promise<FileEntryWithStats[] | undefined> {
    try {
      return await request<FileEntryWithStats[]>((done) => sftp.readdir(handle, done));
    } catch (error) {
      if (isEndOfFile(error)) return undefined;
      throw error;
    }
  }
}

const isPlainName = (name: string) =>
  name !== '.' && name !== '..' && name.length <= longestName && !/[/\p{Cc}]/u.test(name);

/** SSH_FX_EOF. */
const isEndOfFile = (error: unknown) => error instanceof Error && (error as { code?: unknown }).code === 1;
