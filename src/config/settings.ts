import type { z } from 'zod';
import { ASKED_STRATEGIES, OptimizationStrategy, SAVINGS } from '../domain/plan.ts';
import { DEFAULT_OPTIONS, GRAPH_BACK_ENDS, RETRIEVALS, WHEN_OUT_OF_BUDGET } from '../domain/run.ts';
import {
  boltAddress,
  budget,
  encryptionKeys,
  hosts,
  list,
  listOf,
  onOrOff,
  oneOf,
  path,
  price,
  queueRates,
  target,
  text,
  webAddress,
  wholeNumber,
  yesOrNo,
} from './kinds.ts';

/** One setting: what it is called in each place that it may come from, and how it is read. */
export interface Setting {
  /** What it does, as the end of a sentence that begins with its name. */
  description: string;
  /** The variable of the environment. */
  variable: string;
  /** The flag, and what stands for its value in a usage: `--rounds <n>`. A flag of several values is repeated; one without is true. */
  flag?: `--${string}`;
  /** Reads its value, and says what would be right. */
  schema: z.ZodType;
  /** Its value where nobody gives one. */
  default?: string | number | boolean;
  /** The same in words, where it depends. */
  usually?: string;
  /** Never shown, and taken from the environment alone. */
  secret?: true;
  /** Why a file cannot hold it, where that is not because it is secret. */
  notInFile?: string;
  /** Settings that it stands for as well: given in a later place, it beats them in an earlier one. */
  covers?: readonly string[];
}

const PLACES = {
  config: {
    description: 'the configuration file',
    variable: 'KGOT_CONFIG',
    flag: '--config <file>',
    schema: path,
    usually: 'kgot.json where you are, if there is one',
    notInFile: 'it names the file itself',
  },
  data: {
    description: 'the data directory: artifacts, the embedded server’s database, logs',
    variable: 'KGOT_DATA',
    flag: '--data <directory>',
    schema: path,
    default: '.kgot',
  },
  cache: {
    description: 'where downloads are kept, in a folder kgot',
    variable: 'XDG_CACHE_HOME',
    schema: path,
    usually: '~/.cache',
  },
  mpiexec: {
    description: 'the mpiexec that starts ranks, of an Open MPI from 5; the compiler beside it builds the binding',
    variable: 'KGOT_MPIEXEC',
    schema: path,
    usually: 'what is on PATH if it is fit, else one of PyPI in the cache',
  },
  mpiHosts: {
    description: 'hosts that ranks run on, with their slots as a:2,b:2; or a hostfile of Open MPI, as ./hosts',
    variable: 'KGOT_MPI_HOSTS',
    schema: hosts,
    usually: 'this machine, a rank for each core',
  },
  mpiShell: {
    description: 'starts a command on a host, as ssh does: called with the host and the command',
    variable: 'KGOT_MPI_SHELL',
    schema: text,
    usually: 'ssh',
  },
  mpiAddress: {
    description: 'the address of this machine that the hosts reach, where it has several',
    variable: 'KGOT_MPI_ADDRESS',
    schema: text,
    usually: 'each that it has',
  },
} as const satisfies Record<string, Setting>;

