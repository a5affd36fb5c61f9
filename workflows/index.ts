export { answerBatch, batchQuery } from './answer-batch.ts';
export {
  budgetOwner,
  raiseSharedBudgetUpdate,
  setSharedBudgetUpdate,
  settleUpdate,
  sharedBudgetQuery,
  takeUpdate,
} from './budget-owner.ts';
export { runJob } from './run-job.ts';
export { addHintUpdate, approveToolCallUpdate, raiseBudgetUpdate, rejectToolCallUpdate } from './wheel.ts';
export { answerQuestion, graphQuery, ledgerQuery, progressQuery } from './answer-question.ts';
