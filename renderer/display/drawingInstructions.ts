import type { Elements } from './elements.ts';
import type { FrameQueue } from './frames.ts';
import { decodeBase64, decodedRoom } from './base64.ts';
import type { ImageQueue } from './imageQueue.ts';
import type { ImageStreams } from './imageStreams.ts';
import type { Layer } from './layer.ts';
import type { KnownLayer, Layers } from './layers.ts';
import type { Screen } from './screen.ts';

type Handler = (elements: Elements) => void;

const lineCaps: Readonly<Record<number, CanvasLineCap>> = { 0: 'butt', 1: 'round', 2: 'square' };
const lineJoins: Readonly<Record<number, CanvasLineJoin>> = { 0: 'bevel', 1: 'miter', 2: 'round' };

/**
 * The drawing instructions of the Guacamole protocol (https://guacamole.apache.org/doc/gug/protocol-reference.html), each as what
 * it adds to the current frame; `set` with the name of the property. Layers are looked up when the instruction arrives, as guacamole-common-js does: after a
 * `dispose`, its index means another layer to the instructions that follow.
 */
export function createDrawingInstructions(
  layers: Layers,
  frames: FrameQueue,
  streams: ImageStreams,
  images: ImageQueue,
  screen: Screen,
): ReadonlyMap<string, Handler> {
  const known = (index: number): KnownLayer =>
    layers.get(index, ({ surface, visible }) => {
      // A visible layer is as large as the default one, until it is given a size.
      if (visible) frames.add(() => screen.addLayer(visible, surface));
    });
  const layer = (index: number): Layer => known(index).surface;

  const drawImage = (index: number, mask: number) => {
    const target = layer(index);
    frames.add(() => target.setChannelMask(mask));
    return (x: number, y: number, bytes: Uint8Array<ArrayBuffer> | undefined) => {
      if (bytes === undefined) return;
      const settle = frames.reserve();
      images.decode(bytes, (image) => {
        settle(
          image &&
            (() => {
              try {
                target.drawPicture(x, y, image);
              } finally {
                image.close();
              }
            }),
        );
      });
    };
  };
  const inlineImage: Handler = (elements) => {
    const draw = drawImage(elements.integer(1), elements.integer(0));
    const base64 = elements.slice(4);
    const bytes = new Uint8Array(decodedRoom(base64.length));
    const end = decodeBase64(base64, bytes, 0);
    if (end > 0) draw(elements.integer(2), elements.integer(3), bytes.subarray(0, end));
  };
  /** Source, rectangle, something, target and position: what `copy` and `transfer` take. */
  const fromLayer = (elements: Elements) => ({
    source: layer(elements.integer(0)),
    sx: elements.integer(1),
    sy: elements.integer(2),
    width: elements.integer(3),
    height: elements.integer(4),
    how: elements.integer(5),
    target: layer(elements.integer(6)),
    x: elements.integer(7),
    y: elements.integer(8),
  });
  const matrix = (elements: Elements) =>
    [
      elements.decimal(1),
      elements.decimal(2),
      elements.decimal(3),
      elements.decimal(4),
      elements.decimal(5),
      elements.decimal(6),
    ] as const;
  const colour = (elements: Elements, first: number) => {
    const [red, green, blue, alpha] = [0, 1, 2, 3].map((channel) => elements.integer(first + channel));
    return `rgba(${red},${green},${blue},${(alpha ?? 0) / 255})`;
  };
  /** For those that tell one layer to do something without anything. */
  const simply =
    (act: (target: Layer) => void): Handler =>
    (elements) => {
      const target = layer(elements.integer(0));
      frames.add(() => act(target));
    };

  return new Map<string, Handler>([
    [
      'arc',
      (elements) => {
        const target = layer(elements.integer(0));
        const x = elements.integer(1);
        const y = elements.integer(2);
        const radius = elements.integer(3);
        const start = elements.decimal(4);
        const end = elements.decimal(5);
        const isNegative = elements.integer(6) !== 0;
        frames.add(() => target.arc(x, y, radius, start, end, isNegative));
      },
    ],
    [
      'cfill',
      (elements) => {
        const mask = elements.integer(0);
        const target = layer(elements.integer(1));
        const style = colour(elements, 2);
        frames.add(() => {
          target.setChannelMask(mask);
          target.fill(style);
        });
      },
    ],
    ['clip', simply((target) => target.clip())],
    ['close', simply((target) => target.close())],
    [
      'copy',
      (elements) => {
        const { source, sx, sy, width, height, how, target, x, y } = fromLayer(elements);
        frames.add(() => {
          target.setChannelMask(how);
          target.copy(source, sx, sy, width, height, x, y);
        });
      },
    ],
    [
      'cstroke',
      (elements) => {
        const mask = elements.integer(0);
        const target = layer(elements.integer(1));
        const cap = lineCaps[elements.integer(2)];
        const join = lineJoins[elements.integer(3)];
        const thickness = elements.integer(4);
        const style = colour(elements, 5);
        frames.add(() => {
          target.setChannelMask(mask);
          target.stroke(cap, join, thickness, style);
        });
      },
    ],
    [
      'cursor',
      (elements) => {
        const hotspotX = elements.integer(0);
        const hotspotY = elements.integer(1);
        const source = layer(elements.integer(2));
        const sx = elements.integer(3);
        const sy = elements.integer(4);
        const width = elements.integer(5);
        const height = elements.integer(6);
        frames.add(() => screen.setCursor(source, sx, sy, width, height, hotspotX, hotspotY));
      },
    ],
    [
      'curve',
      (elements) => {
        const target = layer(elements.integer(0));
        const cp1x = elements.integer(1);
        const cp1y = elements.integer(2);
        const cp2x = elements.integer(3);
        const cp2y = elements.integer(4);
        const x = elements.integer(5);
        const y = elements.integer(6);
        frames.add(() => target.curveTo(cp1x, cp1y, cp2x, cp2y, x, y));
      },
    ],
    [
      'dispose',
      (elements) => {
        const removed = layers.remove(elements.integer(0));
        if (removed) frames.add(() => screen.removeLayer(removed));
      },
    ],
    [
      'distort',
      (elements) => {
        const index = elements.integer(0);
        if (!(index >= 0)) return;
        const { visible } = known(index);
        const values = matrix(elements);
        if (visible) frames.add(() => screen.distort(visible, values));
      },
    ],
    ['identity', simply((target) => target.setTransform(1, 0, 0, 1, 0, 0))],
    [
      'img',
      (elements) => {
        const draw = drawImage(elements.integer(2), elements.integer(1));
        const x = elements.integer(4);
        const y = elements.integer(5);
        streams.open(elements.integer(0), { onEnd: (bytes) => draw(x, y, bytes) });
      },
    ],
    ['jpeg', inlineImage],
    [
      'lfill',
      (elements) => {
        const mask = elements.integer(0);
        const target = layer(elements.integer(1));
        const source = layer(elements.integer(2));
        frames.add(() => {
          target.setChannelMask(mask);
          const pattern = source.pattern();
          if (pattern) target.fill(pattern);
        });
      },
    ],
    [
      'line',
      (elements) => {
        const target = layer(elements.integer(0));
        const x = elements.integer(1);
        const y = elements.integer(2);
        frames.add(() => target.lineTo(x, y));
      },
    ],
    [
      // guacamole-common-js 1.5.0 stops its frame at this one; here it does what the protocol says.
      'lstroke',
      (elements) => {
        const mask = elements.integer(0);
        const target = layer(elements.integer(1));
        const cap = lineCaps[elements.integer(2)];
        const join = lineJoins[elements.integer(3)];
        const thickness = elements.integer(4);
        const source = layer(elements.integer(5));
        frames.add(() => {
          target.setChannelMask(mask);
          const pattern = source.pattern();
          if (pattern) target.stroke(cap, join, thickness, pattern);
        });
      },
    ],
    [
      'move',
      (elements) => {
        const index = elements.integer(0);
        const parentIndex = elements.integer(1);
        if (!(index > 0 && parentIndex >= 0)) return;
        const { visible } = known(index);
        const { visible: parent } = known(parentIndex);
        const x = elements.integer(2);
        const y = elements.integer(3);
        const z = elements.integer(4);
        if (visible && parent) frames.add(() => screen.move(visible, parent, x, y, z));
      },
    ],
    ['png', inlineImage],
    ['pop', simply((target) => target.pop())],
    ['push', simply((target) => target.push())],
    [
      'rect',
      (elements) => {
        const target = layer(elements.integer(0));
        const x = elements.integer(1);
        const y = elements.integer(2);
        const width = elements.integer(3);
        const height = elements.integer(4);
        frames.add(() => target.rect(x, y, width, height));
      },
    ],
    ['reset', simply((target) => target.reset())],
    [
      'set miter-limit',
      (elements) => {
        const target = layer(elements.integer(0));
        const limit = elements.decimal(2);
        frames.add(() => target.setMiterLimit(limit));
      },
    ],
    [
      'shade',
      (elements) => {
        const index = elements.integer(0);
        if (!(index >= 0)) return;
        const { visible } = known(index);
        const alpha = elements.integer(1);
        if (visible) frames.add(() => screen.shade(visible, alpha / 255));
      },
    ],
    [
      'size',
      (elements) => {
        const { surface, visible } = known(elements.integer(0));
        const width = elements.integer(1);
        const height = elements.integer(2);
        frames.add(() => screen.resize(surface, visible, width, height));
      },
    ],
    [
      'start',
      (elements) => {
        const target = layer(elements.integer(0));
        const x = elements.integer(1);
        const y = elements.integer(2);
        frames.add(() => target.moveTo(x, y));
      },
    ],
    [
      'transfer',
      (elements) => {
        const { source, sx, sy, width, height, how, target, x, y } = fromLayer(elements);
        if (how === sourceOnly) frames.add(() => target.put(source, sx, sy, width, height, x, y));
        else if (how !== nothing) frames.add(() => target.transfer(source, sx, sy, width, height, x, y, how));
      },
    ],
    [
      'transform',
      (elements) => {
        const target = layer(elements.integer(0));
        const values = matrix(elements);
        frames.add(() => target.transform(...values));
      },
    ],
  ]);
}

/** The two transfer functions that need no arithmetic: the source as it is, and the destination as it was. */
const sourceOnly = 0x3;
const nothing = 0x5;
