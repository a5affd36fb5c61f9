import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failures.ts';
import type { ModelRequest } from '../../src/model/generate.ts';
import { recordedAnswer, Recorder, RecordingMissingError, recordingKey } from '../../src/model/recordings.ts';
import type { Recording } from '../../src/model/recordings.ts';
import { temporaryFolder } from '../support/folders.ts';

const REQUEST: ModelRequest = {
  name: 'parseAnswer',
  prompt: { system: 'S', user: 'U' },
  maxOutputTokens: 32,
  temperature: 0,
  seed: 0,
};
const PLACE = { sample: '0', ask: 0 };
const ANSWER = { text: '{}', inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };

describe('recordingKey', () => {
  it('is the same for equal requests, whatever the order of their members', () => {
    const { name, prompt, ...others } = REQUEST;
    const turned = { ...others, prompt: { user: prompt.user, system: prompt.system }, name };
    expect(recordingKey(PLACE, turned)).toBe(recordingKey(PLACE, REQUEST));
  });

  it('differs for another prompt, schema, previous answer, seed, sample or ask', () => {
    const requests: ModelRequest[] = [
      { ...REQUEST, prompt: { system: 'S', user: 'V' } },
      { ...REQUEST, schema: { type: 'object' } },
      { ...REQUEST, previous: { text: 'a', error: 'b' } },
      { ...REQUEST, seed: 1 },
    ];
    const keys = [
      recordingKey(PLACE, REQUEST),
      recordingKey({ sample: '1', ask: 0 }, REQUEST),
      recordingKey({ sample: '0', ask: 1 }, REQUEST),
      ...requests.map((request) => recordingKey(PLACE, request)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('RecordingMissingError', () => {
  it('names the recording, the step and its place, and what can be done', () => {
    const key = recordingKey({ sample: '2', ask: 1 }, REQUEST);
    const { message } = new RecordingMissingError({ recording: 'demo', key });
    expect(message).toContain('The recording demo has no answer of the step parseAnswer (sample 2, ask 1)');
    expect(message).toContain('npm run record');
    expect(message).toContain('KGOT_MODEL');
  });

  it('is no failure that another attempt could mend', () => {
    const error = new RecordingMissingError({ recording: 'demo', key: 'parseAnswer/0/0/abc' });
    expect(toFailure(error)).toMatchObject({ type: 'RecordingMissing', nonRetryable: true });
  });
});

describe('recordedAnswer', () => {
  it.each(['demo', '../generate', 'a/b', '', '__proto__'])('names the recordings instead of %j', async (name) => {
    const error: unknown = await recordedAnswer(name, 'key').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: `There is no recording ${JSON.stringify(name)}; there is built-in-question.`,
    });
    expect(toFailure(error)).toMatchObject({ type: 'ModelUnavailable', nonRetryable: true });
  });
});

describe('Recorder', () => {
  it('has every answer in its file once it was added, in an order of their own', async () => {
    const file = join(temporaryFolder(), 'recording.json');
    const recorder = new Recorder(file, 'openai:gpt-4o-mini');
    await Promise.all(['c', 'a', 'b'].map((key) => recorder.add(key, { ...ANSWER, text: key })));
    const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
    expect(Object.keys(recording.answers)).toEqual(['a', 'b', 'c']);
    expect(recording).toMatchObject({ model: 'openai:gpt-4o-mini', answers: { b: { text: 'b', inputTokens: 1 } } });
  });

  it('is not disturbed by another that writes the same file', async () => {
    const file = join(temporaryFolder(), 'recording.json');
    const recorders = ['a', 'b', 'c'].map((model) => new Recorder(file, model));
    await Promise.all(recorders.flatMap((recorder) => ['1', '2', '3'].map((key) => recorder.add(key, ANSWER))));
    expect(Object.keys((JSON.parse(readFileSync(file, 'utf8')) as Recording).answers)).toEqual(['1', '2', '3']);
    expect(readdirSync(dirname(file))).toEqual(['recording.json']);
  });

  it('goes on after an answer that could not be written, which is written with the next', async () => {
    const folder = join(temporaryFolder(), 'later');
    const recorder = new Recorder(join(folder, 'recording.json'), 'a-model');
    await expect(recorder.add('a', ANSWER)).rejects.toThrow(/ENOENT/);
    mkdirSync(folder);
    await recorder.add('b', ANSWER);
    const recording = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as Recording;
    expect(Object.keys(recording.answers)).toEqual(['a', 'b']);
  });
});
