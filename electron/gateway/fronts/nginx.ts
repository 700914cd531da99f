import {
  addressOf,
  answerTimeoutSeconds,
  connectTimeoutSeconds,
  type Front,
  type FrontNode,
  indent,
  selfSignedRisk,
  socketPaths,
  stickyCookie,
  stickyParameter,
  tunnelTimeoutSeconds,
} from './front.ts';

/**
 * Servers of nginx 1.22 or newer, without Plus: the route is taken out of the cookie by a map
 * (https://nginx.org/en/docs/http/ngx_http_map_module.html), and health is what the last connections showed.
 */
export function composeNginx(front: Front): string {
  const { name, httpPort, httpsPort, listenAddress, nodes, trust } = front;
  const at = (port: number) => (listenAddress === undefined ? String(port) : `${listenAddress}:${port}`);
  const pass = `proxy_pass ${trust.kind === 'plain' ? 'http' : 'https'}://$proxima_upstream;`;
  return [
    '# Proxima behind nginx 1.22 or newer: save as /etc/nginx/conf.d/proxima.conf, then',
    '#   nginx -t && systemctl reload nginx',
    '',
    '# The route of the node that a cookie belongs to, or the address that a node printed at its start.',
    'map $http_cookie $proxima_cookie_route {',
    ...indent([
      "default '';",
      ...nodes.map(({ route }) => `"~(?:^|;)[ ]*${stickyCookie}=[A-Za-z0-9_-]+\\.${route}(?:;|$)" ${route};`),
    ]),
    '}',
    `map $arg_${stickyParameter} $proxima_route {`,
    ...indent(['default $proxima_cookie_route;', ...nodes.map(({ route }) => `"~\\.${route}$" ${route};`)]),
    '}',
    'map $proxima_route $proxima_upstream {',
    ...indent(['default proxima;', ...nodes.map(({ route }) => `${route} proxima-${route};`)]),
    '}',
    'map $http_upgrade $proxima_connection {',
    ...indent(['default upgrade;', "'' '';"]),
    '}',
    '',
    ...composeUpstream('proxima', nodes, []),
    ...nodes.flatMap((node) =>
      composeUpstream(
        `proxima-${node.route}`,
        [node],
        nodes.filter((other) => other !== node),
      ),
    ),
    'server {',
    ...indent([
      `listen ${at(httpPort)};`,
      `server_name ${name};`,
      `return 308 ${addressOf(front)}$request_uri;`,
    ]),
    '}',
    '',
    'server {',
    ...indent([
      `listen ${at(httpsPort)} ssl;`,
      `server_name ${name};`,
      `ssl_certificate ${front.certificate};`,
      `ssl_certificate_key ${front.key};`,
      'ssl_protocols TLSv1.2 TLSv1.3;',
      'server_tokens off;',
      'client_max_body_size 64k;',
      'client_header_timeout 15s;',
      'client_body_timeout 15s;',
      '',
      '# What browsers say of themselves here is replaced, not added to.',
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Proto https;',
      "proxy_set_header Forwarded '';",
      'proxy_set_header X-Request-Id $request_id;',
      'proxy_set_header Upgrade $http_upgrade;',
      'proxy_set_header Connection $proxima_connection;',
      'proxy_http_version 1.1;',
      `proxy_connect_timeout ${connectTimeoutSeconds}s;`,
      ...composeTrust(front),
      '',
      ...socketPaths.flatMap((path) => [
        `location = ${path} {`,
        ...indent([
          pass,
          'proxy_buffering off;',
          `proxy_read_timeout ${tunnelTimeoutSeconds}s;`,
          `proxy_send_timeout ${tunnelTimeoutSeconds}s;`,
        ]),
        '}',
      ]),
      'location / {',
      ...indent([pass, `proxy_read_timeout ${answerTimeoutSeconds}s;`]),
      '}',
    ]),
    '}',
    '',
  ].join('\n');
}

/** The others of a node's upstream are asked only while that node doesn't answer. */
function composeUpstream(name: string, nodes: readonly FrontNode[], others: readonly FrontNode[]): string[] {
  const server = ({ host, port }: FrontNode) => `server ${host}:${port} max_fails=1 fail_timeout=5s`;
  return [
    `upstream ${name} {`,
    ...indent([
      ...nodes.map((node) => `${server(node)};`),
      ...others.map((node) => `${server(node)} backup;`),
      'keepalive 16;',
    ]),
    '}',
    '',
  ];
}

function composeTrust({ trust, name }: Front): string[] {
  if (trust.kind === 'plain') return [];
  const common = [
    '',
    'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
    'proxy_ssl_server_name on;',
    `proxy_ssl_name ${name};`,
  ];
  if (trust.kind === 'authority')
    return [
      ...common,
      'proxy_ssl_verify on;',
      'proxy_ssl_verify_depth 4;',
      `proxy_ssl_trusted_certificate ${trust.file};`,
    ];
  return [...common, ...selfSignedRisk.map((line) => `# ${line}`), 'proxy_ssl_verify off;'];
}
