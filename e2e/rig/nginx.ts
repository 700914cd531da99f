import type { BalancerProduct } from './balancer.ts';

const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Debian's nginx, without what its main file includes. */
export const nginx: BalancerProduct = {
  name: 'nginx',
  composeMain: (folder, site) => `daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events {}
http {
    access_log off;
${temporaries.map((name) => `    ${name}_temp_path ${folder}/${name};`).join('\n')}
    include ${site};
}
`,
  command: (main) => ['nginx', '-e', 'stderr', '-c', main],
};
