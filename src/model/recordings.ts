import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { canonicalJson } from '../domain/text.ts';
import type { ModelAnswer, ModelRequest } from './generate.ts';
import { ModelUnavailableError } from './language-model.ts';

/** Answers that a real model gave, by which a run can be shown without one. */
export interface Recording {
  /** Says what the file is, to whoever opens it. */
  about: string;
  /** The model that answered. */
  model: string;
  recordedAt: string;
  /** By `step/sample/ask/hash of the canonical request`. */
  answers: Record<string, ModelAnswer>;
}

/** Thrown when a request was not recorded. */
export class RecordingMissingError extends Error {
  override readonly name = 'RecordingMissingError';
  constructor({ recording, key }: { recording: string; key: string }) {
    const [step, sample, ask] = key.split('/');
    super(
      `The recording ${recording} has no answer of the step ${step} (sample ${sample}, ask ${ask}): its prompt has changed since. Make the recordings anew with "npm run record", or set KGOT_MODEL to a live model.`,
    );
  }
}

/** Names one answer of a recording. */
export function recordingKey(place: { sample: string; ask: number }, request: ModelRequest): string {
  const hash = createHash('sha256').update(canonicalJson(request)).digest('hex').slice(0, 32);
  return `${request.name}/${place.sample}/${place.ask}/${hash}`;
}

const FOLDER = new URL('recordings/', import.meta.url);

async function readRecording(name: string): Promise<Recording> {
  const names = (await readdir(FOLDER)).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []));
  if (!names.includes(name)) {
    throw new ModelUnavailableError(`There is no recording ${JSON.stringify(name)}; there is ${names.join(', ')}.`);
  }
  return JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8')) as Recording;
}

const loaded = new Map<string, Promise<Recording>>();

/**
 * @throws {ModelUnavailableError} when there is no such recording
 * @throws {RecordingMissingError} when the request was not recorded
 */
export async function recordedAnswer(name: string, key: string): Promise<ModelAnswer> {
  let recording = loaded.get(name);
  if (recording === undefined) {
    recording = readRecording(name);
    loaded.set(name, recording);
    recording.catch(() => loaded.delete(name));
  }
  const answer = (await recording).answers[key];
  if (answer === undefined) throw new RecordingMissingError({ recording: name, key });
  return answer;
}

/** Writes down a live model's answers as they come, into one file. */
export class Recorder {
  readonly #file: string;
  readonly #recording: Recording;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, model: string) {
    this.#file = file;
    this.#recording = {
      about: 'Answers recorded from a real model by "npm run record"; see src/model/recordings.ts.',
      model,
      recordedAt: new Date().toISOString().slice(0, 10),
      answers: {},
    };
  }

  /** Resolves once the answer is in the file. */
  add(key: string, answer: ModelAnswer): Promise<void> {
    this.#recording.answers[key] = answer;
    // An earlier answer that could not be written is tried again with this one.
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        const answers = Object.fromEntries(Object.entries(this.#recording.answers).sort());
        // Of its own: another process may record into the same file.
        const partial = `${this.#file}.${randomUUID()}.partial`;
        await writeFile(partial, `${JSON.stringify({ ...this.#recording, answers }, null, 1)}\n`);
        await rename(partial, this.#file);
      });
    return this.#writing;
  }
}
