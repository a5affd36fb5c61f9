/** Loaded before a command (`NODE_OPTIONS=--import=…`): whoever asks a hosted provider asks KGOT_TEST_PROVIDERS instead. */
const HOSTED = /^https:\/\/(api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com)/;

const { fetch } = globalThis;
globalThis.fetch = (input, init) =>
  fetch(input instanceof Request ? input : String(input).replace(HOSTED, process.env['KGOT_TEST_PROVIDERS']!), init);
