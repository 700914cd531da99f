/** One of something for each person, made when it is first asked for. There are as many people as may sign in, and each costs little. */
export function perPerson<T>(create: (personId: string) => T): (personId: string) => T {
  const made = new Map<string, T>();
  return (personId) => {
    const key = personId.toLowerCase();
    const one = made.get(key) ?? create(personId);
    made.set(key, one);
    return one;
  };
}
