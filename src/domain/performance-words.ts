import type { RunPerformance, RunSavings } from './run.ts';
import { counted } from './text.ts';

/** How a run went, as sentences. */
export function performanceWords({ calls, busy, efficiency, savings, compute, storage }: RunPerformance): string[] {
  const parts = [
    `efficiency ${efficiency.toFixed(2)}`,
    ...(calls === undefined
      ? []
      : [`a call took ${Math.round(calls.median)} ms in the middle, 95 of 100 at most ${Math.round(calls.p95)} ms`]),
    `workers took about ${compute.cpuSeconds.toFixed(2)} s of a processor ($${compute.dollars.toFixed(6)})`,
    ...(storage === undefined
      ? []
      : [`${Math.ceil(storage.bytes / 1024)} KiB are kept ($${storage.dollarsAMonth.toFixed(6)} a month)`]),
    ...(busy === undefined ? [] : [`a call was under way for ${Math.round(100 * busy)} % of the time`]),
  ];
  const saved = savingWords(savings);
  return [parts.join('; '), ...(saved.length === 0 ? [] : [`saved: ${saved.join('; ')}`])];
}

function savingWords(savings: RunSavings): string[] {
  const { samplesNotSent, callsShared, answersReused, reusedDollars, cheapAnswers, cheapDollars } = savings;
  const worth = (dollars: number): string => (dollars > 0 ? ` ($${dollars.toFixed(4)})` : '');
  return [
    ...(samplesNotSent > 0 ? [`${samplesNotSent} of the votes and parses were not needed`] : []),
    ...(callsShared > 0 ? [`${counted(callsShared, 'tool call')} answered by an identical one`] : []),
    ...(answersReused > 0 ? [`${counted(answersReused, 'answer')} of other runs${worth(reusedDollars)}`] : []),
    ...(cheapAnswers > 0 ? [`${counted(cheapAnswers, 'answer')} of the cheap model${worth(cheapDollars ?? 0)}`] : []),
  ];
}
