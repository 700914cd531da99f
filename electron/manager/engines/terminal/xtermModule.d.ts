// The package names a module that it doesn't contain, and Node sees no names in its other one: this is the file that works in both.
declare module '@xterm/headless/lib-headless/xterm-headless.mjs' {
  export { Terminal } from '@xterm/headless';
}
