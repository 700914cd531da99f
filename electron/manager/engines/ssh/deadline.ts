/** Time that a host has for its next step. It stands still while a person is asked. */
export interface Deadline {
  /** From now on the host has this long. */
  arm(milliseconds: number): void;
  clear(): void;
  /** Waits for a person; the host has its full time again afterwards. */
  whileAsking<T>(asking: () => Promise<T>): Promise<T>;
}

export function createDeadline(onLate: () => void): Deadline {
  let timer: NodeJS.Timeout | undefined;
  let granted = 0;
  let asked = 0;
  const start = () => {
    clearTimeout(timer);
    if (granted > 0 && asked === 0) timer = setTimeout(onLate, granted);
  };
  return {
    arm(milliseconds) {
      granted = milliseconds;
      start();
    },
    clear() {
      granted = 0;
      clearTimeout(timer);
    },
    async whileAsking(asking) {
      asked += 1;
      clearTimeout(timer);
      try {
        return await asking();
      } finally {
        asked -= 1;
        start();
      }
    },
  };
}