const MODELS = {
  model: {
    description:
      'the model of a run: openai:gpt-4o-mini, anthropic:…, google:…, ollama:…, or a name with KGOT_MODEL_URL',
    variable: 'KGOT_MODEL',
    flag: '--model <model>',
    schema: text,
    covers: ['planner', 'executor'],
  },
  planner: {
    description: 'the model that votes, writes queries and answers',
    variable: 'KGOT_PLANNER',
    flag: '--planner <model>',
    schema: text,
    usually: 'model',
  },
  executor: {
    description: 'the model that chooses tools and reads their outputs',
    variable: 'KGOT_EXECUTOR',
    flag: '--executor <model>',
    schema: text,
    usually: 'model',
  },
  cheapModel: {
    description: 'a cheaper model, asked first where the strategy says so; the others answer what it fails',
    variable: 'KGOT_CHEAP_MODEL',
    flag: '--cheap-model <model>',
    schema: text,
    usually: 'none',
  },
  modelUrl: {
    description: 'the address of an OpenAI-compatible server; only there goes modelKey',
    variable: 'KGOT_MODEL_URL',
    schema: webAddress('http://127.0.0.1:8080/v1'),
  },
  ollamaUrl: {
    description: 'the address of Ollama',
    variable: 'OLLAMA_BASE_URL',
    schema: webAddress('http://127.0.0.1:11434/v1'),
    default: 'http://127.0.0.1:11434/v1',
  },
  modelConcurrency: {
    description: 'calls at once of one model, in each worker process',
    variable: 'KGOT_MODEL_CONCURRENCY',
    schema: wholeNumber(1),
    usually: '16; 1 for a model of this machine',
  },
  modelKey: {
    description: 'the key of the server at modelUrl',
    variable: 'KGOT_MODEL_KEY',
    schema: text,
    secret: true,
  },
  openaiKey: { description: 'the key of OpenAI', variable: 'OPENAI_API_KEY', schema: text, secret: true },
  anthropicKey: { description: 'the key of Anthropic', variable: 'ANTHROPIC_API_KEY', schema: text, secret: true },
  googleKey: {
    description: 'the key of Google',
    variable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    schema: text,
    secret: true,
  },
} as const satisfies Record<string, Setting>;

