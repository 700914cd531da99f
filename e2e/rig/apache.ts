import type { BalancerProduct } from './balancer.ts';

/** Those of Debian's default, and those that the printed configuration asks for. */
const modules = [
  ...[
    'mpm_event',
    'authz_core',
    'reqtimeout',
    'mime',
    'socache_shmcb',
    'ssl',
    'alias',
    'headers',
    'unique_id',
  ],
  ...[
    'proxy',
    'proxy_http',
    'proxy_wstunnel',
    'slotmem_shm',
    'proxy_balancer',
    'proxy_hcheck',
    'lbmethod_byrequests',
  ],
];

/** Debian's Apache httpd 2.4; without its unit, which is in the package `apache2`. */
export const apache: BalancerProduct = {
  name: 'apache',
  composeMain: (folder, site) => `ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
ServerName rig.invalid
ErrorLog ${folder}/error.log
LogLevel warn
TypesConfig /dev/null
Mutex pthread
RequestReadTimeout header=20-40,minrate=500 body=20,minrate=500
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
Include ${site}
`,
  command: (main) => ['apache2', '-D', 'FOREGROUND', '-f', main],
};
