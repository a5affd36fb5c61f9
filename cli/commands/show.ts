import type { Command } from 'commander';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { describeRun, RunNotFoundError } from '../../src/client/story/describe-run.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { unknownRun } from '../find-run.ts';
import { oneOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { seenTexts } from '../safe-links.ts';
import { Session } from '../session.ts';
import { defangPage } from '../show/links.ts';
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
    const story = await session.persist(({ client, artifactsDirectory, dataDirectory }) =>
      describeRun(client, id, { artifacts: openDirectoryStore(artifactsDirectory) }).catch((error: unknown) => {
        if (!(error instanceof RunNotFoundError)) throw error;
        throw unknownRun(id, dataDirectory, error.reason);
      }),
    );
    const runtime = await session.runtime();
    const artifacts = openDirectoryStore(runtime.artifactsDirectory);
    const uiUrl = story.status === 'UNKNOWN' ? undefined : linkOf(runtime, id);
    const seen = await seenTexts(artifacts, story.folder, [...givenTo(story), uiUrl]);
    const sections = defangPage(storySections(story, { uiUrl }), seen);
    session.print({ ...story, uiUrl }, options.format === 'markdown' ? outlineMarkdown(sections) : sections);
  });
}

/** What people gave a run: its question, where its models are, hints. */
function givenTo({ question, models, messages }: RunStory): string[] {
  const urls = models === undefined ? [] : [models.planner.url, models.executor.url];
  const sent = messages.flatMap(({ arguments: words }) => words.map((argument) => JSON.stringify(argument)));
  return [question, ...urls.filter((url) => url !== undefined), ...sent];
}
