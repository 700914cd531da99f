import type { App } from 'electron';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { isSignInLink } from '../../shared/contract/desktopSignIn.ts';
import type { Links } from '../broker/ports.ts';
import type { Log } from './log.ts';
import { isOpenableName, readOpenedFile } from './openedFile.ts';

/** What the system or a second start wants opened. */
type Incoming =
  { readonly kind: 'link'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

export interface IncomingTarget {
  readonly links: Pick<Links, 'proposeLink' | 'proposeFile'>;
  /** A browser came back with a code for signing in to the farm; left out, there is none. */
  readonly enterSignInLink?: ((link: string) => void) | undefined;
  /** Brings the main window up: it shows what waits. */
  readonly show: () => void;
  /** Tells the person in a sentence why something wasn't opened. */
  readonly tell: (sentence: string) => void;
  readonly log: Log;
}

const linkLimitCharacters = 10_000;
const pathLimitCharacters = 4_096;
/** Chromium adds switches of its own; nobody opens this many files at once. */
const argumentLimit = 100;
const waitingLimit = 20;

const isLink = (text: string) => /^(proxima|ssh|rdp|vnc|telnet):/i.test(text);
// oxlint-disable-next-line no-control-regex
const hasControlCharacters = (text: string) => /[\u0000-\u001f\u007f-\u009f]/.test(text);

const secondStartSchema = z.object({
  argv: z.array(z.string().max(linkLimitCharacters)).max(argumentLimit),
  folder: z.string().min(1).max(pathLimitCharacters),
});

/**
 * Takes the links and files that the system hands over (`open-url`, `open-file` of macOS), that a second start brings along, and that
 * this one was started with. What comes before `deliver` waits for it. To be called before the app is ready.
 */
export function receiveIncoming(app: Pick<App, 'on'>): {
  /** Takes those of a command line; `folder` is what its relative paths start from. */
  noteStart(argv: readonly string[], folder: string): void;
  /** A second start of ours: what it brought along, and that its person wants to see Proxima. */
  noteSecondStart(argv: unknown, folder: unknown): void;
  /** From now on everything goes there. */
  deliver(target: IncomingTarget): void;
} {
  let target: IncomingTarget | undefined;
  const waiting: ((target: IncomingTarget) => void)[] = [];

  function take(act: (target: IncomingTarget) => void): void {
    if (target) act(target);
    else if (waiting.length < waitingLimit) waiting.push(act);
  }

  const open = (incoming: Incoming) => take((to) => void hand(incoming, to));

  const refuse = (what: string) =>
    take((to) => {
      to.log.warn({}, `Refused ${what}`);
      to.tell(`Proxima was given ${what}. Nothing was opened.`);
    });

  function noteStart(argv: readonly string[], folder: string): void {
    for (const text of argv) {
      if (isLink(text)) open({ kind: 'link', text });
      else if (isOpenableName(text) && !text.startsWith('-'))
        open({ kind: 'file', path: resolve(folder, text) });
    }
  }

  app.on('open-url', (event, url: unknown) => {
    event.preventDefault();
    if (typeof url === 'string') open({ kind: 'link', text: url });
    else refuse('a link that isn’t one');
  });
  app.on('open-file', (event, path: unknown) => {
    event.preventDefault();
    if (typeof path === 'string') open({ kind: 'file', path });
    else refuse('a file that isn’t one');
  });

  return {
    noteStart,
    noteSecondStart(argv, folder) {
      const start = secondStartSchema.safeParse({ argv, folder });
      // The first is the program itself.
      if (start.success) noteStart(start.data.argv.slice(1), start.data.folder);
      else refuse('a command line that it doesn’t understand');
      take((to) => to.show());
    },
    deliver(given) {
      target = given;
      for (const act of waiting.splice(0)) act(given);
    },
  };
}

async function hand(incoming: Incoming, target: IncomingTarget): Promise<void> {
  const { links, enterSignInLink, show, tell, log } = target;
  const refuse = (reason: string, sentence: string) => {
    log.warn({ kind: incoming.kind, reason }, 'Refused something to open');
    tell(sentence);
  };
  switch (incoming.kind) {
    case 'link':
      if (!isLink(incoming.text))
        refuse('scheme', 'Proxima was given a link of a kind that it doesn’t open.');
      else if (incoming.text.length > linkLimitCharacters || hasControlCharacters(incoming.text))
        refuse(
          'form',
          'Proxima was given a link that is too long or has control characters in it. Nothing was opened.',
        );
      else if (!isSignInLink(incoming.text)) {
        links.proposeLink(incoming.text);
        show();
      } else if (enterSignInLink) {
        enterSignInLink(incoming.text);
        show();
      } else refuse('no farm', 'Proxima was given a sign-in of a farm, and uses none. Nothing was opened.');
      return;
    case 'file': {
      const { path } = incoming;
      if (path.length > pathLimitCharacters || hasControlCharacters(path)) {
        refuse(
          'path',
          'Proxima was given a file whose name is too long or has control characters in it. Nothing was opened.',
        );
        return;
      }
      const content = await readOpenedFile(path);
      if (!content.ok) {
        const why = content.failure.detail ?? 'it can’t be read';
        refuse(why, `${basename(path).slice(0, 100)} was not opened: ${why}.`);
        return;
      }
      links.proposeFile(basename(path), content.value);
      show();
      return;
    }
    default:
      incoming satisfies never;
  }
}
