import type { ModelReference, RunModels } from './run.ts';

/** `provider:name`, as ledgers and listings show a model. */
export function modelLabel({ provider, name }: ModelReference): string {
  return `${provider}:${name}`;
}

/** A run's models in one text: what calls of one set take says nothing of another. */
export function modelsLabel({ planner, executor, cheap }: RunModels): string {
  return [planner, executor, ...(cheap === undefined ? [] : [cheap])].map(modelLabel).join(', ');
}

/** True for a model that runs on this host, or whose answers were recorded. */
export function isLocal({ provider, url }: ModelReference): boolean {
  if (provider === 'recorded' || provider === 'oracle') return true;
  if (url === undefined) return provider === 'ollama';
  return /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/.test(url);
}
