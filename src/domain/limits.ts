/** Sizes that keep prompts, histories and answers bounded, whatever a run meets. Characters are UTF-16 code units. */
export const LIMITS = {
  /** Inline document text of one run's input, in all; more goes to the artifact store first. Bytes. */
  inlineDocumentBytes: 64 * 1024,
  /** Documents of one run, archives unpacked. */
  documents: 2_000,
  /** The question. Characters. */
  questionCharacters: 8_000,
  /** The graph as a prompt shows it. Characters. */
  viewCharacters: 6_000,
  /** One tool's output as a prompt shows it. Characters. */
  toolOutputCharacters: 8_000,
  /** Tool outputs that one prompt shows together, as far as each is shown: two long ones of prose. Tokens, at most. */
  togetherTokens: 9_000,
  /** The list of documents as a prompt shows it. Characters. */
  documentListCharacters: 1_500,
  /** Rows of a retrieval that a prompt shows, and that a query may return. */
  queryRows: 50,
  /** One cell of a row. Characters. */
  cellCharacters: 400,
  /** Milliseconds a model-written query may take before its process is killed. */
  queryMilliseconds: 5_000,
  /** Resident memory of a query process. Bytes. */
  queryMemoryBytes: 512 * 1024 * 1024,
  /** Tool calls a round may make. */
  toolCallsPerRound: 6,
  /** An invalid answer or an error, as it is shown to the model that repairs it. Characters. */
  errorCharacters: 1_000,
  /** An answer of a model: several times what a step may be answered with. Characters. */
  answerCharacters: 32_768,
  /** Answers a model may be asked for one step: with the error shown, then afresh. */
  asksPerStep: 3,
} as const;
