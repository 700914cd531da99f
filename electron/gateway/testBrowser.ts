import type { Answer, TestGateway } from './testGateway.ts';

/** What a browser does without a script: keeps cookies, follows redirects of ours, names the origin of forms. */
export function createTestBrowser({ ask, gateway }: Pick<TestGateway, 'ask' | 'gateway'>) {
  const cookies = new Map<string, string>();
  const origin = `https://127.0.0.1:${gateway.port}`;

  async function send(
    path: string,
    method: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    const answer = await ask(path, {
      method,
      headers: { ...headers, Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body !== undefined && { body }),
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      if (line.includes('Max-Age=0')) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  async function follow(answer: Answer): Promise<Answer & { readonly path: string }> {
    const { location } = answer.headers;
    if (answer.status !== 303 || location === undefined || !location.startsWith('/'))
      return { ...answer, path: location ?? '' };
    const next = await follow(await send(location, 'GET', {}));
    return { ...next, path: next.path === '' ? location : next.path };
  }

  return {
    cookies,
    open: async (path: string, headers: Record<string, string> = {}) =>
      follow(await send(path, 'GET', headers)),
    /** Submits a form of a page of ours, unless `headers` say that it was another's. */
    submit: async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      follow(
        await send(
          path,
          'POST',
          {
            Origin: origin,
            'Sec-Fetch-Site': 'same-origin',
            'Content-Type': 'application/x-www-form-urlencoded',
            ...headers,
          },
          new URLSearchParams(fields).toString(),
        ),
      ),
  };
}
