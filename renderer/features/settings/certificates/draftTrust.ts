import type { SettingsDraft } from '../../../app/settingsDraft.ts';

/**
 * Makes every group that has one of these managers trust the authority, beside those that it trusts already. `names` are the groups
 * that changed. A group whose trust was of another kind trusts authorities from then on; what was typed for that kind is kept.
 */
export function trustAuthority(
  draft: SettingsDraft,
  managerIds: readonly string[],
  certificatePem: string,
): { readonly draft: SettingsDraft; readonly names: readonly string[] } {
  const names: string[] = [];
  const groups = draft.groups.map((group) => {
    const { kind, certificatesPem } = group.trust;
    const trusted = kind === 'authorities' ? certificatesPem : '';
    const isServed = group.managerIds.some((id) => managerIds.includes(id));
    if (!isServed || trusted.includes(certificatePem.trim())) return group;
    names.push(group.name);
    const joined = [trusted.trim(), certificatePem.trim()].filter((pem) => pem !== '').join('\n');
    return {
      ...group,
      trust: { ...group.trust, kind: 'authorities' as const, certificatesPem: `${joined}\n` },
    };
  });
  return { draft: names.length === 0 ? draft : { ...draft, groups }, names };
}
