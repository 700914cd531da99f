import type { NativeImage, nativeImage } from 'electron';
import icon from './icons/tray.png?inline';
import iconTwice from './icons/tray@2x.png?inline';
import template from './icons/trayTemplate.png?inline';
import templateTwice from './icons/trayTemplate@2x.png?inline';

/** The tray's icon: the product's own; on macOS its outline, which the menu bar colours. Sharp on dense screens too. */
export function readTrayImage(
  images: Pick<typeof nativeImage, 'createFromDataURL'>,
  platform: NodeJS.Platform,
): NativeImage {
  const isMac = platform === 'darwin';
  const image = images.createFromDataURL(isMac ? template : icon);
  image.addRepresentation({ scaleFactor: 2, dataURL: isMac ? templateTwice : iconTwice });
  image.setTemplateImage(isMac);
  return image;
}
