// The linter: types are checked, and the arrows of DESIGN.md ("The house") are kept, so that a misplaced import fails
// where it is written.
import { defineConfig } from 'oxlint';
import { ROOMS } from './scripts/house-rules.ts';

/** What typescript-eslint calls strict, without what oxlint counts as correctness, or would forbid what is meant here. */
const STRICT = [
  'ban-ts-comment',
  'consistent-type-exports',
  'consistent-type-imports',
  'no-deprecated',
  'no-dynamic-delete',
  'no-empty-object-type',
  'no-explicit-any',
  'no-extraneous-class',
  'no-generated-empty-object-type',
  'no-import-type-side-effects',
  'no-misused-promises',
  'no-mixed-enums',
  'no-namespace',
  'no-non-null-asserted-nullish-coalescing',
  'no-require-imports',
  'no-unnecessary-boolean-literal-compare',
  'no-unnecessary-template-expression',
  'no-unnecessary-type-arguments',
  'no-unnecessary-type-assertion',
  'no-unnecessary-type-constraint',
  'no-unnecessary-type-conversion',
  'no-unsafe-argument',
  'no-unsafe-assignment',
  'no-unsafe-call',
  'no-unsafe-enum-assignment',
  'no-unsafe-enum-comparison',
  'no-unsafe-function-type',
  'no-unsafe-member-access',
  'no-unsafe-return',
  'no-useless-default-assignment',
  'only-throw-error',
  'prefer-literal-enum-member',
  'prefer-promise-reject-errors',
  'prefer-reduce-type-parameter',
  'prefer-return-this-type',
  'related-getter-setter-pairs',
  'require-await',
  'restrict-plus-operands',
  'unified-signatures',
  'use-unknown-in-catch-callback-variable',
];

const error = (names: string[]): Record<string, 'error'> => Object.fromEntries(names.map((name) => [name, 'error']));
const off = (names: string[]): Record<string, 'off'> => Object.fromEntries(names.map((name) => [name, 'off']));

export default defineConfig({
  plugins: ['typescript'],
  jsPlugins: ['./scripts/house-rules.ts'],
  options: { typeAware: true, typeCheck: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['dist/', '.kgot/', '**/*.{js,mjs}'],
  categories: { correctness: 'error' },
  rules: {
    ...error(STRICT.map((name) => `typescript/${name}`)),
    ...error(['no-array-constructor', 'no-useless-constructor', 'no-var', 'prefer-const']),
    ...error(['prefer-rest-params', 'prefer-spread']),
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true },
    ],
    'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowNullish: true }],
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'house/arrows': 'error',
    // What is looked for in text from outside.
    ...off(['no-control-regex', 'no-misleading-character-class']),
    // The compiler looks at them, and knows `??=` for a use.
    'no-unused-private-class-members': 'off',
    'typescript/require-array-sort-compare': 'off',
  },
  overrides: [
    { files: ['src/**/*.ts'], excludeFiles: ROOMS.map((room) => `src/${room}/**`), rules: { 'house/rooms': 'error' } },
    {
      files: ['workflows/**/*.ts', 'src/domain/**/*.ts'],
      rules: {
        'house/sandbox': 'error',
        'no-restricted-globals': [
          'error',
          ...['process', 'Buffer', 'fetch'].map((name) => ({ name, message: 'The workflow sandbox has no Node.' })),
        ],
      },
    },
    {
      files: ['test/**/*.ts', 'bench/**/*.ts'],
      rules: off([
        'no-sparse-arrays',
        ...[
          'no-base-to-string',
          'no-misused-spread',
          'no-unsafe-argument',
          'no-unsafe-assignment',
          'no-unsafe-call',
          'no-unsafe-enum-assignment',
          'no-unsafe-member-access',
          'no-unsafe-return',
          'require-await',
          'unbound-method',
          'use-unknown-in-catch-callback-variable',
        ].map((name) => `typescript/${name}`),
      ]),
    },
  ],
});
