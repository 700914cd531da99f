import { expect, it } from 'vitest';
import { parsePropertyList } from './propertyList.ts';

const list = (body: string) => `<?xml version="1.0"?>\n<plist version="1.0">\n${body}\n</plist>\n`;

it('reads what packages have in theirs', () => {
  const body = `<dict>
    <!-- a remark with <key> in it -->
    <key>Text</key><string>a &amp; b</string>
    <key>Empty</key><string></string>
    <key>Yes</key><true/>
    <key>No</key><false />
    <key>List</key><array><string>one</string><dict><key>Inner</key><integer>2</integer></dict></array>
    <key>None</key><array/>
  </dict>`;
  expect(parsePropertyList(list(body))).toEqual({
    Text: 'a & b',
    Empty: '',
    Yes: true,
    No: false,
    List: ['one', { Inner: '2' }],
    None: [],
  });
});

it('refuses what is none', () => {
  expect(() => parsePropertyList('{}')).toThrow('not a property list');
  expect(() => parsePropertyList(list('<dict><string>no key</string></dict>'))).toThrow('else than keys');
  expect(() => parsePropertyList(list('<dict><key>open'))).toThrow('isn’t closed');
  expect(() => parsePropertyList(list(''))).toThrow('no value');
});
