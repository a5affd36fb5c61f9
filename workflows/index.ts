export { answerBatch, batchQuery } from './answer-batch.ts';
export { answerQuestion, graphQuery, ledgerQuery, progressQuery } from './answer-question.ts';
