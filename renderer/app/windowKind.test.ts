import { describe, expect, it } from 'vitest';
import { sessionWindowAddress, settingsWindowAddress, windowKindOf } from './windowKind.ts';

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
const read = (address: string) => windowKindOf(new URL(address, 'app://proxima'));
const groups = { kind: 'settings', page: 'groups' } as const;

describe('the kind of a window', () => {
  it.each(['/', '/?window=', '/?window=other', '/?window=session', '/?window=session&id=../etc', '/#about'])(
    'is the main one at %s',
    (address) => expect(read(address)).toEqual({ kind: 'main' }),
  );

  it.each([
    { kind: 'settings', page: 'about' },
    { kind: 'settings', page: 'groups', item: 'head-office' },
  ] as const)('is the settings at the place that was asked for', (view) => {
    expect(read(settingsWindowAddress(view))).toEqual({ kind: 'settings', view });
  });

  it.each([
    '/?window=settings',
    '/?window=settings#',
    '/?window=settings#nonsense',
    '/?window=settings#groups/<b>',
  ])('is the settings at their beginning at %s', (address) =>
    expect(read(address)).toEqual({ kind: 'settings', view: groups }),
  );

  it('is one session', () => {
    expect(read(sessionWindowAddress(sessionId))).toEqual({ kind: 'session', sessionId });
  });
});
