import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import type { Telemetry } from './telemetry.ts';

/** Starts tracing. @param metered whether metrics are sent, where OTEL_METRICS_EXPORTER says, by default where traces are */
export function startTracing(role: string, metered: boolean): Telemetry {
  // What detects the environment's resource in the SDK does not reach the spans of workflows: they get it here.
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  const resource = resourceFromAttributes({ 'service.name': role }).merge(detectResources({ detectors }));
  const processor = new RunSpanProcessor({ exporter: new OTLPTraceExporter() });
  const sdk = new NodeSDK({ resource, spanProcessors: [processor], ...(metered ? {} : { metricReaders: [] }) });
  sdk.start();
  return {
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor: processor }),
    close: async () => {
      await sdk.shutdown();
      // The SDK stays registered after its end, and would keep a later one from being registered.
      for (const api of [trace, context, propagation, metrics]) api.disable();
    },
  };
}

/**
 * Leaves out the spans of looks at a run. Each query is a trace of its own, and whoever follows a run sends three of them
 * a second: the run's own trace would be lost among them.
 */
class RunSpanProcessor extends BatchSpanProcessor {
  override onEnd(span: ReadableSpan): void {
    if (!/^(QueryWorkflow|HandleQuery|DescribeWorkflow)\b/.test(span.name)) super.onEnd(span);
  }
}
