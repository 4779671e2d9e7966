// The texts of the systemd units and of the crontab line that renew certificates.

/** What the texts depend on. */
export interface TimerTarget {
  /** The program and its arguments, absolute. */
  readonly command: readonly string[];
  /** Folders that a renewal writes to. */
  readonly writable: readonly string[];
}

/** How far apart two runs may be: half a day, and the spread that keeps machines from calling at once. */
export const longestGapHours = 18;

/** Opens the units, so that nothing else is ever overwritten or removed. */
export const unitMark = '# Written by `certward timer --install`.';

/** The service: one run of `renew`, which can change only what renewals have to change. */
export function serviceUnit({ command, writable }: TimerTarget): string {
  return `${unitMark}
[Unit]
Description=Renewal of TLS certificates by Certward
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=${command.map(quoteForSystemd).join(' ')}
UMask=0022
# Programs, kernel settings and other people's files stay out of reach; hooks may still reload services.
ProtectSystem=full
ReadWritePaths=${writable.map((path) => quoteForSystemd(`-${path}`)).join(' ')}
ProtectHome=read-only
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
`;
}

/** The timer: twice a day at a time that differs from machine to machine, made up for after a pause. */
export function timerUnit(): string {
  return `${unitMark}
[Unit]
Description=Twice-daily renewal of TLS certificates by Certward

[Timer]
OnCalendar=*-*-* 00,12:00:00
RandomizedDelaySec=6h
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/** The same for cron, in the format of /etc/cron.d. The minute is the caller's draw. */
export function cronLine({ command }: TimerTarget, minute: number): string {
  return `${minute} 3,15 * * * root ${command.map(quoteForCron).join(' ')}`;
}

/** systemd.syntax(7): double quotes, with percent and dollar signs doubled. */
function quoteForSystemd(word: string): string {
  const escaped = word.replaceAll(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@+=:,./-]+$/.test(word) ? word : `"${escaped}"`;
}

/** A shell reads the line after cron took `%` for a line break. */
function quoteForCron(word: string): string {
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`).replaceAll('%', '\\%')}'`;
}
