import type { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
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
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and `OTEL_SDK_DISABLED` is not `true`); otherwise nothing is sent, nor the SDK loaded.
 *
 * @param role names the process, as in `kgot-worker`; `OTEL_SERVICE_NAME` beats it
 */
export async function startTelemetry(
  role: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Telemetry | undefined> {
  const everywhere = readSetting('otlpEndpoint', env);
  const endpoint = readSetting('otlpTracesEndpoint', env) ?? everywhere;
  const disabled = readSetting('telemetryDisabled', env) || readSetting('tracesExporter', env) === 'none';
  if (endpoint === undefined || disabled) return undefined;
  const { startTracing } = await import('./tracing.ts');
  // A collector of traces alone takes no metrics.
  return startTracing(role, everywhere !== undefined);
}
