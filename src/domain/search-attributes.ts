/** The search attributes of runs, registered at set-up; types as Temporal's own tools name them. */
export const SEARCH_ATTRIBUTES = [
  /** `running`, `waiting` for a person or for its budget, or why the run ended: `solved`, `forced`, `out-of-budget`, `cancelled`, `failed`. */
  { name: 'KgotStatus', type: 'Keyword' },
  /** `provider:name` of the planner. */
  { name: 'KgotModel', type: 'Keyword' },
  { name: 'KgotRounds', type: 'Int' },
  /** US dollars; absent while a price is unknown. */
  { name: 'KgotDollars', type: 'Double' },
] as const;
