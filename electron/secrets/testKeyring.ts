import { execFileSync, spawnSync } from 'node:child_process';

/**
 * A session bus of its own with a gnome-keyring in an empty home. In the script, `unlock` starts it unlocked, `start` as it is before
 * anybody signed in, `lock` locks it, `stop` ends it, and `run NAME` runs the JavaScript in the variable of that name.
 */
const prelude = `
  set -e
  HOME=$(mktemp -d); export HOME XDG_DATA_HOME=$HOME XDG_RUNTIME_DIR=$HOME XDG_CACHE_HOME=$HOME XDG_CONFIG_HOME=$HOME
  unset DISPLAY WAYLAND_DISPLAY
  trap 'kill $(cat "$HOME/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$HOME"' EXIT
  # Asking for the service itself would start another one, which is locked.
  await_service() {
    for attempt in $(seq 50); do
      gdbus call --session --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \\
        --method org.freedesktop.DBus.NameHasOwner org.freedesktop.secrets 2>&1 | grep -q true && return
      sleep 0.1
    done
    echo 'no keyring answers' >&2; exit 1
  }
  unlock() {
    printf secret | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
    echo $! > "$HOME/pid"
    await_service
  }
  start() {
    gnome-keyring-daemon --components=secrets --foreground </dev/null >/dev/null 2>&1 &
    echo $! > "$HOME/pid"
    await_service
  }
  lock() {
    gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \\
      --method org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null
  }
  stop() { kill "$(cat "$HOME/pid")"; wait "$(cat "$HOME/pid")" || true; }
  run() { "$NODE" --import tsx --input-type=module -e "\${!1}"; }
`;

/** Runs a script with {@link prelude} and returns what it printed. `variables` are its environment. */
export const runInKeyring = (script: string, variables: Readonly<Record<string, string>>): string =>
  execFileSync('dbus-run-session', ['--', 'bash', '-c', `${prelude}\n${script}`], {
    env: { ...process.env, NODE: process.execPath, ...variables },
    encoding: 'utf8',
    timeout: 30_000,
    // The bus complains about its limits there.
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Why there can't be a keyring here; `npm test` installs what is missing where it may. */
export function findMissingKeyring(): string | undefined {
  for (const program of ['dbus-run-session', 'gnome-keyring-daemon', 'gdbus', 'bash']) {
    if (spawnSync('which', [program]).status !== 0) return `${program} is not installed`;
  }
  const loaded = spawnSync(process.execPath, ['-e', "require('keytar')"], { encoding: 'utf8' });
  return loaded.status === 0 ? undefined : 'libsecret-1-0 is not installed';
}
