import { describe, expect, it } from 'vitest';
import { isClientInstruction } from './clientInstruction.ts';
import type { Instruction } from './instruction.ts';

const good: Instruction[] = [
  ['ack', '3', 'OK', '0'],
  ['argv', '0', 'text/plain', 'color-scheme'],
  ['audio', '1', 'audio/L16;rate=44100,channels=2'],
  ['blob', '1', 'QUJDRA=='],
  ['blob', '1', ''],
  ['clipboard', '0', 'text/plain'],
  ['clipboard', '0', 'text/plain;charset="utf-8"'],
  ['disconnect'],
  ['end', '1'],
  ['file', '0', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'Größe 😀.docx'],
  ['get', '0', '/etc'],
  ['key', '65293', '1'],
  ['mouse', '-3', '10', '0'],
  ['nop'],
  ['pipe', '2', 'text/plain', 'STDIN'],
  ['put', '0', '1', 'application/octet-stream', '/a b'],
  ['size', '1280', '720'],
  ['sync', '7187930'],
  ['touch', '0', '1', '2', '16', '16', '0', '0.5'],
  ['touch', '0', '1', '2', '16', '16', '1e-7', '1'],
];

const bad: Instruction[] = [
  ['select', 'ssh'],
  ['connect'],
  ['error', 'x', '512'],
  ['', 'ping', '1'],
  ['toString'],
  ['key'],
  ['key', '65'],
  ['key', '65', '2'],
  ['key', '65', '1', '1'],
  ['key', '0x41', '1'],
  ['key', 'NaN', '1'],
  ['key', '65\n', '1'],
  ['mouse', '1', '2'],
  ['mouse', '1.5', '2', '0'],
  ['mouse', '99999999999', '2', '0'],
  ['size', '0', '720'],
  ['size', '-1', '720'],
  ['size', '1280'],
  ['sync', ''],
  ['sync', '-1'],
  ['blob', '1', 'not base64!'],
  ['blob', '-1', 'QUJD'],
  ['clipboard', '0', 'text'],
  ['clipboard', '0'],
  ['file', '0', 'text/plain', 'a\u0000b'],
  ['nop', '1'],
  ['disconnect', 'now'],
];

describe('isClientInstruction', () => {
  it.each(good.map((instruction) => [instruction]))('takes %j', (instruction) => {
    expect(isClientInstruction(instruction)).toBe(true);
  });
  it.each(bad.map((instruction) => [instruction]))('refuses %j', (instruction) => {
    expect(isClientInstruction(instruction)).toBe(false);
  });
});
