import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeGateway, layOutGateway } from './gatewayPackage.ts';
import { type Examination, expectNone, expectSame, NotHere } from './outcome.ts';
import { startAndUse } from './gatewayUse.ts';
import { makeDeb, makeRpm, type SystemPackage } from './systemPackage.ts';

/** The product's own version sorts after it; and what a check that was killed left behind is known by it. */
const versionOfCheck = '0.0.1~check';
const packageName = 'proxima-gateway';
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** systemd-analyze(1) rates from 0, confined, to 10, free; “OK” begins below 5. */
const wantedExposure = 2;

const installedPaths = [
  '/usr/lib/proxima-gateway',
  '/usr/share/doc/proxima-gateway',
  '/usr/bin/proxima-headless',
];
const statePaths = [
  '/etc/proxima/gateway.conf',
  '/etc/proxima/gateway.key',
  '/var/lib/proxima',
  '/var/lib/private/proxima',
  '/run/proxima',
];

export interface GatewayPackages {
  readonly tree: string;
  readonly deb: string;
}

/** The package of the headless programs: made, examined, installed for real, used, and removed without a trace. */
export async function examineGateway(
  root: string,
  folder: string,
  examination: Examination,
): Promise<GatewayPackages> {
  const { check } = examination;
  const tree = join(folder, 'tree');
  const deb = join(folder, 'proxima-gateway.deb');
  const unitOf = (name: string) => join(tree, `usr/lib/systemd/system/${name}.service`);
  const hasNode = hasNodePackage();
  const about = (kind: 'deb' | 'rpm'): SystemPackage => describeGateway(kind, tree, versionOfCheck);

  await check('gateway: deb', () => {
    layOutGateway({ root, tree, version: versionOfCheck });
    expectSame('what it depends on', about('deb').depends, ['libc6', 'libstdc++6', 'nodejs (>= 20.19)']);
    expectNone(
      'in it',
      listFiles(tree).filter((path) => /\.(map|ts)$|main\.js|preload/.test(path)),
    );
    // Where the system's own Node is too old, the package takes one along.
    if (!hasNode) layOutGateway({ root, tree, version: versionOfCheck, node: process.execPath });
    makeDeb(about('deb'), tree, deb, 'none');
    return `${listFiles(tree).length} files; ${hasNode ? 'depends on nodejs' : 'takes Node along'}`;
  });
  await check('gateway: rpm', () => {
    if (!existsSync('/usr/bin/rpmbuild'))
      throw new NotHere('rpmbuild isn’t on this machine (Debian: apt-get install rpm)');
    const file = join(folder, 'proxima-gateway.rpm');
    makeRpm({ ...about('rpm'), version: '0.0.1' }, tree, file);
    const edited = execFileSync('rpm', ['-qpc', file], { encoding: 'utf8' }).trim();
    expectSame('what administrators edit', edited, '/etc/proxima/gateway.conf');
    return (
      execFileSync('rpm', ['-qp', '--requires', file], { encoding: 'utf8' })
        .split('\n')
        .find((line) => line.startsWith('nodejs')) ?? 'takes Node along'
    );
  });
  await check('gateway: unit is sound and confined', () => examineUnit(unitOf('proxima-gateway')));
  await check('manager: unit is sound and confined', () => examineUnit(unitOf('proxima-manager')));
  await check('gateway: container without privileges', () => examineContainerFile(root));
  await check('gateway: installed, started, used, removed', () => installAndUse(deb));
  return { tree, deb };
}

function hasNodePackage(): boolean {
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status} ${Version}', 'nodejs'], {
    encoding: 'utf8',
  });
  const version = /^install ok installed (\S+)$/.exec(stdout ?? '')?.[1];
  if (status !== 0 || version === undefined) return false;
  return spawnSync('dpkg', ['--compare-versions', version, 'ge', '20.19']).status === 0;
}

function examineUnit(unit: string): string {
  const analyze = '/usr/bin/systemd-analyze';
  if (!existsSync(analyze)) throw new NotHere('systemd isn’t on this machine');
  const security = spawnSync(analyze, ['security', '--offline=yes', '--no-pager', unit], {
    encoding: 'utf8',
  });
  const exposure = /Overall exposure level for \S+: ([\d.]+)/.exec(security.stdout)?.[1];
  if (exposure === undefined)
    throw new NotHere(`systemd-analyze says nothing about it: ${security.stderr.trim()}`);
  if (Number(exposure) > wantedExposure)
    throw new Error(`its exposure is ${exposure}, above ${wantedExposure}`);
  // Its program isn't installed yet, and neither is its manual page.
  const verify = spawnSync(analyze, ['verify', '--man=no', unit], { encoding: 'utf8' });
  const complaints = verify.stderr
    .split('\n')
    .filter((line) => /proxima-(gateway|manager)/.test(line) && !line.includes('is not executable'));
  expectNone('systemd-analyze verify', complaints);
  return `exposure ${exposure} of 10`;
}

