import type { BalancerProduct } from './balancer.ts';

/** Debian's HAProxy. */
export const haproxy: BalancerProduct = {
  name: 'haproxy',
  composeMain: () => `global
    log stderr format raw local0 notice
    maxconn 500
`,
  command: (main, site) => ['haproxy', '-db', '-f', main, '-f', site],
};
