/** Semantic Versioning 2.0.0, without the build metadata, which orders nothing. */
interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

const number = '(0|[1-9]\\d{0,8})';
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?$`,
);

/** `undefined` where the text is no version. */
function parseVersion(text: string): Version | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
  };
}

/** Below 0 where `left` comes before `right` (Semantic Versioning 2.0.0 §11); `undefined` where one of them is no version. */
export function compareVersions(left: string, right: string): number | undefined {
  const [one, other] = [parseVersion(left), parseVersion(right)];
  if (!one || !other) return undefined;
  const differing = one.numbers.findIndex((part, index) => part !== other.numbers[index]);
  if (differing >= 0) return one.numbers[differing]! - other.numbers[differing]!;
  // A version without a prerelease comes after all of its own.
  if (one.prerelease.length === 0 || other.prerelease.length === 0)
    return other.prerelease.length - one.prerelease.length;
  for (let index = 0; index < Math.min(one.prerelease.length, other.prerelease.length); index += 1) {
    const order = compareIdentifiers(one.prerelease[index]!, other.prerelease[index]!);
    if (order !== 0) return order;
  }
  return one.prerelease.length - other.prerelease.length;
}

function compareIdentifiers(left: string, right: string): number {
  const isNumber = (text: string) => /^\d+$/.test(text);
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  if (isNumber(left) !== isNumber(right)) return isNumber(left) ? -1 : 1;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
