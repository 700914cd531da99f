import type { Instruction } from './instruction.ts';

type Shape = RegExp;

const index: Shape = /^\d{1,9}$/;
const coordinate: Shape = /^-?\d{1,9}$/;
const pixels: Shape = /^[1-9]\d{0,4}$/;
const real: Shape = /^-?\d{1,9}(\.\d{1,20})?(e-?\d{1,3})?$/;
const timestamp: Shape = /^\d{1,16}$/;
const base64: Shape = /^[A-Za-z0-9+/]*={0,2}$/;
const mediaType: Shape = /^[\w.+-]+\/[\w.+-]+( *; *[\w-]+=("[^"]*"|[^\s;"]+))*$/;
// eslint-disable-next-line no-control-regex
const name: Shape = /^[^\u0000]{0,4096}$/;

/**
 * What a client may send once it is connected, with the shape of each argument
 * (https://guacamole.apache.org/doc/gug/protocol-reference.html). guacd itself does not reject missing arguments: it goes on
 * with stale values.
 */
const shapes: Readonly<Record<string, readonly Shape[]>> = {
  ack: [index, name, index],
  argv: [index, mediaType, name],
  audio: [index, mediaType],
  blob: [index, base64],
  clipboard: [index, mediaType],
  disconnect: [],
  end: [index],
  file: [index, mediaType, name],
  get: [index, name],
  key: [index, /^[01]$/],
  mouse: [coordinate, coordinate, /^\d{1,3}$/],
  nop: [],
  pipe: [index, mediaType, name],
  put: [index, index, mediaType, name],
  size: [pixels, pixels],
  sync: [timestamp],
  touch: [index, coordinate, coordinate, index, index, real, real],
};

/** Whether a client may send this to a session manager: a known opcode with the right number and kind of arguments. */
export function isClientInstruction([opcode, ...args]: Instruction): boolean {
  const expected = Object.hasOwn(shapes, opcode) ? shapes[opcode] : undefined;
  return (
    expected !== undefined &&
    expected.length === args.length &&
    expected.every((shape, at) => shape.test(args[at] ?? ''))
  );
}
