/** Who can put a failure right, and so what the broker does next. */
type Blame =
  /** This manager, or its way to the host: the next candidate may do better. */
  | 'manager'
  /** The host or what was sent to it: another manager would get the same answer. */
  | 'host'
  /** Proxima itself or its caller. */
  | 'broker';

interface FailureRow {
  readonly blame: Blame;
  /** What happened; `{host}` and `{manager}` are put in where they are known. */
  readonly what: string;
  readonly safe: string;
  readonly next: string;
  readonly http: number;
  /** Status codes of the Guacamole protocol that mean this; the first is sent to Guacamole clients. */
  readonly guacamole: readonly [number, ...number[]];
}

const managerSafe = 'Nothing was sent to the host.';
const passwordSafe = 'No password was sent.';
const sessionsGoOn = 'Your other sessions go on.';
const unchanged = 'Nothing was changed.';

/**
 * Every failure that a person can meet, once: its words, its HTTP status, its Guacamole status codes
 * (https://guacamole.apache.org/doc/gug/protocol-reference.html#status-codes) and whether another manager may do better.
 */
export const failureTable = {
  // Reaching a session manager: DNS, TCP, TLS, certificate, protocol, in that order.
  manager_name_unresolved: {
    blame: 'manager',
    what: 'The name of the session manager {manager} could not be resolved.',
    safe: managerSafe,
    next: 'Check the spelling of its address and the name servers.',
    http: 502,
    guacamole: [519],
  },
  manager_unreachable: {
    blame: 'manager',
    what: 'The session manager {manager} does not accept connections.',
    safe: managerSafe,
    next: 'Check that it runs and that its port is open from here.',
    http: 502,
    guacamole: [519],
  },
  manager_connect_timeout: {
    blame: 'manager',
    what: 'The session manager {manager} did not answer in time.',
    safe: managerSafe,
    next: 'Check the network and the firewall between here and it.',
    http: 504,
    guacamole: [514],
  },
  manager_speaks_plain: {
    blame: 'manager',
    what: 'The session manager {manager} answered without encryption, and its group demands TLS.',
    safe: passwordSafe,
    next: 'Start it with TLS (guacd -C … -K …), or allow plain connections for its group.',
    http: 502,
    guacamole: [519],
  },
  manager_speaks_tls: {
    blame: 'manager',
    what: 'The session manager {manager} speaks TLS, and its group is set to plain connections.',
    safe: passwordSafe,
    next: "Change its group's trust to verified TLS.",
    http: 502,
    guacamole: [519],
  },
  manager_tls_failed: {
    blame: 'manager',
    what: 'The encrypted connection to the session manager {manager} could not be made.',
    safe: passwordSafe,
    next: 'Check that it offers TLS 1.2 or later.',
    http: 502,
    guacamole: [519],
  },
  manager_certificate_untrusted: {
    blame: 'manager',
    what: 'The certificate of the session manager {manager} was not issued by an authority that its group trusts.',
    safe: passwordSafe,
    next: "Compare the certificate with the group's authorities; someone may be in between.",
    http: 502,
    guacamole: [519],
  },
  manager_certificate_expired: {
    blame: 'manager',
    what: 'The certificate of the session manager {manager} has expired or is not valid yet.',
    safe: passwordSafe,
    next: 'Renew its certificate, and check the clocks.',
    http: 502,
    guacamole: [519],
  },
  manager_certificate_wrong_name: {
    blame: 'manager',
    what: 'The certificate of the session manager {manager} was made for another name.',
    safe: passwordSafe,
    next: 'Issue one that carries its address, or set its server name.',
    http: 502,
    guacamole: [519],
  },
  manager_certificate_pin_mismatch: {
    blame: 'manager',
    what: 'The session manager {manager} showed another key than the one pinned for its group.',
    safe: passwordSafe,
    next: 'If its key was changed on purpose, pin the new one; if not, someone may be in between.',
    http: 502,
    guacamole: [519],
  },
  manager_refused_client: {
    blame: 'manager',
    what: 'The session manager {manager} refused the certificate of this broker.',
    safe: passwordSafe,
    next: 'Give this broker a client certificate that the manager accepts.',
    http: 502,
    guacamole: [519],
  },
  manager_protocol_error: {
    blame: 'manager',
    what: 'The session manager {manager} sent something that is not the Guacamole protocol.',
    safe: sessionsGoOn,
    next: 'Check that its port is really that of guacd.',
    http: 502,
    guacamole: [515],
  },
  manager_silent: {
    blame: 'manager',
    what: 'The session manager {manager} stopped answering.',
    safe: sessionsGoOn,
    next: 'Check its load and its log; a protocol that is not installed there also shows like this.',
    http: 504,
    guacamole: [514],
  },
  manager_closed: {
    blame: 'manager',
    what: 'The session manager {manager} closed the connection.',
    safe: sessionsGoOn,
    next: 'Reconnect; its log says why.',
    http: 502,
    guacamole: [519],
  },

  // What the manager says of the host.
  host_unreachable: {
    blame: 'manager',
    what: '{host} could not be reached, or refused the connection.',
    safe: sessionsGoOn,
    next: 'Check its address, port and security settings, and that it is switched on. VNC hosts also answer like this to a wrong password.',
    http: 502,
    guacamole: [519, 520],
  },
  host_timeout: {
    blame: 'manager',
    what: '{host} did not answer in time.',
    safe: sessionsGoOn,
    next: 'Check its address and the firewall between it and the session manager.',
    http: 504,
    guacamole: [514],
  },
  host_error: {
    blame: 'manager',
    what: '{host} broke off the connection.',
    safe: sessionsGoOn,
    next: 'Reconnect. If it happens again, check that the port belongs to the chosen protocol.',
    http: 502,
    guacamole: [515],
  },
  host_refused: {
    blame: 'manager',
    what: 'The session manager could not open {host}: its name is unknown there, or its host key is not the expected one.',
    safe: passwordSafe,
    next: 'Check the address, and the expected host key if one is set.',
    http: 502,
    guacamole: [512],
  },
  host_rejected_credentials: {
    blame: 'host',
    what: '{host} did not accept the user name, the password or the key.',
    safe: 'Proxima did not try again, so that no account is locked.',
    next: 'Correct the credential and reconnect.',
    http: 401,
    guacamole: [769],
  },
  host_forbidden: {
    blame: 'host',
    what: '{host} does not allow this.',
    safe: sessionsGoOn,
    next: 'Ask the administrator of the host.',
    http: 403,
    guacamole: [771],
  },
  host_session_taken: {
    blame: 'host',
    what: 'Someone else took over the session on {host}.',
    safe: 'What runs there goes on.',
    next: 'Reconnect to take it back.',
    http: 409,
    guacamole: [521],
  },
  host_session_ended: {
    blame: 'host',
    what: '{host} ended the session.',
    safe: 'Work that was not saved there may be lost.',
    next: 'Reconnect to start again.',
    http: 410,
    guacamole: [523, 522],
  },
  request_rejected: {
    blame: 'host',
    what: 'The session manager rejected what it was asked for.',
    safe: sessionsGoOn,
    next: "Check the host's settings.",
    http: 400,
    guacamole: [768, 781, 783, 797],
  },

  // A session after its first picture.
  manager_lost: {
    blame: 'manager',
    what: 'The connection to the session manager {manager} was lost.',
    safe: 'What ran on the host may still be there.',
    next: 'Reconnect.',
    http: 502,
    guacamole: [519, 776],
  },
  broker_stopping: {
    blame: 'broker',
    what: 'Proxima is closing.',
    safe: 'Windows and VNC hosts keep what you had open.',
    next: 'Start Proxima again and reconnect.',
    http: 503,
    guacamole: [523],
  },

  // Proxima itself.
  no_manager_available: {
    blame: 'broker',
    what: 'No session manager that serves {host} can take a session now.',
    safe: managerSafe,
    next: 'Try again shortly; “Why here?” says what each manager lacks.',
    http: 503,
    guacamole: [519],
  },
  host_unknown: {
    blame: 'broker',
    what: 'This host is no longer in the list.',
    safe: unchanged,
    next: 'Reload the list.',
    http: 404,
    guacamole: [516],
  },
  vault_unknown: {
    blame: 'broker',
    what: 'This vault is no longer in the list.',
    safe: unchanged,
    next: 'Reload the list.',
    http: 404,
    guacamole: [516],
  },
  vault_in_use: {
    blame: 'broker',
    what: 'This vault still holds hosts.',
    safe: unchanged,
    next: 'Move or delete its hosts first.',
    http: 409,
    guacamole: [521],
  },
  session_unknown: {
    blame: 'broker',
    what: 'This session does not exist any more.',
    safe: sessionsGoOn,
    next: 'Open the host again.',
    http: 404,
    guacamole: [516],
  },
  session_closed: {
    blame: 'broker',
    what: 'This session is closed.',
    safe: sessionsGoOn,
    next: 'Reconnect to start it again.',
    http: 410,
    guacamole: [523],
  },
  secrets_unavailable: {
    blame: 'broker',
    what: 'There is no protected place for passwords on this system.',
    safe: 'Nothing was stored.',
    next: 'Leave the password empty: Proxima asks for it at each opening. On Linux, a keyring such as gnome-keyring helps.',
    http: 503,
    guacamole: [512],
  },
  secrets_unreadable: {
    blame: 'broker',
    what: 'The stored password could not be read.',
    safe: 'It was not changed.',
    next: 'Unlock the keychain, or start with the right key, and try again.',
    http: 503,
    guacamole: [512],
  },
  store_failed: {
    blame: 'broker',
    what: 'The change could not be written to disk.',
    safe: 'What was stored before is unchanged.',
    next: 'Check the free space and the rights of the data folder.',
    http: 507,
    guacamole: [512],
  },
  settings_locked: {
    blame: 'broker',
    what: 'A policy of this machine decides this setting.',
    safe: unchanged,
    next: 'Ask whoever manages this machine; the policy file names them.',
    http: 403,
    guacamole: [771],
  },
  audit_unwritable: {
    blame: 'broker',
    what: 'The audit log can not be written, so that nothing may be administered.',
    safe: 'Nothing was changed, and sessions go on.',
    next: 'Check the free space and the rights of the data folder.',
    http: 507,
    guacamole: [512],
  },
  certificate_unknown: {
    blame: 'broker',
    what: 'There is no such certificate here.',
    safe: unchanged,
    next: 'Reload the list.',
    http: 404,
    guacamole: [516],
  },
  private_key_missing: {
    blame: 'broker',
    what: 'The private key of this certificate is not here.',
    safe: unchanged,
    next: 'Import it, or use another certificate.',
    http: 409,
    guacamole: [521],
  },
  manager_certificate_revoked: {
    blame: 'manager',
    what: 'The certificate of the session manager {manager} was revoked.',
    safe: passwordSafe,
    next: 'Issue a new one for it, and find out why the old one was revoked.',
    http: 502,
    guacamole: [519],
  },
  credential_not_kept: {
    blame: 'broker',
    what: 'This session was opened with a credential that was typed for it, and Proxima did not keep that.',
    safe: 'It goes on where it is.',
    next: 'Close it when it suits you, open the host again, and type the credential once more.',
    http: 409,
    guacamole: [521],
  },
  data_folder_in_use: {
    blame: 'broker',
    what: 'Another Proxima is using this data folder.',
    safe: unchanged,
    next: 'End the other one first, or start this one with a data folder of its own (--data).',
    http: 409,
    guacamole: [521],
  },
  document_too_new: {
    blame: 'broker',
    what: 'What is stored here was written by a newer version of Proxima.',
    safe: unchanged,
    next: 'Start the newer version.',
    http: 409,
    guacamole: [512],
  },
  input_invalid: {
    blame: 'broker',
    what: 'That is not valid.',
    safe: unchanged,
    next: 'Correct the marked value.',
    http: 400,
    guacamole: [768],
  },
  sign_in_needed: {
    blame: 'broker',
    what: 'You are not signed in.',
    safe: unchanged,
    next: 'Open the address that Proxima printed at its start.',
    http: 401,
    guacamole: [769],
  },
  origin_refused: {
    blame: 'broker',
    what: 'This request came from another page.',
    safe: unchanged,
    next: 'Open Proxima at its own address.',
    http: 403,
    guacamole: [771],
  },
  host_process_lost: {
    blame: 'broker',
    what: 'The connection to Proxima was lost.',
    safe: 'Your sessions go on while Proxima runs.',
    next: 'It is tried again by itself.',
    http: 503,
    guacamole: [519],
  },
  internal: {
    blame: 'broker',
    what: 'Something went wrong inside Proxima.',
    safe: sessionsGoOn,
    next: 'Try again; the log has the details.',
    http: 500,
    guacamole: [512],
  },
} as const satisfies Record<string, FailureRow>;