function examineContainerFile(root: string): string {
  const text = readFileSync(join(root, 'build/packaging/gateway/Containerfile'), 'utf8');
  const last = (instruction: string) =>
    [...text.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].at(-1)?.[1];
  expectSame('its user', last('USER'), 'node');
  if (!/^FROM \S+\/node:\d+\.\d+-/.test(text.replaceAll(/^#.*\n/gm, '').trim()))
    throw new Error('it doesn’t name a version of Node');
  const health = /^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text)?.[1];
  if (health === undefined) throw new Error('it has no health check');
  expectSame('its health check', JSON.parse(health), ['node', '/usr/lib/proxima-gateway/healthCheck.cjs']);
  const entry = JSON.parse(last('ENTRYPOINT') ?? 'null') as string[];
  expectSame('its entry', entry.slice(0, 2), ['/usr/bin/proxima-headless', 'gateway']);
  return 'not root, with a health check; not built here, which needs a container runtime';
}

/** Leaves the machine as it was, whatever happens in between; where this process is killed, the next check does so. */
async function installAndUse(deb: string): Promise<string> {
  if (process.getuid?.() !== 0) throw new NotHere('installing needs root');
  if (!existsSync('/usr/bin/dpkg')) throw new NotHere('this isn’t Debian');
  const installed = installedVersion();
  if (installed !== undefined && installed !== versionOfCheck)
    throw new NotHere(`this machine has a ${packageName} of its own`);
  if (installed !== undefined) runDpkg('--purge', packageName);
  const present = [...installedPaths, ...statePaths].filter((path) => existsSync(path));
  if (present.length > 0) throw new NotHere(`this machine has ${present.join(', ')} already`);
  const before = listTraces();
  const cleanUp = () => {
    if (installedVersion() !== undefined) runDpkg('--purge', packageName);
    for (const path of statePaths) rmSync(path, { recursive: true, force: true });
  };
  const interrupt = () => process.exit(130);
  for (const signal of endingSignals) process.once(signal, interrupt);
  process.once('exit', cleanUp);
  try {
    runDpkg('--install', deb);
    expectNone(
      'not installed',
      installedPaths.filter((path) => !existsSync(path)),
    );
    const used = await startAndUse();
    runDpkg('--remove', packageName);
    expectNone(
      'left by remove',
      installedPaths.filter((path) => existsSync(path)),
    );
    if (!existsSync('/etc/proxima/gateway.key')) throw new Error('remove took the key away');
    return `${used}; purged without a trace`;
  } finally {
    if (installedVersion() !== undefined) runDpkg('--purge', packageName);
    const left = listTraces().filter((path) => !before.includes(path));
    cleanUp();
    process.off('exit', cleanUp);
    for (const signal of endingSignals) process.off(signal, interrupt);
    expectNone('left by purge', left);
  }
}

function installedVersion(): string | undefined {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status} ${Version}', packageName], {
    encoding: 'utf8',
  });
  return / (?:installed|config-files|half-configured|unpacked|half-installed) (\S*)$/.exec(stdout ?? '')?.[1];
}

/** Another apt may hold dpkg's lock for a while. */
function runDpkg(...args: readonly string[]): void {
  const words = ['--wait', '60', '/var/lib/dpkg/lock-frontend', 'dpkg', ...args];
  const { status, stderr } = spawnSync('flock', words, {
    encoding: 'utf8',
    env: { ...process.env, DPKG_FRONTEND_LOCKED: '1', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`dpkg ${args.join(' ')} failed: ${stderr.trim()}`);
}

/** Everything of this name on the machine where packages and services leave things. */
function listTraces(): string[] {
  const folders = [
    '/etc',
    '/etc/proxima',
    '/etc/systemd/system',
    '/etc/systemd/system/multi-user.target.wants',
    '/run',
    '/usr/bin',
    '/usr/lib',
    '/usr/lib/systemd/system',
    '/usr/lib/tmpfiles.d',
    '/usr/share/doc',
    '/usr/share/man/man8',
    '/var/lib',
    '/var/lib/dpkg/info',
    '/var/lib/private',
  ];
  return folders.flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.startsWith('proxima'))
      .map((name) => join(folder, name)),
  );
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
