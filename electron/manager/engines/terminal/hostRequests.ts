import { parseColor, type Colors } from './colorScheme.ts';
import { cleanText, pasteLimit } from './paste.ts';
import type { Xterm } from './xterm.ts';

/** What the host asks of the terminal besides showing text. */
export interface HostRequests {
  /** Its title, without control characters. */
  onName(name: string): void;
  /** A text for the clipboard (OSC 52). The other way round there is nothing: a host doesn't read it. */
  onClipboard(text: string): void;
  onReply(text: string): void;
  /** The colours that are written to were changed. */
  onColors(): void;
}

const nameLimit = 256;
const keptNamesLimit = 10;
/** Of a request for colours: all 256 of them, and some more. */
const colorsLimit = 8_192;

/**
 * Sequences that @xterm/headless leaves to others, or keeps more of than a host may have us keep.
 * @param colors those on the screen, which the host may change
 * @param scheme those that they are reset to
 */
export function answerHost(xterm: Xterm, colors: Colors, scheme: () => Colors, requests: HostRequests): void {
  const { parser } = xterm;
  let name = '';
  const keptNames: string[] = [];

  function rename(text: string) {
    name = cleanText(text.slice(0, nameLimit)).replaceAll('\n', ' ').trim();
    requests.onName(name);
  }
  parser.registerOscHandler(0, (text) => (rename(text), true));
  parser.registerOscHandler(1, () => true);
  parser.registerOscHandler(2, (text) => (rename(text), true));
  // Links can't be followed here, and each would be remembered.
  parser.registerOscHandler(8, () => true);
  // XTWINOPS 22 and 23: editors put the title back with it that they found.
  parser.registerCsiHandler({ final: 't' }, ([operation, kind = 0]) => {
    if ((operation !== 22 && operation !== 23) || kind === 1) return false;
    if (operation === 22) {
      keptNames.push(name);
      if (keptNames.length > keptNamesLimit) keptNames.shift();
      return true;
    }
    const kept = keptNames.pop();
    if (kept !== undefined) rename(kept);
    return true;
  });

  // The selection is named first, `c` or none of them; all are the clipboard.
  parser.registerOscHandler(52, (data) => {
    const content = data.slice(data.indexOf(';') + 1);
    if (content === '?' || content.length > pasteLimit * 2) return true;
    requests.onClipboard(Buffer.from(content, 'base64').toString().slice(0, pasteLimit));
    return true;
  });

  const report = (command: string, color: number) => {
    const channels = [16, 8, 0].map((shift) =>
      ((color >> shift) & 255).toString(16).padStart(2, '0').repeat(2),
    );
    requests.onReply(`\x1b]${command};rgb:${channels.join('/')}\x1b\\`);
  };
  parser.registerOscHandler(4, (data) => {
    const parts = data.slice(0, colorsLimit).split(';');
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const index = Number(parts[at]);
      const before = colors.palette[index];
      if (!/^\d+$/.test(parts[at] ?? '') || before === undefined) continue;
      if (parts[at + 1] === '?') report(`4;${index}`, before);
      else colors.palette[index] = parseColor(parts[at + 1] ?? '') ?? before;
    }
    requests.onColors();
    return true;
  });
  parser.registerOscHandler(104, (data) => {
    const indices = data === '' ? colors.palette.keys() : data.slice(0, colorsLimit).split(';').map(Number);
    for (const index of indices) {
      const original = scheme().palette[index];
      if (original !== undefined) colors.palette[index] = original;
    }
    requests.onColors();
    return true;
  });
  // The text, what is behind it, and the cursor, which has the colour of the text here.
  const ground = [
    { command: 10, key: 'foreground' },
    { command: 11, key: 'background' },
    { command: 12, key: undefined },
  ] as const;
  for (const [first, { command }] of ground.entries()) {
    parser.registerOscHandler(command, (data) => {
      // Those behind the first are for the next ones.
      for (const [offset, text] of data.split(';').slice(0, ground.length).entries()) {
        const target = ground[first + offset];
        if (!target) break;
        if (text === '?') report(String(target.command), colors[target.key ?? 'foreground']);
        else if (target.key) colors[target.key] = parseColor(text) ?? colors[target.key];
      }
      requests.onColors();
      return true;
    });
    parser.registerOscHandler(command + 100, () => {
      const { key } = ground[first] ?? {};
      if (key) colors[key] = scheme()[key];
      requests.onColors();
      return true;
    });
  }
}
