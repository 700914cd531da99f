/** Hands a file to the browser's downloads, or to the desktop app's save dialog. */
export function saveFile(fileName: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // The download has begun by then; freed at once, some browsers would find nothing.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
