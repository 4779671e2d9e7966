// The test-bed: what tests use to run real peers, real sockets and a clock that they move.
export { TestbedError, type TestbedErrorCode } from './errors.ts';

// time, chance, files, ports
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fake-clock.ts';
export { seededRandom } from './seeded-random.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { freePort, freePorts } from './ports.ts';
export { type WaitOptions, waitUntil } from './wait.ts';
export { Resources } from './resources.ts';
export { type LeakWatch, watchForLeaks } from './leaks.ts';

// programs
export { findBinary, tryFindBinary } from './binaries.ts';
export { cachePath, projectRoot } from './project.ts';
export { liveProcesses, type ProcessExit, type ProcessOptions, type RunningProcess, startProcess } from './process.ts';
export { bundleScript, runScript, type ScriptOptions, type ScriptResult, startScript } from './scripts.ts';
export { callHttp, type HttpAnswer, type HttpCall } from './http-call.ts';
export { createServerIdentity, type ServerIdentity } from './test-ca.ts';

// Pebble
export { type CertificateStatus, type Pebble, type PebbleOptions, startPebble } from './pebble/pebble.ts';
export type { PebbleBehaviour, PebbleProfile, PebbleVersion } from './pebble/config.ts';
export { type Challtestsrv, type ChalltestsrvOptions, startChalltestsrv } from './pebble/challtestsrv.ts';
export { type ChallengeResponder, type ChallengeResponderOptions, startChallengeResponder } from './challenge-responder.ts';

// fault proxy
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy/proxy.ts';
export type { Fault, FaultMatch, FaultRule } from './fault-proxy/faults.ts';
export type { LoggedRequest, RequestLog } from './fault-proxy/log.ts';
export type { HeldAnswer } from './fault-proxy/message.ts';
export type { ResourceKind } from './fault-proxy/resources.ts';
export { gzippedProblem, htmlError, problem, problemWithoutType, type RetryAfter } from './fault-proxy/refusals.ts';
export {
  alterJson,
  contentType,
  expiresInThePast,
  randomDirectoryKeys,
  relativeAlternateLinks,
  shuffledAuthorizations,
  upperCaseIdentifiers,
  validByAnotherWay,
  withoutChallengeType,
  withoutFinalNewline,
} from './fault-proxy/alterations.ts';

// name servers
export { startBind } from './name-servers/bind.ts';
export { type BindResolverOptions, startBindResolver } from './name-servers/bind-resolver.ts';
export { startKnot } from './name-servers/knot.ts';
export type { NameServer, NameServerKey, NameServerOptions, NameServerQuestion, NameServerZone } from './name-servers/options.ts';
export { type ScriptedNameServer, type ScriptedNameServerOptions, type ScriptedQuestion, type ScriptedReply, startScriptedNameServer } from './name-servers/scripted.ts';