const RUNS = {
  strategy: {
    description: 'what a run is optimised for: latency, throughput, cost, balanced, scalability, or auto',
    variable: 'KGOT_STRATEGY',
    flag: '--strategy <name>',
    schema: oneOf(...ASKED_STRATEGIES),
    default: OptimizationStrategy.BALANCED,
  },
  taskType: {
    description: 'what runs that are alike are called: auto learns for each task type apart',
    variable: 'KGOT_TASK_TYPE',
    flag: '--task-type <name>',
    schema: text,
    usually: 'question',
  },
  target: {
    description: 'what auto goes by: the time a run should take as 20s, or dollars as 0.01',
    variable: 'KGOT_TARGET',
    flag: '--target <amount>',
    schema: target,
    usually: 'time and cost together',
  },
  priority: {
    description: 'whose calls come first where runs wait for each other: 1 to 10, the most urgent',
    variable: 'KGOT_PRIORITY',
    flag: '--priority <n>',
    schema: wholeNumber(1, 10),
    default: 5,
  },
  reuseAnswers: {
    description: 'whether a run uses answers that other runs have paid for: true or false',
    variable: 'KGOT_REUSE_ANSWERS',
    flag: '--reuse-answers <true|false>',
    schema: yesOrNo,
    usually: 'as the strategy says',
  },
  without: {
    description: 'ways to spend less that a run does without: staged-votes, shared-calls, batching',
    variable: 'KGOT_WITHOUT',
    flag: '--without <names>',
    schema: listOf(...SAVINGS),
  },
  rounds: {
    description: 'turns of the loop at most',
    variable: 'KGOT_ROUNDS',
    flag: '--rounds <n>',
    schema: wholeNumber(1),
    default: DEFAULT_OPTIONS.rounds,
  },
  votes: {
    description: 'votes on the next step at most',
    variable: 'KGOT_VOTES',
    flag: '--votes <n>',
    schema: wholeNumber(1),
    usually: 'as the strategy says: 5, or 3',
  },
  repairs: {
    description: 'repairs of a failing query',
    variable: 'KGOT_REPAIRS',
    flag: '--repairs <n>',
    schema: wholeNumber(0),
    default: DEFAULT_OPTIONS.repairs,
  },
  retrieval: {
    description: 'how the graph is read: query, code or direct',
    variable: 'KGOT_RETRIEVAL',
    flag: '--retrieval <how>',
    schema: oneOf(...RETRIEVALS),
    default: DEFAULT_OPTIONS.retrieval,
  },
  graph: {
    description: 'where a run’s graph is kept: embedded, neo4j, memory or rdf4j',
    variable: 'KGOT_GRAPH',
    flag: '--graph <back end>',
    schema: oneOf(...GRAPH_BACK_ENDS),
    default: DEFAULT_OPTIONS.graph,
  },
  remember: {
    description: 'whether the facts of a solved run are kept in the knowledge graph',
    variable: 'KGOT_REMEMBER',
    flag: '--remember',
    schema: yesOrNo,
    default: DEFAULT_OPTIONS.remember,
  },
  recall: {
    description: 'whether a run begins with what the knowledge graph holds about the question',
    variable: 'KGOT_RECALL',
    flag: '--recall',
    schema: yesOrNo,
    default: DEFAULT_OPTIONS.recall,
  },
  knowledgeGraph: {
    description: 'where the knowledge graph is kept: embedded or neo4j',
    variable: 'KGOT_KNOWLEDGE_GRAPH',
    schema: oneOf('embedded', 'neo4j'),
    default: 'embedded',
  },
  budget: {
    description: 'what a run may spend: dollars as 0.05, or tokens as 20000tokens',
    variable: 'KGOT_BUDGET',
    flag: '--budget <amount>',
    schema: budget,
    usually: 'no limit',
  },
  prices: {
    description: 'a file of prices of models that beats the list of the package: docs/performance-optimizer.md',
    variable: 'KGOT_PRICES',
    schema: path,
    usually: 'the list alone',
  },
  cpuPrice: {
    description: 'what one core costs an hour, in US dollars: what runs’ compute is reckoned at',
    variable: 'KGOT_CPU_PRICE',
    schema: price,
    usually: '0.04048, of AWS Fargate',
  },
  memoryPrice: {
    description: 'what one GiB of memory costs an hour, in US dollars',
    variable: 'KGOT_MEMORY_PRICE',
    schema: price,
    usually: '0.004445, of AWS Fargate',
  },
  storagePrice: {
    description: 'what one GiB kept for a month costs, in US dollars: what runs keep is reckoned at',
    variable: 'KGOT_STORAGE_PRICE',
    schema: price,
    usually: '0.023, of AWS S3',
  },
  budgetScopes: {
    description: 'budgets that a run shares: batch:NAME, user:NAME or day:YYYY-MM-DD',
    variable: 'KGOT_BUDGET_SCOPES',
    flag: '--budget-scope <scope>',
    schema: list,
  },
  whenOutOfBudget: {
    description: 'what a run does when no other call fits a budget: answer, or wait until one is raised',
    variable: 'KGOT_WHEN_OUT_OF_BUDGET',
    flag: '--when-out-of-budget <what>',
    schema: oneOf(...WHEN_OUT_OF_BUDGET),
    default: DEFAULT_OPTIONS.whenOutOfBudget,
  },
  toolQueues: {
    description: 'task queues whose tools a run may use besides',
    variable: 'KGOT_TOOL_QUEUES',
    flag: '--tool-queue <name>',
    schema: list,
  },
  tools: {
    description: 'files whose tools a run may use besides, or a worker serves',
    variable: 'KGOT_TOOLS',
    flag: '--tools <file>',
    schema: list,
  },
  jobs: {
    description: 'files whose jobs a worker serves on kgot-compute',
    variable: 'KGOT_JOBS',
    flag: '--jobs <file>',
    schema: list,
  },
  toolConcurrency: {
    description: 'tool calls at once on each tool queue, in each worker process',
    variable: 'KGOT_TOOL_CONCURRENCY',
    schema: wholeNumber(1, 10_000),
    default: 50,
  },
  queueRates: {
    description: 'calls a second of a task queue, over all its workers together: kgot-model=5,web-tools=0.5',
    variable: 'KGOT_QUEUE_RATES',
    schema: queueRates,
    usually: 'no limit',
  },
  approvalWebhook: {
    description: 'where a POST tells that a tool call waits for a person',
    variable: 'KGOT_APPROVAL_WEBHOOK',
    schema: webAddress('https://chat.example/hooks/kgot'),
    secret: true,
  },
  concurrency: {
    description: 'runs at once of an evaluation',
    variable: 'KGOT_CONCURRENCY',
    flag: '--concurrency <n>',
    schema: wholeNumber(1),
    usually: 'as the strategy says: 4 to 128',
  },
  queues: {
    description: 'task queues that kgot worker serves',
    variable: 'KGOT_QUEUES',
    flag: '--queue <name>',
    schema: list,
    usually: 'all of a run’s',
  },
  worker: {
    description: 'whether a command that needs a worker starts one beside it',
    variable: 'KGOT_WORKER',
    schema: yesOrNo,
    default: true,
  },
} as const satisfies Record<string, Setting>;

