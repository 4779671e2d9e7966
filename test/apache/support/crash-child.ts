// A program that deploys one certificate and kills itself with SIGKILL at the k-th change of the file system,
// or finds the disk full from then on.
import { type CertificatePaths, type Disk, systemDisk } from '@certward/engine';
import { createApacheInstaller, openCheckpoints } from '@certward/installers';

/** What the test tells the program, as JSON in its first argument. */
export interface CrashPlan {
  /** 1 for the first change; 0 lets the program finish. */
  readonly killAt: number;
  /** From this change on there is no space left; 0 for never. */
  readonly fullAt: number;
  readonly name: string;
  readonly paths: CertificatePaths;
  readonly installer: Omit<Parameters<typeof createApacheInstaller>[0], 'checkpoints' | 'log' | 'clock' | 'random'>;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as CrashPlan;
const real: Disk = { ...systemDisk };
let points = 0;

function point(): void {
  points += 1;
  if (points === plan.killAt) process.kill(process.pid, 'SIGKILL');
}

/** A change that takes space. */
function growth(): void {
  point();
  if (plan.fullAt > 0 && points >= plan.fullAt) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

Object.assign(systemDisk, {
  create: (path, mode) => (growth(), real.create(path, mode)),
  write: (descriptor, content) => (growth(), real.write(descriptor, content)),
  rename: (from, to) => (point(), real.rename(from, to)),
  link: (existing, path) => (point(), real.link(existing, path)),
  symlink: (target, path) => (growth(), real.symlink(target, path)),
  unlink: (path) => (point(), real.unlink(path)),
  makeFolder: (path, mode) => (growth(), real.makeFolder(path, mode)),
  removeFolder: (path) => (point(), real.removeFolder(path)),
} satisfies Partial<Disk>);

const installer = createApacheInstaller({ ...plan.installer, checkpoints: openCheckpoints({ workDir: plan.installer.workDir }) });
await installer.prepare();
await installer.deploy(plan.name, plan.paths);
await installer.enhance(plan.name, 'redirect');
await installer.save('Deployed ACME Certificate');
process.stdout.write(String(points));
