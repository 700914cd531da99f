import { expect, it } from 'vitest';
import { optInSchemes } from './associations.ts';
import { addAssociationsToWix, composeNsisInclude, dropFeedFromWix } from './windowsAssociations.ts';

const project = `<Wix>
    <ComponentGroup Id="ProductComponents" Directory="APPLICATIONFOLDER">
      <Component><File Name="Proxima.exe" Id="mainExecutable"/></Component>
    </ComponentGroup>
</Wix>`;

const nsis = composeNsisInclude();
const [install = '', uninstall = ''] = nsis.split('!macro customUnInstall');

it('offers every link and file in Default Apps', () => {
  for (const scheme of ['proxima', ...optInSchemes])
    expect(install).toContain(`Capabilities\\URLAssociations' '${scheme}' 'Proxima.Link'`);
  for (const extension of ['proxima', 'rdp'])
    expect(install).toContain(`Capabilities\\FileAssociations' '.${extension}' 'Proxima.${extension}'`);
  expect(install).toContain("'Software\\RegisteredApplications' 'Proxima'");
});

it('takes nothing over that belongs to others', () => {
  for (const scheme of optInSchemes) expect(install).not.toContain(`Classes\\${scheme}'`);
  // The default value of a kind of file says who opens it.
  expect(install).toContain("'Software\\Classes\\.proxima' ''");
  expect(install).not.toContain("'Software\\Classes\\.rdp' ''");
  expect(nsis).not.toContain('UserChoice');
});

it('hands the app one argument, whatever is in it', () => {
  const commands = install.split('\n').filter((line) => line.includes('shell\\open\\command'));
  expect(commands).toHaveLength(4);
  for (const line of commands) expect(line).toContain(`'"$INSTDIR\\\${APP_EXECUTABLE_FILENAME}" "--" "%1"'`);
});

it('removes with the app what it wrote, and of keys shared with others its own value only', () => {
  const written = [...install.matchAll(/WriteRegStr SHELL_CONTEXT '([^']+)' '([^']*)'/g)].map(
    ([, key = '', name = '']) => ({ key, name }),
  );
  const keys = [...uninstall.matchAll(/DeleteRegKey SHELL_CONTEXT '([^']+)'/g)].map(([, key = '']) => key);
  const isRemoved = ({ key, name }: { key: string; name: string }) =>
    keys.some((removed) => key === removed || key.startsWith(`${removed}\\`)) ||
    uninstall.includes(`DeleteRegValue SHELL_CONTEXT '${key}' '${name}'`);
  expect(written.length).toBeGreaterThan(20);
  expect(written.filter((value) => !isRemoved(value))).toEqual([]);
  for (const key of keys)
    expect(key).toMatch(/^Software\\(Classes\\(Proxima\.\w+|proxima)|Proxima\\Capabilities\\?.*)$/);
});

it('gives a scheme back that the app was chosen for, where nobody else has it by now', () => {
  for (const scheme of optInSchemes) {
    const [, release = ''] = uninstall.split(`ReadRegStr $0 HKCU 'Software\\Classes\\${scheme}\\shell`);
    const [condition = '', removal = '', end = ''] = release
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
    expect(condition).toBe(`\${if} $0 == '"$INSTDIR\\\${APP_EXECUTABLE_FILENAME}" "--" "%1"'`);
    expect(removal).toBe(`DeleteRegKey HKCU 'Software\\Classes\\${scheme}'`);
    expect(end).toBe('${endif}');
  }
});

it('gives the MSI the same', () => {
  const added = addAssociationsToWix(project);
  expect(added.match(/<RegistryValue /g)).toHaveLength(install.match(/WriteRegStr/g)?.length ?? 0);
  expect(added.match(/KeyPath="yes"/g)).toHaveLength(1);
  expect(added).toContain('Value="&quot;[#mainExecutable]&quot; &quot;--&quot; &quot;%1&quot;"');
  expect(added.indexOf('ProximaAssociations')).toBeLessThan(added.indexOf('mainExecutable"/>'));
});

it('says so where the MSI’s project has no place for them', () => {
  expect(() => addAssociationsToWix('<Wix/>')).toThrow('looks different');
});

it('doesn’t tell the MSI’s app where updates are', () => {
  const file =
    '<Component Directory="d1">\n        <File Name="app-update.yml" Source="$(var.appDir)/resources/app-update.yml" ReadOnly="yes" KeyPath="yes"/>\n      </Component>';
  const without = dropFeedFromWix(project.replace('</ComponentGroup>', `${file}</ComponentGroup>`));
  expect(without).not.toContain('app-update');
  expect(without.replaceAll(/\s/g, '')).toBe(project.replaceAll(/\s/g, ''));
});
