import {
  addressOf,
  answerTimeoutSeconds,
  connectTimeoutSeconds,
  type Front,
  indent,
  readinessPath,
  selfSignedRisk,
  stickyCookie,
  stickyParameter,
  tunnelTimeoutSeconds,
} from './front.ts';

/**
 * Sections of HAProxy 2.6 or newer. Its own `cookie` would change the cookie; `use-server` reads the route at the end of ours
 * (https://docs.haproxy.org/2.6/configuration.html#4-use-server), and doesn't count while that server is down.
 */
export function composeHaproxy(front: Front): string {
  const { httpPort, httpsPort, listenAddress, nodes } = front;
  const at = (port: number) => `${listenAddress ?? ''}:${port}`;
  return [
    '# Proxima behind HAProxy 2.6 or newer: append to /etc/haproxy/haproxy.cfg, then',
    '#   haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload haproxy',
    '',
    'defaults proxima',
    ...indent([
      'mode http',
      `timeout connect ${connectTimeoutSeconds}s`,
      `timeout client ${answerTimeoutSeconds}s`,
      `timeout server ${answerTimeoutSeconds}s`,
      'timeout http-request 15s',
      'timeout http-keep-alive 20s',
      `timeout tunnel ${tunnelTimeoutSeconds}s`,
      'option redispatch',
    ]),
    '',
    'frontend proxima-http from proxima',
    ...indent([`bind ${at(httpPort)}`, `http-request redirect prefix ${addressOf(front)} code 308`]),
    '',
    'frontend proxima-https from proxima',
    ...indent([
      ...(front.key === front.certificate
        ? ['# The file holds the certificate with its chain, and the private key.']
        : [`# The private key (${front.key}) is looked for beside it, as ${front.certificate}.key.`]),
      `bind ${at(httpsPort)} ssl crt ${front.certificate} ssl-min-ver TLSv1.2`,
      'http-request deny deny_status 413 if { req.body_size gt 65536 }',
      'default_backend proxima-nodes',
    ]),
    '',
    'backend proxima-nodes from proxima',
    ...indent([
      'balance roundrobin',
      'option httpchk',
      `http-check send meth GET uri ${readinessPath}`,
      'http-check expect status 200',
      '',
      '# What browsers say of themselves here is dropped.',
      'http-request del-header x-forwarded- -m beg',
      'http-request del-header forwarded',
      'http-request set-header X-Forwarded-For %[src]',
      'http-request set-header X-Forwarded-Host %[req.hdr(host)]',
      'http-request set-header X-Forwarded-Proto https',
      'http-request set-header X-Request-Id %[uuid()]',
      '',
      '# By the address that a node printed at its start, else by the cookie.',
      ...nodes.map(
        ({ route }) => `use-server ${route} if { url_param(${stickyParameter}) -m end .${route} }`,
      ),
      ...nodes.map(({ route }) => `use-server ${route} if { req.cook(${stickyCookie}) -m end .${route} }`),
      '',
      ...composeTrust(front),
      ...nodes.map(({ route, host, port }) => `server ${route} ${host}:${port}`),
    ]),
    '',
  ].join('\n');
}

function composeTrust({ trust, name }: Front): string[] {
  const check = 'default-server check inter 2s fall 2 rise 1';
  if (trust.kind === 'plain') return [check];
  const tls = `${check} ssl ssl-min-ver TLSv1.2 sni str(${name}) check-sni ${name}`;
  if (trust.kind === 'authority') return [`${tls} verify required verifyhost ${name} ca-file ${trust.file}`];
  return [...selfSignedRisk.map((line) => `# ${line}`), `${tls} verify none`];
}
