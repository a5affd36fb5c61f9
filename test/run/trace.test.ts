import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { oneFact, openStack, peru } from '../support/stack.ts';

/** The part of OTLP that a trace is told by: https://opentelemetry.io/docs/specs/otlp. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; }
`);

interface Span {
  name: string;
  /** Of its process: the resource's attributes. */
  resource: Record<string, string | undefined>;
  trace: string;
  id: string;
  parent: string;
}

interface Collector {
  url: string;
  /** Paths of all requests. */
  paths: string[];
  spans: Span[];
  forget(): void;
  close(): Promise<void>;
}

/** An OTLP collector that keeps what it is sent. */
async function startCollector(): Promise<Collector> {
  const paths: string[] = [];
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      paths.push(request.url!);
      if (request.url === '/v1/traces') spans.push(...decode(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    spans,
    forget: () => {
      paths.length = 0;
      spans.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function decode(body: Buffer): Span[] {
  const type = root.lookupType('Request');
  const { resourceSpans = [] } = type.toObject(type.decode(body), { bytes: String }) as {
    resourceSpans?: {
      resource?: { attributes?: { key: string; value: { stringValue?: string } }[] };
      scopeSpans: { spans: { traceId: string; spanId: string; parentSpanId?: string; name: string }[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = (resource?.attributes ?? []).map(({ key, value }) => [key, value.stringValue] as const);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId = '' }) => ({
        name,
        resource: Object.fromEntries(attributes),
        trace: traceId,
        id: spanId,
        parent: parentSpanId,
      })),
    );
  });
}

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) vi.stubEnv(name, undefined);
});
afterEach(() => collector.forget());
afterAll(async () => {
  vi.unstubAllEnvs();
  await collector.close();
});

/** One run on a stack of its own, which sends what is left of its spans when it is closed. */
async function playRun(): Promise<void> {
  const stack = await openStack();
  try {
    stack.play(oneFact);
    const handle = await stack.start(peru);
    // Looks at a run, as everybody who follows it makes them, are no traces.
    expect((await handle.progress()).question).toBe(peru.question);
    expect((await handle.result()).answer).toBe('Ada Vega');
    expect((await handle.progress()).answer).toBe('Ada Vega');
  } finally {
    await stack.close();
  }
}

const TIMEOUT = { timeout: 240_000 };

it('spans a run with one trace, from the client over the workflow to its activities', TIMEOUT, async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  await playRun();
  const { spans, paths } = collector;
  expect(new Set(paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']));
  expect(new Set(spans.map(({ trace }) => trace)).size).toBe(1);

  const byId = new Map(spans.map((span) => [span.id, span]));
  expect(byId.size).toBe(spans.length);
  /** The names of a span and of all above it. */
  const lineOf = (span: Span): string[] => {
    const parent = byId.get(span.parent);
    if (parent === undefined) expect(span.parent, `the parent of ${span.name} is in the trace`).toBe('');
    return [span.name, ...(parent === undefined ? [] : lineOf(parent))];
  };
  const lines = spans.map((span) => lineOf(span).join(' < '));
  const aboveActivities = 'RunWorkflow:answerQuestion < StartWorkflow:answerQuestion';
  const lineOfActivity = (type: string): string => `RunActivity:${type} < StartActivity:${type} < ${aboveActivities}`;
  // As the script has it: two rounds of three votes, one search, two parses of the answer.
  expect(lines.filter((line) => line.startsWith('RunActivity')).sort()).toEqual(
    [
      'graph.apply',
      'graph.evidence',
      'graph.query',
      'model.chooseTools',
      ...Array<string>(6).fill('model.decideNextStep'),
      'model.extractChanges',
      ...Array<string>(2).fill('model.parseAnswer'),
      'model.writeQuery',
      'run.prepare',
      'run.reconcile',
      'tool.search_documents',
      'tools.list',
    ].map(lineOfActivity),
  );
  expect(lines.filter((line) => !line.includes('Activity')).sort()).toEqual([
    aboveActivities,
    'StartWorkflow:answerQuestion',
  ]);

  const services = spans.map(({ name, resource }) => `${name.split(':')[0]} in ${resource['service.name']}`);
  expect([...new Set(services)].sort()).toEqual([
    'RunActivity in kgot-worker',
    'RunWorkflow in kgot-worker',
    'StartActivity in kgot-worker',
    'StartWorkflow in kgot',
  ]);
  for (const { resource } of spans) expect(resource['deployment.environment.name']).toBe('test');
});

it('sends nothing when the environment names no collector', TIMEOUT, async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', undefined);
  await playRun();
  expect(collector.paths).toEqual([]);
});

it('traces again in a process that opens its data directory anew', TIMEOUT, async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  await playRun();
  const names = collector.spans.map(({ name }) => name);
  expect(names).toContain('StartWorkflow:answerQuestion');
  expect(names).toContain('RunActivity:model.parseAnswer');
  expect(new Set(collector.spans.map(({ trace }) => trace)).size).toBe(1);
});
