import { describe, expect, it } from 'vitest';
import { kgot } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';

/** None of the tester's own. */
const NOTHING = {
  ...{ KGOT_WEB: '', KGOT_SEARCH: '', KGOT_WEB_CACHE: '', KGOT_FETCH_ALLOW: '', KGOT_CONTACT: '', WIKIPEDIA_URL: '' },
  ...{ SEARXNG_URL: '', TAVILY_API_KEY: '', BRAVE_API_KEY: '', SERPAPI_API_KEY: '' },
};

async function listTools(env: NodeJS.ProcessEnv, ...flags: string[]) {
  const command = kgot(['tools', ...flags], { folder: temporaryFolder(), env: { ...NOTHING, ...env } });
  return { code: await command.ended, stdout: command.stdout, stderr: command.stderr };
}

describe('kgot tools', () => {
  it('says how to switch the web on, where nothing of it is', async () => {
    const { code, stdout, stderr } = await listTools({});
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/web|wikipedia/i);
    expect(stderr).toBe(
      'Not served here:\n' +
        '  web_search: set SEARXNG_URL, TAVILY_API_KEY, BRAVE_API_KEY or SERPAPI_API_KEY for the worker\n' +
        '  fetch_page, wikipedia: set KGOT_WEB=on for the worker\n',
    );
    const json = await listTools({}, '--json');
    expect(json.stderr).toBe('');
    expect((JSON.parse(json.stdout) as { tools: unknown[] }).tools).toHaveLength(4);
  });

  it('lists the web tools where they are configured, and no key', async () => {
    const { stdout, stderr } = await listTools({ KGOT_WEB: 'on', TAVILY_API_KEY: 'tvly-secret' }, '--json');
    expect(stderr).toBe('');
    const { tools } = JSON.parse(stdout) as { tools: { name: string; queue: string }[] };
    expect(tools.slice(4)).toMatchObject(
      ['web_search', 'fetch_page', 'wikipedia'].map((name) => ({ name, queue: 'kgot-tools' })),
    );
    expect(stdout).not.toContain('secret');
  });

  it('names a variable that cannot be right', async () => {
    const { code, stderr } = await listTools({ KGOT_WEB: 'yes' });
    expect(code).toBe(2);
    expect(stderr).toBe('Error: KGOT_WEB is "yes": give on or off.\n');
  });
});
