/** Writes the tables of docs/configuration.md from the settings: `node scripts/settings-table.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { setting, SETTING_GROUPS } from '../src/config/settings.ts';
import type { SettingName } from '../src/config/settings.ts';

export const PAGE = join(import.meta.dirname, '..', 'docs', 'configuration.md');

const BEGIN = '<!-- settings: written by scripts/settings-table.ts -->';
const END = '<!-- end of settings -->';

/** The page with its tables as the settings are now. */
export async function withSettings(page: string): Promise<string> {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has lost its marks: ${BEGIN} and ${END}.`);
  return (await format(PAGE, `${before}${BEGIN}\n\n${tables()}\n\n${END}${after}`)).code;
}

function tables(): string {
  const groups = Object.entries(SETTING_GROUPS).map(([title, group]) => {
    const rows = (Object.keys(group) as SettingName[]).map((name) => {
      const { description, variable, flag, default: otherwise, usually, secret, notInFile } = setting(name);
      const key = secret === true || notInFile !== undefined ? '—' : `\`${name}\``;
      const usual = otherwise === undefined ? (usually ?? '') : `\`${String(otherwise)}\``;
      const flagged = flag === undefined ? '' : `\`${flag}\``;
      return `| ${key} | \`${variable}\` | ${flagged} | ${usual} | ${description}${secret === true ? ' (secret)' : ''} |`;
    });
    return `### ${title}\n\n| in a file | variable | flag | default | what it is |\n|---|---|---|---|---|\n${rows.join('\n')}`;
  });
  return groups.join('\n\n');
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(PAGE, await withSettings(readFileSync(PAGE, 'utf8')));
}
