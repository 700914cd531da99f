// Exit code 0 where the gateway of this container answers. It asks for nothing but that, and sends nothing.
const { get } = require('node:https');

const port = Number(process.argv[2] ?? 8443);
const request = get(
  {
    host: '127.0.0.1',
    port,
    path: '/',
    headers: { host: `localhost:${port}` },
    rejectUnauthorized: false,
    timeout: 4000,
  },
  ({ statusCode = 0 }) => process.exit(statusCode > 0 && statusCode < 500 ? 0 : 1),
);
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
