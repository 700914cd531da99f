/** Long enough, and still among the first that are tried. Short on purpose: length is what protects; this only catches the classics. */
const commonest = new Set([
  '123456789012',
  '1234567890123',
  '123456789012345',
  '0123456789012',
  '1234567890qwerty',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiop[]',
  'qwerty123456',
  'qwerty1234567',
  'abcdefghijkl',
  'abc123456789',
  'a1b2c3d4e5f6',
  'administrator',
  'administrator1',
  'changeme1234',
  'changemenow!',
  'correcthorsebatterystaple',
  'correct horse battery staple',
  'iloveyou1234',
  'letmein12345',
  'letmeinplease',
  'mypassword123',
  'p@ssw0rd1234',
  'passw0rd1234',
  'password1234',
  'password12345',
  'password123456',
  'passwordpassword',
  'proximaproxima',
  'welcome12345',
  'welcome123456',
]);

const fewestDifferentCharacters = 5;

/** Whether a password of allowed length is too easy to guess for an account of this name (NIST SP 800-63B, section 5.1.1.2). */
export function isWeakPassword(password: string, name: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  const own = name.normalize('NFKC').toLowerCase();
  if (commonest.has(plain.trim()) || new Set(plain).size < fewestDifferentCharacters) return true;
  // The name, again and again or with a few characters around it.
  const withoutName = own.length >= 3 ? plain.replaceAll(own, '') : plain;
  return plain === own || (withoutName !== plain && withoutName.length < 6);
}