const WEB = {
  web: {
    description: 'on serves fetch_page and wikipedia, off no web tool at all',
    variable: 'KGOT_WEB',
    schema: onOrOff,
    usually: 'web_search alone, where a service is configured',
  },
  search: {
    description: 'the service of web_search: searxng, tavily, brave or serpapi',
    variable: 'KGOT_SEARCH',
    schema: oneOf('searxng', 'tavily', 'brave', 'serpapi'),
    usually: 'the first that is configured',
  },
  searxngUrl: {
    description: 'the address of SearXNG',
    variable: 'SEARXNG_URL',
    schema: webAddress('http://127.0.0.1:8888'),
  },
  tavilyKey: { description: 'the key of Tavily', variable: 'TAVILY_API_KEY', schema: text, secret: true },
  tavilyUrl: {
    description: 'the address of Tavily',
    variable: 'TAVILY_URL',
    schema: webAddress('https://api.tavily.com'),
    default: 'https://api.tavily.com',
  },
  braveKey: { description: 'the key of Brave', variable: 'BRAVE_API_KEY', schema: text, secret: true },
  braveUrl: {
    description: 'the address of Brave',
    variable: 'BRAVE_URL',
    schema: webAddress('https://api.search.brave.com'),
    default: 'https://api.search.brave.com',
  },
  serpapiKey: { description: 'the key of SerpApi', variable: 'SERPAPI_API_KEY', schema: text, secret: true },
  serpapiUrl: {
    description: 'the address of SerpApi',
    variable: 'SERPAPI_URL',
    schema: webAddress('https://serpapi.com'),
    default: 'https://serpapi.com',
  },
  wikipediaUrl: {
    description: 'the address of Wikipedia; {language} in it stands for the language',
    variable: 'WIKIPEDIA_URL',
    schema: text,
    default: 'https://{language}.wikipedia.org',
  },
  contact: {
    description: 'how services may reach whoever runs the worker: an address or a page',
    variable: 'KGOT_CONTACT',
    schema: text,
  },
  webCache: {
    description: 'how long answers of the web are remembered: seconds, or off',
    variable: 'KGOT_WEB_CACHE',
    schema: text,
    usually: '86400: a day',
  },
  fetchAllow: {
    description: 'host:port that fetch_page may reach although they are private; dangerous',
    variable: 'KGOT_FETCH_ALLOW',
    schema: text,
  },
} as const satisfies Record<string, Setting>;

