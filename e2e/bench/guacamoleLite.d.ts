/** What the benches use of a package that comes without types (https://github.com/vadimpronin/guacamole-lite). */
declare module 'guacamole-lite' {
  import type { WebSocketServer } from 'ws';

  export default class GuacamoleLite {
    constructor(webSocketOptions: object, guacdOptions: object, clientOptions: object);
    readonly webSocketServer: WebSocketServer;
  }
}
