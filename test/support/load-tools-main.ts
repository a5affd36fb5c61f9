// Loads the tools of the files that are named, and prints for each their names or what was wrong, as JSON.
import { loadTools } from '../../src/tools/load-tools.ts';

const outcomes = [];
for (const file of process.argv.slice(2)) {
  outcomes.push(
    await loadTools(file).then(
      (tools) => ({ names: tools.map(({ name }) => name) }),
      (error: unknown) => ({ error: (error as Error).name, message: (error as Error).message }),
    ),
  );
}
process.stdout.write(JSON.stringify(outcomes));
