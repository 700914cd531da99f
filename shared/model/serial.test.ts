import { describe, expect, it } from 'vitest';
import { normaliseSerial } from './serial.ts';

describe('a serial', () => {
  it.each(['0A:FF', '0aff', 'AFF', '0x0AFF', '00:00:0A:FF', ' aff\n'])('is the same as %j', (shown) => {
    expect(normaliseSerial(shown)).toBe('aff');
  });

  it('keeps what is no leading zero, and the last of them', () => {
    expect(normaliseSerial('10:00')).toBe('1000');
    expect(normaliseSerial('00')).toBe('0');
  });
});
