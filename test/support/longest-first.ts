import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files that take a minute and more each, while most take seconds: the longest first. */
const LONGEST = [
  'cli/eval',
  'run/faults',
  'graph/rdf4j',
  'graph/neo4j',
  'docs/tutorials',
  'run/shared-budgets',
  'cli/solve',
  'cli/graph-services',
  'cli/two-at-once',
  'cli/runs',
  'injection/injection',
  'mpi/faults',
  'graph/embedded',
  'graph/memory',
  'cli/knowledge',
  'cli/steer',
  'mpi/hosts',
  'run/strategies',
  'run/loop',
];

/**
 * Begins the files that take longest first, so that all workers end at about the same time, and those of `unit` last: a worker serves
 * files of one project, and another starts where the next is of another.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      if (project.name === 'unit') return LONGEST.length + 1;
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
