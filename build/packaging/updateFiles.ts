/** One update file that offers what either offers: each names one installation kind's files in its block `files:`. */
export function mergeUpdateFiles(first: string, second: string): string {
  const block = /^files:\n((?: .*\n)+)/m;
  const [, offered] = block.exec(first) ?? [];
  if (offered === undefined || !block.test(second)) throw new Error('An update file offers no files');
  return second.replace(block, (whole) => `${whole}${offered}`);
}
