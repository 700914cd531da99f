import { describe, expect, it } from 'vitest';
import { composeLbConfig } from './lbConfigCommand.ts';

const nodes = 'hosta=https://10.0.0.1:6443,hostb=https://[2001:db8::2]:6443';
const farm = ['--nodes', nodes, '--name', 'Proxima.example'];

describe('lb-config', () => {
  it.each(['apache', 'nginx', 'haproxy'])(
    'prints %s with both nodes, sticky, verified, the tunnel first',
    (product) => {
      const text = composeLbConfig([product, ...farm, '--node-authority', '/etc/ssl/nodes.pem']);
      for (const part of [
        '10.0.0.1:6443',
        '[2001:db8::2]:6443',
        '__Host-proxima',
        '/etc/ssl/nodes.pem',
        '/etc/ssl/proxima.pem',
      ])
        expect(text).toContain(part);
      expect(text).toContain('https://proxima.example');
      expect(text).not.toMatch(/RISK|undefined|NaN/);
      if (product !== 'haproxy')
        expect(text.indexOf('/websocket-tunnel')).toBeLessThan(text.search(/ProxyPass \/ |location \/ /));
    },
  );

  it.each(['apache', 'nginx', 'haproxy'])('names the risk where %s is not to verify the nodes', (product) => {
    const text = composeLbConfig([product, ...farm, '--accept-self-signed-nodes']);
    expect(text).toContain('# RISK: the nodes are not verified');
    expect(text).toMatch(/SSLProxyVerify none|proxy_ssl_verify off|verify none/);
    expect(text).not.toMatch(/SSLProxyVerify require|proxy_ssl_verify on|verify required/);
  });

  it.each(['apache', 'nginx', 'haproxy'])('speaks plain HTTP to plain nodes with %s', (product) => {
    const text = composeLbConfig([
      product,
      '--nodes',
      'hosta=http://127.0.0.1:6080',
      '--name',
      'proxima.example:8443',
    ]);
    expect(text).not.toMatch(/wss:|SSLProxy|proxy_ssl|verify/);
    expect(text).toContain('https://proxima.example:8443');
  });

  it('explains itself', () => {
    expect(composeLbConfig(['--help'])).toContain('--accept-self-signed-nodes');
  });

  it.each([
    [['iis', ...farm], 'takes one of apache, nginx, haproxy, not “iis”'],
    [['apache'], 'needs --nodes and --name'],
    [['apache', '--nodes', 'https://10.0.0.1:6443', '--name', 'a'], '--nodes takes ROUTE=URL'],
    [['apache', '--nodes', 'hosta=https://10.0.0.1', '--name', 'a'], '--nodes takes ROUTE=URL'],
    [['apache', '--nodes', 'a.b=https://10.0.0.1:1', '--name', 'a'], '--nodes takes ROUTE=URL'],
    [['apache', '--nodes', 'a=https://h:1,a=https://h:2', '--name', 'a'], 'a route twice'],
    [['apache', '--nodes', 'a=https://h:1,b=http://h:2', '--name', 'a'], 'all https or all http'],
    [['apache', '--nodes', 'a=https://h:70000', '--name', 'a'], 'no port in 70000'],
    [['apache', '--nodes', nodes, '--name', 'a b'], '--name takes a name'],
    [['apache', ...farm, '--certificate', '/x;\n'], '--certificate takes a path'],
    [['apache', ...farm, '--node-authority', 'a', '--accept-self-signed-nodes'], 'exclude each other'],
    [['apache', '--nodes', 'a=http://h:1', '--name', 'a', '--accept-self-signed-nodes'], 'no certificate'],
    [['apache', ...farm, '--listen', 'all'], '--listen takes an address'],
  ])('refuses %j', (args, sentence) => {
    expect(() => composeLbConfig(args)).toThrow(sentence);
  });
});
