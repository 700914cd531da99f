import type { MachineFile } from '../broker/ports.ts';
import type { BundleContent } from './bundle.ts';

const readableMode = 0o644;
const privateMode = 0o600;
const programMode = 0o755;

/** Where Proxima reaches the machine; guacd itself is only reached from there. */
const frontPort = 4822;
const guacdPort = 4823;
const installFolder = '/etc/proxima-manager';
const frontUser = 'proxima-front';

/** For a session manager: guacd on loopback, and stunnel in front of it that lets nobody in without a certificate. */
export function describeServerFiles(content: BundleContent): readonly MachineFile[] {
  const hasLists = content.revocationListsPem !== undefined;
  return [
    file('README.txt', 'What to copy where, in which order, and what to check.', serverReadme(content)),
    ...describeIdentity(content, 'The authorities whose client certificates (of brokers) are let in.'),
    ...(hasLists
      ? [
          file(
            'revoked.crl.pem',
            'Client certificates that stunnel refuses, signed by their authority.',
            content.revocationListsPem ?? '',
          ),
        ]
      : []),
    file(
      'stunnel.conf',
      'The TLS front: demands a client certificate, TLS 1.2 or later.',
      stunnelConf(hasLists),
    ),
    file('proxima-front.service', 'Runs the TLS front with systemd.', frontUnit),
    file('proxima-guacd.service', 'Runs guacd with systemd, on this machine only.', guacdUnit),
    file('start-guacd.sh', 'The same line for a machine without systemd.', guacdScript, programMode),
  ];
}

/** For a broker: what a gateway shows to session managers. */
export function describeClientFiles(content: BundleContent): readonly MachineFile[] {
  return [
    file('README.txt', 'What to copy where, in which order, and what to check.', clientReadme(content)),
    ...describeIdentity(
      content,
      "The authorities of the session managers' certificates, for the trust of groups.",
    ),
    file('start-gateway.sh', 'Starts a gateway that shows this certificate.', gatewayScript, programMode),
  ];
}

const file = (name: string, purpose: string, text: string, mode = readableMode): MachineFile => ({
  name,
  purpose,
  mode,
  text,
});

function describeIdentity(content: BundleContent, authorities: string): readonly MachineFile[] {
  return [
    file('certificate.pem', "This machine's certificate, with its chain.", content.chainPem),
    file(
      'key.pem',
      'Its private key. For this machine only: nobody else may read it.',
      content.privateKeyPem,
      privateMode,
    ),
    file('authorities.pem', authorities, content.authoritiesPem),
    file(
      'revoked-serials.txt',
      'Serials of revoked certificates, one on each line.',
      content.revoked.map((serial) => `${serial}\n`).join(''),
    ),
  ];
}

/** Measured with guacd 1.3.0 behind stunnel 5.68: without the last line, the end of a session hangs. */
const stunnelConf = (hasLists: boolean): string => `; The TLS front of the guacd on this machine.
foreground = yes
pid =
syslog = no
debug = notice
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1

[proxima]
accept = ${frontPort}
connect = 127.0.0.1:${guacdPort}
cert = certificate.pem
key = key.pem
CAfile = authorities.pem
${hasLists ? 'CRLfile = revoked.crl.pem\n' : ''}requireCert = yes
verifyChain = yes
sslVersionMin = TLSv1.2
ciphers = ECDHE+AESGCM:ECDHE+CHACHA20
renegotiation = no
TIMEOUTclose = 0
`;

const guacdLine = `guacd -f -b 127.0.0.1 -l ${guacdPort}`;

const guacdScript = `#!/bin/sh
# guacd without TLS, for this machine only: stunnel is in front of it. RDP needs a writable HOME, terminals a UTF-8 locale.
export LC_ALL=C.UTF-8
export HOME="\${HOME:-/tmp}"
exec ${guacdLine}
`;

const guacdUnit = `[Unit]
Description=guacd for Proxima, on loopback
After=network.target

[Service]
ExecStart=/usr/bin/env ${guacdLine}
DynamicUser=yes
StateDirectory=proxima-guacd
# RDP fails at once without a writable HOME; text outside ASCII breaks without a UTF-8 locale.
Environment=HOME=/var/lib/proxima-guacd LC_ALL=C.UTF-8
ProtectHome=yes
NoNewPrivileges=yes
# Sessions hold guacd's sockets, and some ignore a polite request: all of them are ended, after five seconds for good.
KillMode=control-group
TimeoutStopSec=5
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`;

const frontUnit = `[Unit]
Description=TLS front of guacd for Proxima
After=network.target proxima-guacd.service
Wants=proxima-guacd.service

[Service]
WorkingDirectory=${installFolder}
ExecStart=/usr/bin/env stunnel ${installFolder}/stunnel.conf
ExecReload=/bin/kill -HUP $MAINPID
User=${frontUser}
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes
LimitNOFILE=65536
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`;

const gatewayLine = 'gateway --client-certificate certificate.pem --client-key key.pem';

const gatewayScript = `#!/bin/sh
# From the folder with the certificate; PROXIMA is where Proxima is installed. Further options follow as they are.
cd "$(dirname "$0")" || exit 1
exec node "\${PROXIMA:?set PROXIMA to the folder of Proxima}/dist/electron/headless.js" ${gatewayLine} "$@"
`;

