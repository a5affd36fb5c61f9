import type { Command } from 'commander';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { describeRun, RunNotFoundError } from '../../src/client/story/describe-run.ts';
import { UserError } from '../errors.ts';
import { oneOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';
import { outlineMarkdown } from '../show/outline.ts';
import { storySections } from '../show/story.ts';
import { linkOf } from './solve.ts';

const STORY_FORMATS = ['text', 'markdown'] as const;

interface ShowOptions extends GlobalOptions {
  format: (typeof STORY_FORMATS)[number];
}

export function addShowCommand(command: Command): void {
  command
    .option('--format <format>', 'text or markdown', oneOf(STORY_FORMATS), 'text')
    .action((id: string, options: ShowOptions) => show(id, options));
}

function show(id: string, options: ShowOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const runtime = await session.runtime();
    const artifacts = openDirectoryStore(runtime.artifactsDirectory);
    const story = await describeRun(runtime.client, id, { artifacts }).catch((error: unknown) => {
      if (!(error instanceof RunNotFoundError)) throw error;
      throw new UserError(`${error.message} "kgot list" lists the runs.`, { exitCode: 2, cause: error });
    });
    const uiUrl = story.status === 'UNKNOWN' ? undefined : linkOf(runtime, id);
    const sections = storySections(story, { uiUrl });
    session.print({ ...story, uiUrl }, options.format === 'markdown' ? outlineMarkdown(sections) : sections);
  });
}
