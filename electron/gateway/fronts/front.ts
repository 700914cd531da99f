/** A gateway as a balancer reaches it. */
export interface FrontNode {
  readonly route: string;
  /** As in a URL: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

/** How a balancer knows that a node is one. */
export type NodeTrust =
  | { readonly kind: 'plain' }
  /** PEM file of the authorities of the nodes' certificates, on the balancer. */
  | { readonly kind: 'authority'; readonly file: string }
  | { readonly kind: 'anyone' };

/** What a balancer in front of a farm has to know. Nothing in it needs quoting in a configuration file. */
export interface Front {
  /** As in the browser's address bar, without the port. */
  readonly name: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** The one address that it listens on; all, where left out. */
  readonly listenAddress?: string | undefined;
  readonly nodes: readonly FrontNode[];
  /** Files on the balancer. The certificate with its chain. */
  readonly certificate: string;
  readonly key: string;
  readonly trust: NodeTrust;
}

/** Its value ends in `.` and the route of a node. */
export const stickyCookie = '__Host-proxima';
/** The parameter of an address that ends in a route, too: of the one-time address that a node prints. */
export const stickyParameter = 'token';
/** Answered with 200 by a node that takes people. */
export const readinessPath = '/readyz';
/** The WebSockets: of the contract, and of the pictures. */
export const socketPaths = ['/websocket-tunnel', '/rpc'] as const;

/** Sessions are left alone for hours; both sides ask for signs of life all the time. */
export const tunnelTimeoutSeconds = 3600;
export const connectTimeoutSeconds = 5;
/** Forms and pages; nothing that people upload goes that way. */
export const answerTimeoutSeconds = 30;

export const selfSignedRisk = [
  'RISK: the nodes are not verified (--accept-self-signed-nodes). Whoever gets between this balancer and a node can read and',
  'change everything, passwords included. Give the nodes certificates of one authority, and name it with --node-authority.',
] as const;

export const addressOf = ({ name, httpsPort }: Pick<Front, 'name' | 'httpsPort'>): string =>
  httpsPort === 443 ? `https://${name}` : `https://${name}:${httpsPort}`;

/** Indented by four blanks per level. */
export const indent = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === '' ? '' : `    ${line}`));
