/** Rules of the linter that keep the arrows of DESIGN.md ("The house"). */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Folders, and what of the house each may import beside itself. `workflows` also takes types; see below. */
const HOUSE: Record<string, string[]> = {
  cli: ['workers', 'workflows', 'activities', 'src'],
  workers: ['workflows', 'activities', 'src'],
  workflows: ['activities', 'src'],
  activities: ['src'],
  src: [],
};

/** They import what they like, and nobody in the house imports them. */
const OUTSIDE = ['bench', 'examples', 'scripts', 'test'];

/** Rooms of `src`, from the top: a room knows only itself and the rooms below it. */
export const ROOMS = [
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

/** What runs in the workflow sandbox, which of its imports leave values to run, and why no others. */
const PURE = [
  {
    folder: 'workflows/',
    allowed: /^(@temporalio\/(workflow|common)$|\.\/(?!\.)|\.\.\/src\/domain\/)/,
    message:
      'workflows/ imports @temporalio/workflow, @temporalio/common, src/domain/ and itself; of anything else only types (import type, export type).',
  },
  {
    folder: 'src/domain/',
    allowed: /^(\.\/(?!\.)|immutable$)/,
    message:
      'src/domain is pure and runs in workflows: it imports only itself and immutable; of other packages only types (import type, export type).',
  },
];

const root = join(import.meta.dirname, '..');
const { name: self, exports: entries } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  exports: Record<string, string>;
};

/** What the rules look at, of ESTree. */
interface Node {
  source?: { value?: unknown } | null;
  importKind?: string;
  exportKind?: string;
}

interface Context {
  filename: string;
  report(found: { node: Node; message: string }): void;
}

type Visitor = Record<string, (node: Node) => void>;

/** Calls `check` for each import and export of another module, with what names that. */
function eachImport(check: (node: Node, specifier: string) => void): Visitor {
  const look = (node: Node): void => {
    if (typeof node.source?.value === 'string') check(node, node.source.value);
  };
  const kinds = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression'];
  return Object.fromEntries(kinds.map((kind) => [kind, look]));
}

/** The imported file, from the root; undefined for one of another package. */
function fileOf(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(importer), specifier);
  if (specifier !== self && !specifier.startsWith(`${self}/`)) return undefined;
  return join(entries[`.${specifier.slice(self.length)}`] ?? '.');
}

/** Why one file may not import another. */
function refusal(importer: string, imported: string): string | undefined {
  const [[folder, room], [other, otherRoom]] = [importer.split('/'), imported.split('/')] as [string[], string[]];
  const below = HOUSE[folder!];
  if (below !== undefined && other !== folder && [...OUTSIDE, ...Object.keys(HOUSE)].includes(other!)) {
    if (below.includes(other!)) return undefined;
    const allowed = below.map((name) => `, ${name}/`).join('');
    return `${folder}/ may import only itself${allowed}: the arrows are cli → workers → workflows, activities → src.`;
  }
  if (folder !== 'src' || other !== 'src') return undefined;
  const [place, otherPlace] = [ROOMS.indexOf(room!), ROOMS.indexOf(otherRoom!)];
  if (place === -1 || otherPlace === -1 || otherPlace >= place) return undefined;
  const rooms = ROOMS.slice(place + 1).join(', ') || 'there are none';
  return `src/${room} may import only itself and the rooms below it (${rooms}).`;
}

const placeOf = ({ filename }: Context): string => relative(root, filename);

export default {
  meta: { name: 'house' },
  rules: {
    arrows: {
      create: (context: Context): Visitor =>
        eachImport((node, specifier) => {
          const imported = fileOf(placeOf(context), specifier);
          const message = imported === undefined ? undefined : refusal(placeOf(context), imported);
          if (message !== undefined) context.report({ node, message });
        }),
    },
    rooms: {
      create: (context: Context): Visitor => ({
        Program: (node) =>
          context.report({
            node,
            message: `src/ is made of rooms (${ROOMS.join(', ')}): put the file into one, or add its room to the order in scripts/house-rules.ts.`,
          }),
      }),
    },
    sandbox: {
      create: (context: Context): Visitor => ({
        ...eachImport((node, specifier) => {
          const { allowed, message } = PURE.find(({ folder }) => placeOf(context).startsWith(folder))!;
          if (allowed.test(specifier) || node.importKind === 'type' || node.exportKind === 'type') return;
          context.report({ node, message });
        }),
        ImportExpression: (node) =>
          context.report({ node, message: 'What runs in the workflow sandbox imports at its top only.' }),
      }),
    },
  },
};
