/** What a property list can hold, of what packages have in theirs. */
export type PropertyValue =
  string | boolean | readonly PropertyValue[] | { readonly [key: string]: PropertyValue };

const token = /<(\/?)(dict|array|key|string|integer|true|false)\s*(\/?)>|([^<]+)/g;

/** Reads an XML property list (Apple, PropertyList-1.0.dtd). @throws where it isn't one. */
export function parsePropertyList(text: string): PropertyValue {
  const body = /<plist[^>]*>([\s\S]*)<\/plist>/.exec(text.replaceAll(/<!--[\s\S]*?-->/g, ''))?.[1];
  if (body === undefined) throw new Error('not a property list');
  const tokens = [...body.matchAll(token)].filter(([whole]) => whole.trim() !== '');
  let index = 0;
  const next = () => tokens[index++] ?? [];
  const isClosing = (name: string) => tokens[index]?.[1] === '/' && tokens[index]?.[2] === name;

  function readText(name: string): string {
    const content = isClosing(name) ? '' : (next()[4] ?? '');
    if (!isClosing(name)) throw new Error(`<${name}> isn’t closed`);
    next();
    return content
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
  }

  function readValue(): PropertyValue {
    const [whole, , name, empty] = next();
    if (name === 'true' || name === 'false') return name === 'true';
    if (name === 'string' || name === 'integer') return empty === '/' ? '' : readText(name);
    if (name === 'array') {
      const items: PropertyValue[] = [];
      while (empty !== '/' && !isClosing('array')) items.push(readValue());
      if (empty !== '/') next();
      return items;
    }
    if (name !== 'dict') throw new Error(`no value but ${whole ?? 'the end'}`);
    const entries: [string, PropertyValue][] = [];
    while (empty !== '/' && !isClosing('dict')) {
      if (next()[2] !== 'key') throw new Error('a dictionary has something else than keys');
      entries.push([readText('key'), readValue()]);
    }
    if (empty !== '/') next();
    return Object.fromEntries(entries);
  }

  return readValue();
}
