import { type PolicyField, policyFields } from '../../electron/policy/policyFields.ts';
import { type FieldText, fieldTexts } from './texts.ts';

const policyKey = 'Software\\Policies\\Proxima';
const written = '<!-- Written by build/policy: vitest run build/policy -u -->';

const idOf = ({ path }: PolicyField): string => path.join('_');
const keyOf = ({ path }: PolicyField): string => [policyKey, ...path.slice(0, -1)].join('\\');
const nameOf = ({ path }: PolicyField): string => path.at(-1)!;

/** @throws where a field of the schema has no text. */
function textOf({ path }: PolicyField): FieldText {
  const text = fieldTexts[path.join('.')];
  if (!text) throw new Error(`build/policy/texts.ts has no text for ${path.join('.')}`);
  return text;
}

/** Whether it is decided by enabling and disabling alone. */
const isSwitch = ({ kind, choices }: PolicyField): boolean => kind === 'boolean' || choices?.length === 1;

/** The administrative template of Windows: which policies there are, and what they write in the registry. */
export function composeAdmx(): string {
  const policies = policyFields.map(composePolicy);
  return `<?xml version="1.0" encoding="utf-8"?>
${written}
<policyDefinitions xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="proxima" namespace="Proxima.Policies" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="SUPPORTED" displayName="$(string.SUPPORTED)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="Proxima" displayName="$(string.Proxima)" />
  </categories>
  <policies>
${policies.join('\n')}
  </policies>
</policyDefinitions>
`;
}

function composePolicy(field: PolicyField): string {
  const id = idOf(field);
  const value = ` valueName="${escape(nameOf(field))}"`;
  const presentation = isSwitch(field) ? '' : ` presentation="$(presentation.${id})"`;
  const head = `    <policy name="${id}" class="Both" displayName="$(string.${id})" explainText="$(string.${id}_explain)"${presentation} key="${escape(keyOf(field))}"${isSwitch(field) ? value : ''}>
      <parentCategory ref="Proxima" />
      <supportedOn ref="SUPPORTED" />`;
  const body = isSwitch(field)
    ? composeSwitch(field)
    : `      <elements>\n        ${composeElement(field, `id="${id}_value"${value}`)}\n      </elements>`;
  return `${head}\n${body}\n    </policy>`;
}

function composeSwitch({ choices }: PolicyField): string {
  const decimal = (name: string, value: unknown) =>
    `      <${name}><decimal value="${Number(value)}" /></${name}>`;
  if (choices) return decimal('enabledValue', choices[0]);
  return `${decimal('enabledValue', true)}\n${decimal('disabledValue', false)}`;
}

function composeElement({ kind, choices, path }: PolicyField, attributes: string): string {
  if (choices) {
    const items = choices.map(
      (choice) =>
        `<item displayName="$(string.${path.join('_')}_${choice})"><value><string>${escape(String(choice))}</string></value></item>`,
    );
    return `<enum ${attributes} required="true">${items.join('')}</enum>`;
  }
  if (kind === 'number') return `<decimal ${attributes} required="true" minValue="0" maxValue="600000" />`;
  if (kind === 'text') return `<text ${attributes} required="true" />`;
  return `<multiText ${attributes} required="true" />`;
}

/** The English texts of the template. */
export function composeAdml(): string {
  const strings = policyFields.flatMap((field) => {
    const id = idOf(field);
    const { name, explanation } = textOf(field);
    const choices = isSwitch(field) ? [] : (field.choices ?? []);
    return [
      composeString(id, name),
      composeString(`${id}_explain`, explanation),
      ...choices.map((choice) => composeString(`${id}_${choice}`, String(choice))),
    ];
  });
  const presentations = policyFields
    .filter((field) => !isSwitch(field))
    .map(
      (field) =>
        `      <presentation id="${idOf(field)}">${composeControl(field, `refId="${idOf(field)}_value"`)}</presentation>`,
    );
  return `<?xml version="1.0" encoding="utf-8"?>
${written}
<policyDefinitionResources xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">
  <displayName>Proxima</displayName>
  <description>Machine-wide policy of Proxima</description>
  <resources>
    <stringTable>
${[composeString('SUPPORTED', 'Proxima 0.1 and newer'), composeString('Proxima', 'Proxima'), ...strings].join('\n')}
    </stringTable>
    <presentationTable>
${presentations.join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

const composeString = (id: string, text: string): string =>
  `      <string id="${id}">${escape(text)}</string>`;

function composeControl(field: PolicyField, reference: string): string {
  const name = escape(textOf(field).name);
  if (field.choices) return `<dropdownList ${reference} noSort="true">${name}</dropdownList>`;
  if (field.kind === 'number') return `<decimalTextBox ${reference}>${name}</decimalTextBox>`;
  if (field.kind === 'text') return `<textBox ${reference}><label>${name}</label></textBox>`;
  return `<multiTextBox ${reference}>${name}</multiTextBox>`;
}

/** The policy that the example profile holds: every field, with a value. */
export function composeExample(): Record<string, unknown> {
  const example: Record<string, unknown> = {};
  for (const field of policyFields) {
    const [section, name] = field.path;
    const value = textOf(field).example;
    if (name === undefined) example[section] = value;
    else example[section] = { ...(example[section] as object | undefined), [name]: value };
  }
  return example;
}

/** A configuration profile of macOS with that example. */
export function composeProfile(): string {
  const payload = {
    PayloadType: 'org.proxima.desktop',
    PayloadIdentifier: 'example.corp.proxima.policy',
    PayloadUUID: '5B0F0C52-6C0E-4B0F-9B53-2F6B8B7C1A01',
    PayloadVersion: 1,
    PayloadDisplayName: 'Policy of Proxima',
    ...composeExample(),
  };
  const profile = {
    PayloadType: 'Configuration',
    PayloadIdentifier: 'example.corp.proxima',
    PayloadUUID: '5B0F0C52-6C0E-4B0F-9B53-2F6B8B7C1A00',
    PayloadVersion: 1,
    PayloadScope: 'System',
    PayloadDisplayName: 'Proxima',
    PayloadOrganization: 'Example Corp',
    PayloadContent: [payload],
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
${written}
<plist version="1.0">
${composeValue(profile, '')}
</plist>
`;
}

/** Property lists know no null: a field that is one is left out. */
function composeValue(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'number') return `${indent}<integer>${value}</integer>`;
  if (typeof value === 'string') return `${indent}<string>${escape(value)}</string>`;
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}<array/>`;
    const items = value.map((item) => composeValue(item, inner));
    return `${indent}<array>\n${items.join('\n')}\n${indent}</array>`;
  }
  const fields = Object.entries(value as object)
    .filter(([, field]) => field !== null)
    .map(([name, field]) => `${inner}<key>${escape(name)}</key>\n${composeValue(field, inner)}`);
  return `${indent}<dict>\n${fields.join('\n')}\n${indent}</dict>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
