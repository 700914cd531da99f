import {
  addressOf,
  answerTimeoutSeconds,
  connectTimeoutSeconds,
  type Front,
  type FrontNode,
  indent,
  readinessPath,
  selfSignedRisk,
  socketPaths,
  stickyCookie,
  stickyParameter,
  tunnelTimeoutSeconds,
} from './front.ts';

const modules = [
  'ssl alias headers unique_id proxy proxy_http proxy_wstunnel proxy_balancer proxy_hcheck',
  'lbmethod_byrequests slotmem_shm',
];

/** A site of Apache httpd 2.4 (mod_proxy_balancer: https://httpd.apache.org/docs/2.4/mod/mod_proxy_balancer.html). */
export function composeApache(front: Front): string {
  const { httpPort, httpsPort, listenAddress } = front;
  const isUsual = listenAddress === undefined && httpPort === 80 && httpsPort === 443;
  const at = (port: number) => `${listenAddress ?? '*'}:${port}`;
  const listen = (port: number) => `Listen ${listenAddress === undefined ? port : at(port)}`;
  return [
    '# Proxima behind Apache httpd 2.4. On Debian: save as /etc/apache2/sites-available/proxima.conf, then',
    `#   a2enmod ${modules.join(' \\\n#     ')}`,
    '#   a2ensite proxima && systemctl reload apache2',
    ...(isUsual
      ? ['# ports.conf has the Listen lines for 80 and 443.']
      : [listen(httpPort), listen(httpsPort)]),
    '',
    `<VirtualHost ${at(httpPort)}>`,
    ...indent([`ServerName ${front.name}`, `Redirect permanent / ${addressOf(front)}/`]),
    '</VirtualHost>',
    '',
    `<VirtualHost ${at(httpsPort)}>`,
    ...indent([
      `ServerName ${front.name}`,
      'SSLEngine on',
      'SSLProtocol -all +TLSv1.2 +TLSv1.3',
      `SSLCertificateFile ${front.certificate}`,
      `SSLCertificateKeyFile ${front.key}`,
      '',
      'ProxyRequests off',
      '# The nodes know their public name by this, and their certificates are verified for it.',
      'ProxyPreserveHost on',
      ...composeTrust(front),
      '',
      '# What browsers say of themselves here is dropped; mod_proxy adds the truth.',
      ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Server', 'Forwarded'].map(
        (name) => `RequestHeader unset ${name}`,
      ),
      'RequestHeader set X-Forwarded-Proto https',
      'RequestHeader set X-Request-Id "%{UNIQUE_ID}e"',
      '',
      ...composeBalancer(
        front,
        'proxima-sockets',
        front.trust.kind === 'plain' ? 'ws' : 'wss',
        tunnelTimeoutSeconds,
      ),
      '',
      ...composeBalancer(
        front,
        'proxima',
        front.trust.kind === 'plain' ? 'http' : 'https',
        answerTimeoutSeconds,
      ),
      '',
      '# The first that fits counts.',
      ...socketPaths.map((path) => `ProxyPass ${path} balancer://proxima-sockets${path}`),
      'ProxyPass / balancer://proxima/',
    ]),
    '</VirtualHost>',
    '',
  ].join('\n');
}

/** Sticky by what follows the dot: in the address for the first visit, in the cookie from then on. */
function composeBalancer({ nodes }: Front, name: string, scheme: string, timeoutSeconds: number): string[] {
  const health = `hcmethod=GET hcuri=${readinessPath} hcinterval=2 hcpasses=1 hcfails=2`;
  const member = ({ route, host, port }: FrontNode) =>
    `BalancerMember ${scheme}://${host}:${port} route=${route} connectiontimeout=${connectTimeoutSeconds} retry=5 ${health}`;
  return [
    `<Proxy balancer://${name}>`,
    ...indent([
      ...nodes.map(member),
      `ProxySet lbmethod=byrequests stickysession=${stickyCookie}|${stickyParameter} timeout=${timeoutSeconds}`,
    ]),
    '</Proxy>',
  ];
}

function composeTrust({ trust }: Front): string[] {
  if (trust.kind === 'plain') return [];
  const common = ['', 'SSLProxyEngine on', 'SSLProxyProtocol -all +TLSv1.2 +TLSv1.3'];
  if (trust.kind === 'authority')
    return [
      ...common,
      'SSLProxyVerify require',
      'SSLProxyVerifyDepth 4',
      `SSLProxyCACertificateFile ${trust.file}`,
      'SSLProxyCheckPeerName on',
      'SSLProxyCheckPeerExpire on',
    ];
  return [
    ...common,
    ...selfSignedRisk.map((line) => `# ${line}`),
    'SSLProxyVerify none',
    'SSLProxyCheckPeerName off',
    'SSLProxyCheckPeerExpire off',
  ];
}
