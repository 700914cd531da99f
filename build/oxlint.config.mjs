// Lint: correctness, types, and the layers of the code (who may import whom).

const hostParts = [
  'guacd',
  'registry',
  'health',
  'store',
  'secrets',
  'manager',
  'policy',
  'updates',
  'desktop',
  'whatIf',
  'access',
  'farm',
  'shell',
  'gateway',
  'farmClient',
];
const adapters = ['guacd', 'registry', 'health', 'store', 'secrets', 'manager', 'policy'];
const features = ['hosts', 'sessions', 'health', 'settings', 'arrivals', 'account', 'farm'];
const hostGlobals = [
  'Buffer',
  'process',
  'global',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'performance',
];
const outside = ['renderer', 'build', 'e2e'];

const neverRoots = deny(/^\.\.?\/(.*\/)?(main|headless|preload)\.tsx?$/, 'nobody imports a composition root');
const neverElectron = deny(
  /^electron($|\/|-updater)/,
  'only electron/shell, main.ts and preload.ts import electron',
);
const onlyPorts = {
  group: ['**/broker/**', '!**/broker/ports.ts', '!**/broker/caller.ts'],
  message: 'of the broker, only its ports and who calls',
};
const neverNode = deny(/^node:/, 'no Node here');

/** For one file the last entry that matches it counts, so each lists everything that it denies. */
const layers = [
  { files: ['**'], rules: restrict(neverRoots, neverElectron) },
  layer(
    'shared',
    denyFolders(['electron', 'renderer', 'build', 'e2e'], 'shared imports nothing of ours'),
    neverNode,
    deny(/^(electron|react|react-dom)($|\/)/, 'shared is pure: no DOM, no Electron'),
    neverRoots,
  ),
  layer(
    'electron/broker',
    denyFolders([...hostParts, ...outside], 'broker imports shared only'),
    neverRoots,
    neverElectron,
  ),
  ...adapters.map((part) =>
    layer(
      `electron/${part}`,
      denyFolders([...without(hostParts, part), ...outside], `${part} imports shared and the broker's ports`),
      onlyPorts,
      neverRoots,
      neverElectron,
    ),
  ),
  // electron-updater is loaded there, and only there, when the app is packaged.
  layer(
    'electron/updates',
    denyFolders(
      [...without(hostParts, 'updates'), ...outside],
      "updates imports shared and the broker's ports",
    ),
    onlyPorts,
    neverRoots,
    deny(/^electron($|\/)/, 'updates is handed what it needs of Electron'),
  ),
  // Links become hosts and sessions by what people's own clicks go through; what of it is I/O is handed over by the root.
  layer(
    'electron/desktop',
    denyFolders(
      [...without(hostParts, 'desktop'), ...outside],
      'desktop imports shared, the ports and the broker that it works for',
    ),
    {
      group: [
        '**/broker/**',
        '!**/broker/ports.ts',
        '!**/broker/caller.ts',
        '!**/broker/hostEditor.ts',
        '!**/broker/openSession.ts',
        '!**/broker/sessionBook.ts',
      ],
      message: 'of the broker, its ports and what people do with hosts and sessions',
    },
    neverRoots,
    neverElectron,
  ),
  // The what-if places hosts by the very code of the broker; that part of it is pure.
  layer(
    'electron/whatIf',
    denyFolders(
      [...without(hostParts, 'whatIf'), ...outside],
      'whatIf imports shared, the ports and the placement',
    ),
    {
      group: [
        '**/broker/**',
        '!**/broker/ports.ts',
        '!**/broker/placement.ts',
        '!**/broker/ruleIndex.ts',
        '!**/broker/selectorMatch.ts',
      ],
      message: 'of the broker, only its ports and its placement',
    },
    neverRoots,
    neverElectron,
  ),
  // Documents of a farm lie in the registry's etcd.
  layer(
    'electron/collections',
    denyFolders(
      [...without(hostParts, 'registry'), ...outside],
      'collections import shared, the disk and what the registry keeps up with etcd by',
    ),
    {
      group: ['**/registry/**', '!**/registry/{engine,clock,keys,follow,lease,memoryEngine,faultyEngine}.ts'],
      message: 'of the registry, only the engine and what follows it',
    },
    onlyPorts,
    neverRoots,
    neverElectron,
  ),
  layer(
    'electron/access',
    denyFolders(
      [...without(hostParts, 'access'), ...outside],
      "access imports shared and the broker's ports",
    ),
    onlyPorts,
    neverRoots,
    neverElectron,
  ),
  // It stands between the requests of the gateway and the sessions of the broker, of other nodes as well.
  layer(
    'electron/farm',
    denyFolders(
      [...without(hostParts, 'farm', 'gateway'), ...outside],
      'farm imports shared, the gateway that it is behind, and the broker whose sessions it takes up',
    ),
    {
      group: [
        '**/broker/**',
        '!**/broker/ports.ts',
        '!**/broker/caller.ts',
        '!**/broker/callerRights.ts',
        '!**/broker/sessionBook.ts',
        '!**/broker/sessions.ts',
      ],
      message: 'of the broker, its ports and what people do with sessions',
    },
    neverRoots,
    neverElectron,
  ),
  // Its pages are those of signing in.
  layer(
    'electron/gateway',
    denyFolders(
      [...without(hostParts, 'gateway', 'access'), ...outside],
      'gateway is handed what it serves by the root',
    ),
    onlyPorts,
    neverRoots,
    neverElectron,
  ),
  // In the place of a broker: it passes on what the shell takes in.
  layer(
    'electron/farmClient',
    denyFolders(
      [...without(hostParts, 'farmClient'), ...outside],
      "farmClient imports shared, the disk and the broker's ports",
    ),
    onlyPorts,
    neverRoots,
    neverElectron,
  ),
  layer(
    'electron/shell',
    denyFolders([...without(hostParts, 'shell'), ...outside], 'shell is handed what it serves by the root'),
    onlyPorts,
    neverRoots,
  ),
  {
    files: ['**/electron/{main,preload}.ts'],
    rules: restrict(denyFolders(outside, 'the host process imports nothing of these')),
  },
  {
    files: ['**/electron/headless.ts'],
    rules: restrict(denyFolders([...outside, 'shell'], 'headless runs without Electron'), neverElectron),
  },
  layer('renderer', ...rendererDenies()),
  layer(
    'renderer/{ui,transport}',
    denyFolders(['app', 'features', 'display'], 'ui and transport know nothing of what uses them'),
    ...rendererDenies(),
  ),
  // It draws in a worker, which has no page.
  layer(
    'renderer/display',
    denyFolders(['app', 'features', 'ui', 'transport'], 'the display imports shared'),
    deny(/^(react|react-dom|@base-ui|guacamole-common-js)($|\/)/, 'the display imports shared'),
    ...rendererDenies(),
  ),
  ...features.map((feature) =>
    layer(
      `renderer/features/${feature}`,
      deny(
        new RegExp(`^(\\.\\./)+(features/)?(${without(features, feature).join('|')})/`),
        'a feature imports shared, app and ui, never another feature',
      ),
      denyFolders(
        feature === 'sessions' ? ['transport'] : ['transport', 'display'],
        'a feature imports shared, app and ui; sessions the display, too',
      ),
      ...rendererDenies(),
    ),
  ),
  // A test sets up the real neighbours of what it tests.
  {
    files: ['**/*.test.{ts,tsx}', '**/engines/vnc/testHost.ts'],
    rules: restrict(neverRoots, neverElectron),
  },
  // Its real updater for AppImages runs in plain Node.
  { files: ['**/electron/updates/*.test.ts'], rules: restrict(neverRoots) },
];