const GRAPH_SERVERS = {
  neo4jUrl: {
    description: 'the address of Neo4j',
    variable: 'NEO4J_URI',
    schema: boltAddress('bolt://127.0.0.1:7687'),
    usually: 'what kgot services has started for the data directory',
  },
  neo4jUser: { description: 'the user of Neo4j', variable: 'NEO4J_USERNAME', schema: text, default: 'neo4j' },
  neo4jPassword: { description: 'that user’s password', variable: 'NEO4J_PASSWORD', schema: text, secret: true },
  neo4jDatabase: {
    description: 'the database of Neo4j',
    variable: 'NEO4J_DATABASE',
    schema: text,
    usually: 'the server’s default',
  },
  rdf4jUrl: {
    description: 'the address of RDF4J’s server',
    variable: 'RDF4J_URL',
    schema: webAddress('http://127.0.0.1:8080/rdf4j-server'),
    usually: 'what kgot services has started for the data directory',
  },
  rdf4jUser: { description: 'the user of RDF4J, for basic authentication', variable: 'RDF4J_USERNAME', schema: text },
  rdf4jPassword: { description: 'that user’s password', variable: 'RDF4J_PASSWORD', schema: text, secret: true },
  javaHome: {
    description: 'the folder of the Java (17 or newer) that kgot services runs servers on',
    variable: 'JAVA_HOME',
    schema: path,
    usually: 'that of java on PATH',
  },
  graphParallelQueries: {
    description: 'reads of graphs at once, in each worker process and back end',
    variable: 'KGOT_GRAPH_PARALLEL_QUERIES',
    schema: wholeNumber(1, 1_000),
    default: 20,
  },
  graphBatchSize: {
    description: 'changes that one statement to a graph server carries at most',
    variable: 'KGOT_GRAPH_BATCH_SIZE',
    schema: wholeNumber(1, 100_000),
    usually: 'what is best for the back end: docs/graph-back-ends.md',
  },
  graphBatchDelay: {
    description: 'milliseconds that a small batch waits for those of other runs, to share a transaction (neo4j)',
    variable: 'KGOT_GRAPH_BATCH_DELAY',
    schema: wholeNumber(0, 10_000),
    default: 0,
  },
  graphCacheSeconds: {
    description: 'seconds that the result of a read of a graph is kept; 0 keeps none',
    variable: 'KGOT_GRAPH_CACHE_SECONDS',
    schema: wholeNumber(0, 86_400),
    default: 300,
  },
} as const satisfies Record<string, Setting>;

const TEMPORAL = {
  temporalAddress: {
    description: 'the server’s address as host:port',
    variable: 'TEMPORAL_ADDRESS',
    flag: '--address <host:port>',
    schema: text.regex(/^[^\s/]+:\d+$/, 'give it as host:port, like 127.0.0.1:7233'),
    usually: 'an embedded server',
  },
  temporalNamespace: {
    description: 'the namespace',
    variable: 'TEMPORAL_NAMESPACE',
    flag: '--namespace <name>',
    schema: text,
    default: 'default',
  },
  temporalProfile: {
    description: 'the profile of Temporal’s own configuration file',
    variable: 'TEMPORAL_PROFILE',
    flag: '--profile <name>',
    schema: text,
    default: 'default',
  },
  temporalConfigFile: {
    description: 'Temporal’s own configuration file',
    variable: 'TEMPORAL_CONFIG_FILE',
    schema: path,
    usually: 'temporalio/temporal.toml in the user’s configuration folder, if it is there',
  },
  temporalApiKey: {
    description: 'the API key, as of Temporal Cloud; it turns TLS on',
    variable: 'TEMPORAL_API_KEY',
    schema: text,
    secret: true,
  },
  temporalTls: {
    description: 'whether to use TLS',
    variable: 'TEMPORAL_TLS',
    schema: yesOrNo,
    usually: 'true with an API key or any setting of TLS',
  },
  temporalTlsServerName: {
    description: 'the name that the server’s certificate must have',
    variable: 'TEMPORAL_TLS_SERVER_NAME',
    schema: text,
    usually: 'the address’s host',
  },
  temporalTlsCaPath: {
    description: 'the certificate of the authority that signed the server’s',
    variable: 'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    schema: path,
    usually: 'the system’s authorities',
  },
  temporalTlsCaData: {
    description: 'the same as PEM text',
    variable: 'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
    schema: text,
  },
  temporalTlsCertPath: {
    description: 'the client’s certificate, for mutual TLS',
    variable: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
    schema: path,
  },
  temporalTlsCertData: {
    description: 'the same as PEM text',
    variable: 'TEMPORAL_TLS_CLIENT_CERT_DATA',
    schema: text,
  },
  temporalTlsKeyPath: {
    description: 'the client’s private key',
    variable: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
    schema: path,
  },
  temporalTlsKeyData: {
    description: 'the same as PEM text',
    variable: 'TEMPORAL_TLS_CLIENT_KEY_DATA',
    schema: text,
    secret: true,
  },
} as const satisfies Record<string, Setting>;

