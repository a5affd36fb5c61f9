// The linter: types are checked, and the arrows of DESIGN.md ("The house") are kept, so that a misplaced import fails
// where it is written.
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folders, and what of the house each may import beside itself. `workflows` also takes types; see below. */
const HOUSE = {
  cli: ['workers', 'workflows', 'activities', 'src'],
  workers: ['workflows', 'activities', 'src'],
  workflows: ['activities', 'src'],
  activities: ['src'],
  src: [],
};

/** They import what they like, and nobody in the house imports them. */
const OUTSIDE = ['bench', 'examples', 'scripts', 'test'];

/** Rooms of `src`, from the top: a room knows only itself and the rooms below it. */
const ROOMS = [
  'client',
  'optimizer',
  'tools',
  'mpi',
  'jobs',
  'graph',
  'model',
  'cost',
  'documents',
  'artifacts',
  'encryption',
  'telemetry',
  'config',
  'domain',
];

const houseZones = Object.entries(HOUSE).map(([folder, below]) => ({
  target: `./${folder}`,
  from: [...Object.keys(HOUSE), ...OUTSIDE]
    .filter((other) => other !== folder && !below.includes(other))
    .map((other) => `./${other}`),
  message: `${folder}/ may import only itself${listOf(below)}: the arrows are cli → workers → workflows, activities → src.`,
}));

const roomZones = ROOMS.slice(1).map((room, index) => ({
  target: `./src/${room}`,
  from: ROOMS.slice(0, index + 1).map((above) => `./src/${above}`),
  message: `src/${room} may import only itself and the rooms below it (${ROOMS.slice(index + 2).join(', ') || 'there are none'}).`,
}));

function listOf(folders) {
  return folders.map((folder) => `, ${folder}/`).join('');
}

/** Forbids every import of values whose specifier does not match `allowed`; `import type` leaves nothing to run. */
function valuesOnlyFrom(allowed, message) {
  return {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [{ regex: `^(?!${allowed})`, allowTypeImports: true, message }] },
    ],
    'no-restricted-syntax': [
      'error',
      { selector: 'ImportExpression', message: 'What runs in the workflow sandbox imports at its top only.' },
      // Node keeps `export {} from` for it, and so runs the module.
      {
        selector: 'ExportNamedDeclaration[exportKind="value"] > ExportSpecifier[exportKind="type"]',
        message: 'Write export type { … }.',
      },
    ],
    'no-restricted-globals': [
      'error',
      ...['process', 'Buffer', 'fetch'].map((name) => ({ name, message: 'The workflow sandbox has no Node.' })),
    ],
  };
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.kgot/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })] },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { basePath: import.meta.dirname, zones: [...houseZones, ...roomZones] },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNullish: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Of the strict rules, those that would forbid what is meant here.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // It takes flags that change while something is awaited for constants.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ROOMS.map((room) => `src/${room}/**`),
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program',
          message: `src/ is made of rooms (${ROOMS.join(', ')}): put the file into one, or add its room to the order in eslint.config.js.`,
        },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: valuesOnlyFrom(
      String.raw`@temporalio/(workflow|common)$|\./(?!\.)|\.\./src/domain/`,
      'workflows/ imports @temporalio/workflow, @temporalio/common, src/domain/ and itself; of anything else only types (import type).',
    ),
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: valuesOnlyFrom(
      String.raw`\./(?!\.)|immutable$`,
      'src/domain is pure and runs in workflows: it imports only itself and immutable; of other packages only types (import type).',
    ),
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
    },
  },
);
