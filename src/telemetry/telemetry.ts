import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';

/** Traces of this process, on their way to a collector. */
export interface Telemetry {
  /** For clients and workers: one trace a run, from the client over the workflow to its activities. */
  plugin: OpenTelemetryPlugin;
  /** Sends what is left. */
  close(): Promise<void>;
}

/**
 * Starts tracing over OTLP when the standard environment variables ask for it (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and `OTEL_SDK_DISABLED` is not `true`); otherwise nothing is sent.
 *
 * @param role names the process, as in `kgot-worker`; `OTEL_SERVICE_NAME` beats it
 */
export function startTelemetry(role: string, env: NodeJS.ProcessEnv = process.env): Telemetry | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const resource = resourceFromAttributes({ 'service.name': env['OTEL_SERVICE_NAME'] ?? role });
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
  const sdk = new NodeSDK({ resource, spanProcessors: [processor] });
  sdk.start();
  return {
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor: processor }),
    close: () => sdk.shutdown(),
  };
}
