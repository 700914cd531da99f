/** Where somebody wanted to go before they signed in: a path here, or `/`. Whatever a browser could take for another site is not one. */
export function returnPathOf(text: string | null | undefined): string {
  if (text === null || text === undefined || text.length > 500) return '/';
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/';
  const here = 'https://here.invalid';
  const { origin, pathname, search } = new URL(text, here);
  return origin === here && !pathname.startsWith('//') && !pathname.startsWith('/sign-in')
    ? pathname + search
    : '/';
}
