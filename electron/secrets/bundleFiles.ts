import type { MachineFile } from '../broker/ports.ts';
import type { BundleContent } from './bundle.ts';

const readableMode = 0o644;
const privateMode = 0o600;
const programMode = 0o755;

const installFolder = '/etc/proxima-manager';

/** For a session manager: a Proxima manager that lets nobody in without a certificate. */
export function describeServerFiles(content: BundleContent): readonly MachineFile[] {
  return [
    file('README.txt', 'What to copy where, in which order, and what to check.', serverReadme(content)),
    ...describeIdentity(content, 'The authorities whose client certificates (of brokers) are let in.'),
    file('start-manager.sh', 'Starts the manager where systemd does not.', managerScript, programMode),
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

const managerScript = `#!/bin/sh
# From the folder with the certificate. Further options follow as they are: proxima-headless manager --help.
cd "$(dirname "$0")" || exit 1
exec "\${PROXIMA_HEADLESS:-proxima-headless}" manager --certificate certificate.pem --key key.pem \\
  --client-authority authorities.pem --revoked revoked-serials.txt "$@"
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
The Proxima manager. It lets in the brokers whose certificate is of
authorities.pem and not in revoked-serials.txt, and opens sessions for them:
SSH, Telnet and VNC by itself, RDP with guacd.


Set it up, as root, in this order
---------------------------------
 1. Install the package proxima-gateway, which has the manager and its unit, and
    for RDP guacd with its plug-in (Debian: guacd libguac-client-rdp0). Switch off
    the unit that came with guacd (guacd.service): the manager starts its own.

 2. The files (from the folder of this README):
      install -d -m 0755 ${installFolder}
      install -m 0644 certificate.pem authorities.pem ${installFolder}/
      install -m 0644 revoked-serials.txt ${installFolder}/
      install -m 0600 key.pem ${installFolder}/

 3. The service:
      systemctl enable --now proxima-manager
    Without systemd: start-manager.sh, as an account of its own that owns key.pem.

 4. Open port 4822 in the firewall for the brokers.

 5. Delete the unpacked folder and the archive.


Check
-----
 - ls -l ${installFolder}/key.pem shows -rw------- and root.
 - journalctl -u proxima-manager ends with "The manager listens".
 - openssl s_client -connect 127.0.0.1:4822 </dev/null is hung up on: without a
   client certificate nobody gets in.
 - In Proxima, Settings > Managers > Check shows green for every step. The group
   of this manager has to trust the authority of its certificate, and each broker
   has to show a client certificate.


Later
-----
 - Renew before ${day(content.certificate.notAfter)}: issue and export anew in Proxima, replace
   certificate.pem and key.pem, drain, then systemctl restart proxima-manager.
 - After a broker's certificate was revoked: export this bundle anew and replace
   revoked-serials.txt. The manager reads it at once, and sends away whoever still
   uses that certificate.
 - What clients may ask for, drain and upgrade: the manager's own manual.
`;

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
