// Web servers and other programs that certificates go to. A folder each; checkpoint/ is what they share.

// checkpoints, and what every installer shares
export { type Checkpoints, type CheckpointsOptions, openCheckpoints, type RecordOptions } from './checkpoint/checkpoints.ts';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint/errors.ts';
export type { CheckpointSummary } from './checkpoint/finalized.ts';
export { unifiedDiff } from './checkpoint/diff.ts';

// Apache
export { ApacheError, type ApacheErrorCode } from './apache/errors.ts';
export { type ApacheInstaller, createApacheInstaller } from './apache/installer.ts';
export type { ApacheInstallerOptions } from './apache/options.ts';
export { defaultApacheLayout } from './apache/server/os-table.ts';

// nginx
export { NginxError, type NginxErrorCode } from './nginx/errors.ts';
export { createNginxInstaller, type NginxInstallerOptions } from './nginx/installer.ts';

// HAProxy
export { createHaproxyInstaller, type HaproxyInstallerOptions } from './haproxy/installer.ts';
export { HaproxyError, type HaproxyErrorCode } from './haproxy/errors.ts';

// Files and a reload: any other program
export { parseFileTarget } from './files/definition.ts';
export { FileTargetError, type FileTargetErrorCode } from './files/errors.ts';
export { installFileTarget, type InstallOptions, type InstallResult } from './files/install-target.ts';
export { type PresetName, presets } from './files/presets.ts';
export type { FileTarget, Output, OutputFormat, PassphraseSource, PemPart, StartTls, TlsCheck } from './files/target.ts';
