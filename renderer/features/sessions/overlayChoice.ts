import type { Failure } from '../../../shared/contract/failure.ts';
import type { SessionState } from '../../../shared/model/session.ts';
import type { ConnectionState } from '../../app/sessions.ts';

/** How the picture of a live session is doing in this window. */
export type PictureState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'drawn' }
  /** The tunnel broke; it is opened again by itself. */
  | { readonly kind: 'broken' }
  /** The tunnel broke too often, or another window has the picture; its person decides. */
  | { readonly kind: 'given-up'; readonly failure?: Failure };

/** What lies over the picture. */
export type Overlay =
  | { readonly kind: 'none' }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'away' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'connection-lost' }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'picture-lost'; readonly failure?: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ended'; readonly by: 'host' | 'person' };

/** Where the session of a tab is. */
interface TabPlace {
  readonly isElsewhere?: boolean;
  /** Its gateway went away. */
  readonly isAway?: boolean;
  /** Another one took it up. */
  readonly isFound?: boolean;
}

/**
 * Chooses what a person has to know first: that the session is in another window, which tells the rest, or that another gateway takes it
 * up, its end, the loss of Proxima, the picture, in that order.
 */
export function chooseOverlay(
  state: SessionState,
  picture: PictureState,
  connection: ConnectionState,
  { isElsewhere = false, isAway = false, isFound = false }: TabPlace = {},
): Overlay {
  if (isElsewhere) return { kind: 'elsewhere' };
  const isLost = connection === 'lost' || connection === 'signed-out';
  if (isAway) return { kind: isLost ? 'connection-lost' : 'away' };
  if (state.kind === 'closed') {
    if (state.reason === 'failed') return { kind: 'failed', failure: state.failure ?? { code: 'internal' } };
    return { kind: 'ended', by: state.reason === 'user' ? 'person' : 'host' };
  }
  // A tunnel of its own may outlive a short loss of the contract's line.
  if (isLost && !(state.kind === 'live' && picture.kind === 'drawn')) return { kind: 'connection-lost' };
  if (isFound && (state.kind !== 'live' || picture.kind === 'opening')) return { kind: 'away' };
  if (state.kind !== 'live') return { kind: 'opening' };
  if (state.reconnecting === true) return { kind: 'reconnecting' };
  switch (picture.kind) {
    case 'opening':
    case 'broken':
      return { kind: 'opening' };
    case 'given-up':
      return { kind: 'picture-lost', ...(picture.failure && { failure: picture.failure }) };
    case 'drawn':
      return { kind: 'none' };
  }
}
