import { expect, it } from 'vitest';
import { findGuacdWay, type Machine, thisMachine } from './guacdOffer.ts';

const candidates = (candidate: string) =>
  ['guacd', 'libguac-client-rdp0']
    .map((name) => `${name}:\n  Installed: (none)\n  Candidate: ${candidate}\n`)
    .join('');

/** A machine with these programs; each answers with its output and code 0. */
function machineWith(programs: Record<string, string>, more: Partial<Machine> = {}): Machine {
  return {
    platform: 'linux',
    isRoot: false,
    hasDisplay: true,
    run: async (program) =>
      Object.hasOwn(programs, program) ? { code: 0, output: programs[program] ?? '' } : { output: '' },
    ...more,
  };
}

it('offers packages where the system has them', async () => {
  const apt = { 'apt-cache': candidates('1.3.0-1'), pkexec: 'pkexec version 0.105' };
  const way = await findGuacdWay(machineWith(apt));
  expect(way).toMatchObject({ means: 'debian-package', canRun: true });
  expect(way.command).toBe('sudo apt-get install --no-install-recommends guacd libguac-client-rdp0');
  expect(way.run.slice(0, 3)).toEqual(['pkexec', 'apt-get', 'install']);
  const asRoot = await findGuacdWay(machineWith(apt, { isRoot: true, hasDisplay: false }));
  expect(asRoot.canRun).toBe(true);
  expect(asRoot.run[0]).toBe('apt-get');
});

it('offers packages, but does not install them, where nobody can be asked for a password', async () => {
  const apt = { 'apt-cache': candidates('1.3.0-1'), pkexec: '' };
  expect(await findGuacdWay(machineWith(apt, { hasDisplay: false }))).toMatchObject({
    means: 'debian-package',
    canRun: false,
  });
  expect(await findGuacdWay(machineWith({ 'apt-cache': candidates('1.3.0-1') }))).toMatchObject({
    canRun: false,
  });
});

it('offers a container where there are no packages, as Debian 12 has none', async () => {
  for (const output of [candidates('(none)'), '']) {
    expect(await findGuacdWay(machineWith({ 'apt-cache': output, podman: 'host:' }))).toMatchObject({
      means: 'container',
      canRun: true,
      command: expect.stringMatching(/^podman run .*127\.0\.0\.1:4822:4822/),
    });
  }
  expect(await findGuacdWay(machineWith({}))).toMatchObject({ means: 'container', canRun: false });
});

it('offers Homebrew on macOS, and a container on Windows', async () => {
  const brew = { brew: 'guacamole-server: stable 1.6.0' };
  expect(await findGuacdWay(machineWith(brew, { platform: 'darwin' }))).toMatchObject({
    means: 'homebrew',
    command: 'brew install guacamole-server',
    canRun: true,
  });
  expect(await findGuacdWay(machineWith(brew, { platform: 'win32' }))).toMatchObject({ means: 'container' });
});

it('asks real programs, within their time', async () => {
  expect(await thisMachine.run('node', ['-e', 'console.log(1); process.exit(3)'], 5_000)).toEqual({
    code: 3,
    output: '1\n',
  });
  expect(await thisMachine.run('no-such-program', [], 5_000)).toEqual({ output: '' });
  expect(await thisMachine.run('node', ['-e', 'setTimeout(() => {}, 60000)'], 100)).toEqual({ output: '' });
});
