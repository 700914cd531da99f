/** Text of a page, safe to be put into it as it is. */
export interface Html {
  readonly text: string;
}

export const trusted = (text: string): Html => ({ text });

/** Markup as it is written; what is put in is escaped, unless it is markup itself. Attributes are written in double quotes. */
export const markup = (parts: TemplateStringsArray, ...values: (string | Html)[]): Html =>
  trusted(
    parts
      .map((part, index) => {
        const value = values[index] ?? '';
        return part + (typeof value === 'string' ? escape(value) : value.text);
      })
      .join(''),
  );

export const join = (parts: readonly Html[]): Html => trusted(parts.map(({ text }) => text).join(''));

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
