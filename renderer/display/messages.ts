/** What the page tells the worker of a display. */
export type ToWorker =
  /** First, and once: the canvas of the default layer, and the one for pictures of several layers. */
  | { readonly kind: 'canvases'; readonly base: OffscreenCanvas; readonly layered: OffscreenCanvas }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'snapshot'; readonly id: number };

/** What the worker tells the page. */
export type FromWorker =
  /** Of the default layer, in pixels. */
  | { readonly kind: 'size'; readonly width: number; readonly height: number }
  /** All up to this `sync` is drawn. */
  | { readonly kind: 'sync'; readonly timestamp: number }
  /** Without an image where the cursor has no pixels. */
  | {
      readonly kind: 'cursor';
      readonly image: ImageBitmap | undefined;
      readonly hotspotX: number;
      readonly hotspotY: number;
    }
  /** What isn't drawing, in the order in which it came. */
  | { readonly kind: 'instructions'; readonly instructions: readonly PassedInstruction[] }
  /** Which of the two canvases has the picture. */
  | { readonly kind: 'layered'; readonly isLayered: boolean }
  /** Without an image where none could be taken. */
  | { readonly kind: 'snapshot'; readonly id: number; readonly image: ImageBitmap | undefined }
  /** The bytes weren't the protocol: nothing follows. */
  | { readonly kind: 'protocol' };

export interface PassedInstruction {
  readonly opcode: string;
  readonly args: readonly string[];
}
