/** One instruction of the Guacamole protocol: opcode first (https://guacamole.apache.org/doc/gug/guacamole-protocol.html). */
export type Instruction = readonly [opcode: string, ...args: string[]];