const ENCRYPTION = {
  encryptionKeys: {
    description: 'keys that payloads are encrypted with, as ID:KEY,…: the first encrypts, all decrypt',
    variable: 'KGOT_ENCRYPTION_KEYS',
    schema: encryptionKeys,
    usually: 'no encryption',
    secret: true,
  },
  codecPort: {
    description: 'the port of the codec server',
    variable: 'KGOT_CODEC_PORT',
    flag: '--port <n>',
    schema: wholeNumber(0, 65_535),
    default: 8081,
  },
  uiOrigin: {
    description: 'where Temporal’s UI is, which alone may ask the codec server from a browser',
    variable: 'KGOT_UI_ORIGIN',
    flag: '--ui <address>',
    schema: webAddress('http://127.0.0.1:8233'),
    usually: 'the UI of the data directory’s server, else http://127.0.0.1:8233',
  },
} as const satisfies Record<string, Setting>;

const TRACES = {
  otlpEndpoint: {
    description: 'the collector that gets traces and metrics; unset, nothing is sent',
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    schema: webAddress('http://127.0.0.1:4318'),
  },
  otlpTracesEndpoint: {
    description: 'the same for traces alone, with its path',
    variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    schema: webAddress('http://127.0.0.1:4318/v1/traces'),
  },
  otlpHeaders: {
    description: 'headers for the collector, which may hold keys',
    variable: 'OTEL_EXPORTER_OTLP_HEADERS',
    schema: text,
    secret: true,
  },
  serviceName: {
    description: 'the name of the process in traces',
    variable: 'OTEL_SERVICE_NAME',
    schema: text,
    usually: 'kgot, kgot-worker',
  },
  resourceAttributes: {
    description: 'more of what traces say of the process',
    variable: 'OTEL_RESOURCE_ATTRIBUTES',
    schema: text,
  },
  tracesExporter: {
    description: 'none sends no traces',
    variable: 'OTEL_TRACES_EXPORTER',
    schema: text,
    usually: 'otlp',
  },
  telemetryDisabled: {
    description: 'true sends nothing at all',
    variable: 'OTEL_SDK_DISABLED',
    schema: yesOrNo,
    default: false,
  },
} as const satisfies Record<string, Setting>;

const DEVELOPMENT = {
  record: {
    description: 'a file that the answers of models are recorded into',
    variable: 'KGOT_RECORD',
    schema: path,
  },
  debug: {
    description: 'whether errors are printed with where they came from',
    variable: 'KGOT_DEBUG',
    schema: yesOrNo,
    default: false,
  },
} as const satisfies Record<string, Setting>;

/** Every setting there is, in groups. Whoever needs one reads it with `readSetting`. */
export const SETTING_GROUPS = {
  'Places and files': PLACES,
  Models: MODELS,
  'Runs and workers': RUNS,
  'The web': WEB,
  'Graph servers': GRAPH_SERVERS,
  Temporal: TEMPORAL,
  Encryption: ENCRYPTION,
  Traces: TRACES,
  Development: DEVELOPMENT,
} as const;

export const SETTINGS = {
  ...PLACES,
  ...MODELS,
  ...RUNS,
  ...WEB,
  ...GRAPH_SERVERS,
  ...TEMPORAL,
  ...ENCRYPTION,
  ...TRACES,
  ...DEVELOPMENT,
} as const;

/** A setting's key in a file. */
export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

export type SettingValue<N extends SettingName> = z.output<(typeof SETTINGS)[N]['schema']>;

/** A setting without the types of the table. */
export function setting(name: SettingName): Setting {
  return SETTINGS[name];
}
