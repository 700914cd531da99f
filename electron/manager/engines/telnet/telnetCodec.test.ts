import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTelnetReader, encodeText, type TelnetEvent } from './telnetCodec.ts';
import { createTelnetOptions } from './telnetOptions.ts';

function readAll(...pieces: readonly (readonly number[])[]) {
  const events: TelnetEvent[] = [];
  const reader = createTelnetReader((event) => events.push(event));
  const text = pieces.flatMap((piece) => [...reader.read(Uint8Array.from(piece))]);
  return { text, events };
}

/** What is answered to bytes of a host. */
function answersTo(bytes: readonly number[], username = 'anna'): number[][] {
  const answers: number[][] = [];
  const options = createTelnetOptions({ terminalType: 'xterm', username }, (answer) =>
    answers.push([...answer]),
  );
  options.resize(80, 255);
  createTelnetReader((event) => options.take(event)).read(Uint8Array.from(bytes));
  return answers;
}

const text = (value: string) => [...Buffer.from(value)];

describe("Telnet's bytes", () => {
  it('tells text from commands, wherever they are cut', () => {
    const bytes = [
      65, 255, 255, 13, 0, 13, 10, 255, 251, 1, 66, 255, 250, 24, 1, 255, 255, 255, 240, 255, 241, 67,
    ];
    const whole = readAll(bytes);
    expect(whole).toEqual({
      text: [65, 255, 13, 13, 10, 66, 67],
      events: [
        { kind: 'negotiation', command: 251, option: 1 },
        { kind: 'subnegotiation', option: 24, bytes: Uint8Array.of(1, 255) },
      ],
    });
    expect(readAll(...bytes.map((byte) => [byte]))).toEqual(whole);
  });

  it('gives back all text that is encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readAll([...encodeText(bytes)]).text).toEqual([...bytes]);
      }),
    );
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.array(fc.nat(255)), (bytes) => void answersTo(bytes)));
  });
});

describe("Telnet's options", () => {
  it('does what it can and refuses the rest, once for each change', () => {
    const will = 251;
    const wont = 252;
    const doIt = 253;
    const dont = 254;
    const iac = 255;
    expect(answersTo([iac, will, 1, iac, will, 1, iac, will, 3, iac, will, 86])).toEqual([
      [iac, doIt, 1],
      [iac, doIt, 3],
      [iac, dont, 86],
    ]);
    expect(answersTo([iac, doIt, 24, iac, doIt, 24, iac, doIt, 1, iac, dont, 24, iac, dont, 24])).toEqual([
      [iac, will, 24],
      [iac, wont, 1],
      [iac, wont, 24],
    ]);
    // Answers to what was never asked for.
    expect(answersTo([iac, wont, 1, iac, dont, 31])).toEqual([]);
  });

  it('tells the size with 255 doubled', () => {
    expect(answersTo([255, 253, 31])).toEqual([
      [255, 251, 31],
      [255, 250, 31, 0, 80, 0, 255, 255, 255, 240],
    ]);
  });

  it('tells its type and its user, only after the option was agreed on', () => {
    expect(answersTo([255, 250, 24, 1, 255, 240])).toEqual([]);
    expect(answersTo([255, 253, 24, 255, 250, 24, 1, 255, 240])[1]).toEqual([
      255,
      250,
      24,
      0,
      ...text('xterm'),
      255,
      240,
    ]);
    const user = [255, 250, 39, 0, 0, ...text('USER'), 1, ...text('anna'), 255, 240];
    expect(answersTo([255, 253, 39, 255, 250, 39, 1, 255, 240])[1]).toEqual(user);
    expect(answersTo([255, 253, 39, 255, 250, 39, 1, 0, ...text('USER'), 255, 240])[1]).toEqual(user);
    expect(answersTo([255, 253, 39, 255, 250, 39, 1, 0, ...text('PATH'), 255, 240])[1]).toEqual([
      255, 250, 39, 0, 255, 240,
    ]);
  });

  it('takes UTF-8 where it is offered', () => {
    const request = (list: string) => [255, 253, 42, 255, 250, 42, 1, ...text(list), 255, 240];
    expect(answersTo(request(';ISO-8859-1;UTF-8'))[1]).toEqual([255, 250, 42, 2, ...text('UTF-8'), 255, 240]);
    expect(answersTo(request(' KOI8-R'))[1]).toEqual([255, 250, 42, 3, 255, 240]);
  });
});