export default {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'react', 'jsx-a11y', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true },
  ignorePatterns: ['dist', 'out'],
  rules: {
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'no-console': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    eqeqeq: 'error',
    'no-else-return': 'error',
    'no-param-reassign': 'error',
    'prefer-const': 'error',
    'react/rules-of-hooks': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-deprecated': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    'typescript/only-throw-error': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': 'error',
    'unicorn/prefer-node-protocol': 'error',
    // Objects of closures, typed by interfaces, are the style here: none of them has a `this`.
    'typescript/unbound-method': 'off',
    // It doesn't see that a signal changes by itself.
    'no-unmodified-loop-condition': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'unicorn/no-array-sort': 'off',
    // A transaction's `then` is etcd's word for it, and a list: nothing takes it for a promise.
    'unicorn/no-thenable': 'off',
    'promise/always-return': 'off',
    // The compiler sees a path without a return value, and whether a switch is exhaustive.
    'typescript/consistent-return': 'off',
    'typescript/no-generated-empty-object-type': 'off',
    'typescript/no-meaningless-void-operator': 'off',
    'unicorn/no-useless-spread': 'off',
    'unicorn/prefer-add-event-listener': 'off',
    'no-underscore-dangle': 'off',
    'import/no-named-as-default-member': 'off',
    'import/no-unassigned-import': 'off',
    'react/react-in-jsx-scope': 'off',
    // These two are about what React Compiler can optimise, which isn't used; the third repeats exhaustive-deps.
    'react/incompatible-library': 'off',
    'react/set-state-in-effect': 'off',
    'react/exhaustive-effect-dependencies': 'off',
    'jsx-a11y/prefer-tag-over-role': 'off',
    'jsx-a11y/no-autofocus': 'off',
    'vitest/no-conditional-expect': 'off',
    'vitest/require-to-throw-message': 'off',
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/require-mock-type-parameters': 'off',
    'vitest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'fc.assert', 'assert*'] }],
  },
  overrides: [
    ...layers,
    // Types of Node come in with those of a package, so the compiler alone doesn't keep these out.
    {
      files: ['**/shared/**'],
      excludeFiles: ['**/*.test.ts'],
      rules: { 'no-restricted-globals': ['error', ...hostGlobals] },
    },
    {
      files: ['**/*.test.{ts,tsx}', '**/*.spec.ts'],
      // A rejection that nobody awaits fails the test run by itself.
      rules: { 'no-console': 'off', 'typescript/no-misused-promises': 'off' },
    },
    // What Playwright's fixtures call `use` is no hook of React.
    { files: ['**/e2e/**'], rules: { 'react/rules-of-hooks': 'off' } },
    { files: ['**/*.config.{ts,mjs}'], rules: { 'import/no-default-export': 'off' } },
  ],
};

function layer(folder, ...denied) {
  return { files: [`**/${folder}/**`], rules: restrict(...denied) };
}

function restrict(...patterns) {
  return { 'no-restricted-imports': ['error', { patterns }] };
}

function rendererDenies() {
  return [
    denyFolders(['electron', 'build', 'e2e'], 'the renderer knows the host process by its contract only'),
    neverNode,
    neverRoots,
    neverElectron,
  ];
}

/** Denies relative paths through one of these folders. */
function denyFolders(names, message) {
  return deny(new RegExp(`^\\.\\.?/(.*/)?(${names.join('|')})/`), message);
}

function deny(regex, message) {
  return { regex: regex.source, message };
}

function without(names, ...taken) {
  return names.filter((other) => !taken.includes(other));
}
