import { Context } from '@temporalio/activity';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import type { ModelStepCall, ModelStepResult } from '../src/domain/activities.ts';
import { maximumTokens } from '../src/domain/budget.ts';
import { listDocuments } from '../src/domain/documents.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { truncate } from '../src/domain/text.ts';
import type { ToolListing } from '../src/domain/tools.ts';
import { viewGraph } from '../src/domain/view.ts';
import type { GraphStores } from '../src/graph/stores.ts';
import { answerSchema, parseAnswerText } from '../src/model/generate.ts';
import type { CalledAnswer, ModelCaller } from '../src/model/model-caller.ts';
import type { Material, Prompt, Step, StepInput } from '../src/model/step.ts';
import { steps } from '../src/model/steps/index.ts';
import { builtInTools } from '../src/tools/built-in/index.ts';
import { loadDocuments } from './documents.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';

export interface ModelActivityParts {
  artifacts: ArtifactStore;
  graphs: GraphStores;
  caller: ModelCaller;
}

export type ModelActivities = Record<`model.${string}`, (call: ModelStepCall<never>) => Promise<ModelStepResult>>;

/** One activity a step, `model.STEP`: each makes one request, in its turn. */
export function createModelActivities(parts: ModelActivityParts): ModelActivities {
  return Object.fromEntries(
    Object.values(steps).map((step) => [
      `model.${step.name}`,
      (call: ModelStepCall<never>) =>
        withHeartbeat((signal) => withFailures(() => callStep(step, call, parts, signal))),
    ]),
  );
}

async function callStep(
  step: Step,
  call: ModelStepCall<StepInput>,
  { artifacts, graphs, caller }: ModelActivityParts,
  signal: AbortSignal,
): Promise<ModelStepResult> {
  const { run, model, input, previous, round, sample, ask, reservation, requests, deadline, shared = false } = call;
  const materialOf = await loadMaterial(call, artifacts, graphs);
  const schema = step.schema(materialOf(1), input);
  const jsonSchema = answerSchema(schema);
  const beside = JSON.stringify(jsonSchema) + (previous === undefined ? '' : previous.text + previous.error);
  const room = reservation.tokens - step.maxOutputTokens - maximumTokens(beside);
  const { prompt, material } = promptWithin(room, step, input, materialOf);
  const parse = ({ text, inPrompt }: CalledAnswer) => parseAnswerText(text, schema, inPrompt);
  const { text, inPrompt } = await caller.call(
    {
      run: run.id,
      key: { round, step: `model.${step.name}`, sample, ask },
      model,
      request: {
        name: step.name,
        prompt,
        schema: jsonSchema,
        ...(previous === undefined ? {} : { previous }),
        maxOutputTokens: step.maxOutputTokens,
        ...samplingOf(sample, ask),
      },
      reservation,
      ...(requests === undefined ? {} : { requests }),
      // What is slow is given longer each time: a model that has grown slower still gets its turn.
      ...(deadline === undefined ? {} : { deadline: deadline * 2 ** (Context.current().info.attempt - 1) }),
      ...(shared ? { accepts: (answer) => parse(answer).kind === 'answer' } : {}),
    },
    signal,
  );
  const parsed = parse({ text, inPrompt });
  if (parsed.kind === 'invalid' || step.check === undefined) return parsed;
  return { ...parsed, value: step.check(parsed.value, material) };
}

/** A step's prompt in at most so many tokens: where it would be longer, it shows less of the graph and of tool output. */
function promptWithin(
  tokens: number,
  step: Step,
  input: StepInput,
  materialOf: (share: number) => Material,
): { prompt: Prompt; material: Material } {
  for (let share = 1; ; share *= 0.8) {
    const material = materialOf(share);
    const prompt = step.prompt(input, material);
    const fits = maximumTokens(prompt.system + prompt.user) <= tokens;
    if (fits || share < SMALLEST_SHARE) return { prompt, material };
  }
}

const SMALLEST_SHARE = 0.05;

/** The first sample is the model's likeliest answer; the others, and asks after an invalid answer, vary. */
function samplingOf(sample: string, ask: number): { temperature: number; seed: number } {
  const first = sample.startsWith('0') && ask === 0;
  let seed = ask;
  for (const character of sample) seed = (seed * 31 + character.codePointAt(0)!) % 1_000_003;
  return { temperature: first ? 0 : 0.7, seed };
}

/** Tools that a recorded model was offered: what a worker serves besides, its answers know nothing of. */
const RECORDED_TOOLS = new Set(builtInTools.map(({ name }) => name));

/** What a prompt may show, as a function of the share of its limits that it may use. */
async function loadMaterial(
  { run, model, input, toolSets = [] }: ModelStepCall<StepInput>,
  artifacts: ArtifactStore,
  graphs: GraphStores,
): Promise<(share: number) => Material> {
  const graph = await graphs.read(run.id, input.revision);
  const documents = await loadDocuments(artifacts, run);
  const output = input.outputSha256 === undefined ? '' : (await artifacts.getContent(input.outputSha256)).toString();
  const outputs = await Promise.all(
    (input.outputsSha256 ?? []).map(async (hash) => (await artifacts.getContent(hash)).toString()),
  );
  const listings = await Promise.all(toolSets.map((hash) => artifacts.getContent(hash)));
  const tools = listings.flatMap((listing) => JSON.parse(listing.toString()) as ToolListing[]);
  return (share) => ({
    question: run.question,
    documents: listDocuments(documents, share),
    view: (focus) => viewGraph(graph, focus, Math.floor(LIMITS.viewCharacters * share)),
    toolOutput: truncate(output, Math.floor(LIMITS.toolOutputCharacters * share)),
    toolOutputs: outputs.map((text) => truncate(text, Math.floor(LIMITS.toolOutputCharacters * share))),
    tools: model.provider === 'recorded' ? tools.filter(({ name }) => RECORDED_TOOLS.has(name)) : tools,
  });
}
