import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { composeConfiguration, readMaker } from './electronBuilder.config.ts';

it('looks for updates only where a feed is given, and only over HTTPS', () => {
  expect(composeConfiguration('linux', {}).publish).toBeNull();
  expect(composeConfiguration('linux', { PROXIMA_UPDATE_FEED: 'https://updates.example/' }).publish).toEqual({
    provider: 'generic',
    url: 'https://updates.example/',
    channel: 'latest',
  });
  for (const url of ['http://updates.example/', 'file:///etc', 'nonsense'])
    expect(() => composeConfiguration('linux', { PROXIMA_UPDATE_FEED: url })).toThrow('https://');
});

it('signs and notarises a Mac’s app where it’s given what to, and never half', () => {
  const mac = (environment: Record<string, string>) => composeConfiguration('darwin', environment).mac;
  expect(mac({})).toMatchObject({ identity: null, notarize: false, hardenedRuntime: true });
  expect(mac({ CSC_LINK: 'file' })).toMatchObject({ notarize: false });
  expect(mac({ CSC_LINK: 'file' })).not.toHaveProperty('identity');
  expect(mac({ CSC_LINK: 'file', APPLE_API_KEY: 'file' })).toMatchObject({ notarize: true });
  expect(mac({ APPLE_API_KEY: 'file' })).toMatchObject({ notarize: false });
});

it('turns every fuse the safe way', () => {
  expect(composeConfiguration('win32', {}).electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
    resetAdHocDarwinSignature: process.platform === 'darwin',
  });
});

it('names files that are there', () => {
  const { mac } = composeConfiguration('darwin', {});
  for (const file of [mac?.entitlements, mac?.entitlementsInherit])
    expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true);
});

it('takes the maintainer from the environment, whole', () => {
  const maker = readMaker({ PROXIMA_MAINTAINER: 'Desk Team <desk@corp.example>' });
  expect(maker).toMatchObject({ name: 'Desk Team', email: 'desk@corp.example' });
  expect(() => readMaker({ PROXIMA_MAINTAINER: 'desk@corp.example' })).toThrow('PROXIMA_MAINTAINER');
});
