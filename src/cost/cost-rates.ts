import { readSetting } from '../config/read-setting.ts';
import { COST_RATES } from './resource-costs.ts';
import type { CostRates } from './resource-costs.ts';

const HOUR = 3_600;

/** The rates that the settings `cpuPrice`, `memoryPrice` and `storagePrice` name, else the usual ones. */
export function costRates(env: NodeJS.ProcessEnv = process.env): CostRates {
  const cpu = readSetting('cpuPrice', env);
  const memory = readSetting('memoryPrice', env);
  const storageGibMonth = readSetting('storagePrice', env);
  return {
    ...COST_RATES,
    ...(cpu === undefined ? {} : { cpuSecond: cpu / HOUR }),
    ...(memory === undefined ? {} : { memoryGibSecond: memory / HOUR }),
    ...(storageGibMonth === undefined ? {} : { storageGibMonth }),
  };
}
