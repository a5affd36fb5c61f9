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
import { readSetting } from '../config/read-setting.ts';

/** Traces of this process, on their way to a collector. */
export interface Telemetry {
  /** For clients and workers: one trace a run, from the client over the workflow to its activities. */
  plugin: OpenTelemetryPlugin;
  /** Sends what is left; tracing may then be started anew in this process. */
  close(): Promise<void>;
}

/**
 * Starts tracing over OTLP when the standard environment variables ask for it (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and `OTEL_SDK_DISABLED` is not `true`); otherwise nothing is sent.
 *
 * @param role names the process, as in `kgot-worker`; `OTEL_SERVICE_NAME` beats it
 */
export function startTelemetry(role: string, env: NodeJS.ProcessEnv = process.env): Telemetry | undefined {
  const endpoint = readSetting('otlpTracesEndpoint', env) ?? readSetting('otlpEndpoint', env);
  const disabled = readSetting('telemetryDisabled', env) || readSetting('tracesExporter', env) === 'none';
  if (endpoint === undefined || disabled) return undefined;
  // What detects the environment's resource in the SDK does not reach the spans of workflows: they get it here.
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  const resource = resourceFromAttributes({ 'service.name': role }).merge(detectResources({ detectors }));
  const processor = new RunSpanProcessor({ exporter: new OTLPTraceExporter() });
  // A collector of traces alone takes no metrics; else the SDK sends them where OTEL_METRICS_EXPORTER says, by default there as well.
  const readers = readSetting('otlpEndpoint', env) === undefined ? { metricReaders: [] } : {};
  const sdk = new NodeSDK({ resource, spanProcessors: [processor], ...readers });
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
