/** The arguments of a terminal, parsed; what can't be understood is as guacd has it by default. */
export interface TerminalSettings {
  /** In points. */
  readonly fontSize: number;
  readonly colorScheme: string;
  /** In lines. */
  readonly scrollback: number;
  /** What the backspace key sends. */
  readonly backspace: 8 | 127;
  readonly isCopyOff: boolean;
  readonly isPasteOff: boolean;
  /** Nobody types or clicks; one may scroll and copy. */
  readonly isReadOnly: boolean;
}

const defaultFontSize = 12;
const fontSizes = { least: 4, most: 72 };
const defaultScrollback = 1_000;
/** A line of 200 columns takes 2.5 kB. */
const scrollbackLimit = 10_000;

export function readTerminalSettings(parameters: Readonly<Record<string, string>>): TerminalSettings {
  const isOn = (name: string) => parameters[name] === 'true';
  return {
    fontSize: readFontSize(parameters['font-size'] ?? '') ?? defaultFontSize,
    colorScheme: parameters['color-scheme'] ?? '',
    scrollback: Math.min(scrollbackLimit, readWhole(parameters['scrollback'] ?? '') ?? defaultScrollback),
    backspace: parameters['backspace'] === '8' ? 8 : 127,
    isCopyOff: isOn('disable-copy'),
    isPasteOff: isOn('disable-paste'),
    isReadOnly: isOn('read-only'),
  };
}

/** @returns `undefined` for what is no size of letters. */
export function readFontSize(text: string): number | undefined {
  const points = readWhole(text);
  return points !== undefined && points >= fontSizes.least && points <= fontSizes.most ? points : undefined;
}

const readWhole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
