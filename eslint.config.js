import tseslint from 'typescript-eslint';

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
const nodeGlobals = readonly('process', 'console', 'Buffer', 'URL', 'URLSearchParams', 'fetch', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance', 'AbortController', 'AbortSignal', 'structuredClone', 'TextDecoder', 'TextEncoder');
/** What a script hands to the window to run there (Playwright's `evaluate`). */
const browserGlobals = readonly('window', 'document');

/** In the simulator time, randomness and ids are injected, or the same inputs would not give the same cluster. */
const INJECTED = [
  ['Date', 'Take a Clock.'],
  ['setTimeout', 'Use clock.schedule or clock.sleep.'],
  ['setInterval', 'Use clock.schedule.'],
  ['setImmediate', 'Use clock.schedule.'],
].map(([name, message]) => ({ name, message }));

export const simulatorRules = {
  'no-restricted-globals': ['error', ...INJECTED],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Take a Random.' }, { object: 'crypto', property: 'randomUUID', message: 'Take Ids.' }],
  'no-restricted-imports': ['error', { paths: [{ name: 'node:crypto', importNames: ['randomUUID', 'randomBytes', 'randomInt'], message: 'Take Ids or a Random.' }, { name: 'node:timers', message: 'Use the Clock.' }, { name: 'node:timers/promises', message: 'Use the Clock.' }] }],
};

export default tseslint.config(
  { ignores: ['**/node_modules/', 'out/', 'dist/', '.cache/', '**/generated/', 'e2e/conformance/transcripts.mjs'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 70, skipComments: true }],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-asserted-optional-chain': 'error',
    },
  },
  // The build scripts have no types to catch a name that is not there.
  { files: ['**/*.mjs'], languageOptions: { globals: { ...nodeGlobals, ...browserGlobals } }, rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] } },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
  // Certificates live in real time: TLS knows no other.
  { files: ['app/sim/**/*.ts'], ignores: ['**/*.test.ts', 'app/sim/apiserver/pki/pki.ts', 'app/sim/**/testing.ts'], rules: simulatorRules },
);
