// Keeps Debian from starting the services of packages while they are installed: tests start their own, on their own ports.
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const mark = '# written by the test-bed of Certward for the time of an installation\n';

/**
 * Runs `work` while `policyPath` forbids every service action; a policy that was there before comes back afterwards,
 * also when an earlier run was killed half-way.
 * @template T
 * @param {() => T} work
 * @param {string} [policyPath]
 * @returns {T}
 */
export function withoutAutostart(work, policyPath = '/usr/sbin/policy-rc.d') {
  const kept = `${policyPath}.certward-kept`;
  const restore = () => {
    if (existsSync(policyPath) && readFileSync(policyPath, 'utf8').includes(mark)) rmSync(policyPath);
    if (existsSync(kept)) renameSync(kept, policyPath);
  };
  restore();
  if (existsSync(policyPath)) renameSync(policyPath, kept);
  try {
    // 101: action forbidden (invoke-rc.d's policy layer).
    writeFileSync(policyPath, `#!/bin/sh\n${mark}exit 101\n`);
    chmodSync(policyPath, 0o755);
    return work();
  } finally {
    restore();
  }
}