/** Names come from certificates and go into text that people read. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();

const day = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

const describeOwner = ({ certificate }: BundleContent): string => `  name      ${oneLine(certificate.name)}
  reached   ${[...certificate.dnsNames, ...certificate.ipAddresses].map(oneLine).join(', ') || '-'}
  serial    ${certificate.serial}
  valid     ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`;

const warning = `THIS BUNDLE IS FOR ONE MACHINE ONLY, AND IT HOLDS A PRIVATE KEY (key.pem).
Whoever has the key can pass for this machine. Carry it over an encrypted way
(scp, a password store), delete the archive and every copy afterwards, and make
a bundle of its own for each further machine. If a copy was lost, revoke the
certificate in Proxima and issue a new one.`;

const serverReadme = (content: BundleContent): string => `Proxima session manager
=======================

${describeOwner(content)}

${warning}


What runs here
--------------
guacd speaks to the hosts. It doesn't ask who its clients are, so it listens on
this machine only (127.0.0.1:${guacdPort}, plain). stunnel is in front of it on port ${frontPort}:
TLS 1.2 or later, and only for clients that show a certificate of
authorities.pem. Every account on this machine can still reach guacd directly:
let nobody else work on it.


Set it up, as root, in this order
---------------------------------
 1. Install guacd 1.3.0 or later with its protocols, and stunnel. On Debian:
      guacd libguac-client-ssh0 libguac-client-vnc0 libguac-client-rdp0
      libguac-client-telnet0 stunnel4
    Switch off the units that came with them (guacd.service, stunnel4.service).

 2. An account for the front, and the folder that only it reads:
      useradd --system --no-create-home --shell /usr/sbin/nologin ${frontUser}
      install -d -m 0750 -g ${frontUser} ${installFolder}

 3. The files of the front (from the folder of this README):
      install -m 0644 certificate.pem authorities.pem stunnel.conf ${installFolder}/
${content.revocationListsPem === undefined ? '' : `      install -m 0644 revoked.crl.pem ${installFolder}/\n`}      install -m 0600 -o ${frontUser} key.pem ${installFolder}/

 4. The two services:
      install -m 0644 proxima-guacd.service proxima-front.service /etc/systemd/system/
      systemctl daemon-reload
      systemctl enable --now proxima-guacd.service proxima-front.service
    Without systemd: start-guacd.sh as an account of its own, and
    "cd ${installFolder} && stunnel stunnel.conf" as ${frontUser}.

 5. Open port ${frontPort} in the firewall for the brokers, and port ${guacdPort} for nobody.

 6. Delete the unpacked folder and the archive.


Check
-----
 - ss -ltn shows 127.0.0.1:${guacdPort}, and ${frontPort} on all addresses. (For IPv6, write
   "accept = :::${frontPort}" in stunnel.conf.)
 - ls -l ${installFolder}/key.pem shows -rw------- and ${frontUser}.
 - openssl s_client -connect 127.0.0.1:${frontPort} </dev/null ends with an alert: without
   a client certificate nobody gets in.
 - In Proxima, Settings > Managers > Check shows green for every step. The group
   of this manager has to trust the authority of its certificate, and each broker
   has to show a client certificate.


Later
-----
 - Renew before ${day(content.certificate.notAfter)}: issue and export anew in Proxima, replace
   certificate.pem and key.pem, then systemctl restart proxima-front.
${revocationAdvice(content)}
`;

const revocationAdvice = ({ revocationListsPem }: BundleContent): string =>
  revocationListsPem === undefined
    ? ` - stunnel does NOT refuse revoked client certificates here, because the private
   key of an authority isn't in Proxima and so no signed list could be made. After
   a broker's certificate was revoked, take revocation lists (CRL, PEM) from
   whoever runs the authority and name their file in stunnel.conf as CRLfile.
   revoked-serials.txt says which they are.`
    : ` - After a broker's certificate was revoked: export this bundle anew, replace
   revoked.crl.pem, then systemctl reload proxima-front. Until then this machine
   still lets it in.`;

const clientReadme = (content: BundleContent): string => `Proxima broker
==============

${describeOwner(content)}

${warning}


Set it up, in this order
------------------------
 1. A folder that only the account of the gateway reads (mode 0700), for example
    /etc/proxima-gateway. Copy certificate.pem, key.pem and start-gateway.sh there;
    key.pem belongs to that account, with mode 0600.

 2. Start the gateway with
      headless.ts ${gatewayLine}
    which is, in an installed Proxima, what start-gateway.sh does:
      PROXIMA=/opt/proxima ./start-gateway.sh --listen 0.0.0.0:6443

    In the desktop app instead: Settings > Certificates > Import (certificate.pem
    and key.pem together), then choose it as the certificate to show.

 3. Put authorities.pem into the trust of the proximity groups whose session
    managers this broker uses.

 4. Delete the unpacked folder and the archive.


Check
-----
 - In Proxima, Settings > Managers > Check shows green for every step. "Refused
   this client" means that the session manager doesn't trust the authority of this
   certificate, or that it was revoked.


Later
-----
 - Renew before ${day(content.certificate.notAfter)}: issue and export anew, replace certificate.pem and
   key.pem, start the gateway again.
 - revoked-serials.txt names the certificates that were revoked when this bundle
   was made.
`;
