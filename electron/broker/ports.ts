import type { Failure, Result } from '../../shared/contract/failure.ts';
import type { ManagerHealth, Security } from '../../shared/model/health.ts';
import type { ReportedLoad } from '../../shared/model/reportedCounts.ts';
import type { InterruptedSession } from '../../shared/contract/desktop.ts';
import type { GuacdOffer } from '../../shared/model/guacdOffer.ts';
import type { LinkAnswer, LinkEvent } from '../../shared/model/linkProposal.ts';
import type { Preferences } from '../../shared/model/preferences.ts';
import type { UpdateState } from '../../shared/model/update.ts';
import type { Credential, Host, Secret, StoredSecret, Vault } from '../../shared/model/host.ts';
import type { PlacementRequest, SessionCounts } from '../../shared/model/placement.ts';
import type { Protocol } from '../../shared/model/protocol.ts';
import type { OpeningStep } from '../../shared/model/opening.ts';
import type { ProximityGroup, Trust } from '../../shared/model/proximityGroup.ts';
import type { Session } from '../../shared/model/session.ts';
import type { RegistryHealth } from '../../shared/model/registryHealth.ts';
import type { SessionRecord } from '../../shared/model/sessionRecord.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { SettingsRevision } from '../../shared/contract/administration.ts';
import type { AuditRecord } from '../../shared/model/audit.ts';
import type { Bundle, Certificate, CertificateOrder } from '../../shared/model/certificate.ts';
import type { ClusterHealth } from '../../shared/model/clusterHealth.ts';
import type { ManagerCheckEvent } from '../../shared/model/managerCheck.ts';
import type { HostWhatIf, WhatIf, WhatIfReport } from '../../shared/model/whatIf.ts';
import type { Caller } from './caller.ts';

/** Stops a subscription; calling it twice does no harm. */
export type Unsubscribe = () => void;

/** What the stored hosts are at this moment, and every change after it. Writes resolve once they are on disk. */
export interface HostStore {
  vaults(): readonly Vault[];
  hosts(): ReadonlyMap<string, Host>;
  putHosts(hosts: readonly Host[]): Promise<Result<void>>;
  removeHosts(hostIds: readonly string[]): Promise<Result<void>>;
  putVault(vault: Vault): Promise<Result<void>>;
  removeVault(vaultId: string): Promise<Result<void>>;
  onChange(listener: (change: HostChange) => void): Unsubscribe;
}

export type HostChange =
  | { readonly kind: 'put'; readonly hosts: readonly Host[] }
  | { readonly kind: 'removed'; readonly hostIds: readonly string[] }
  | { readonly kind: 'vaults'; readonly vaults: readonly Vault[] };

/**
 * Where passwords and keys lie: the OS keychain, or an encrypted file. An entry belongs to one host. Failures:
 * `secrets_unavailable` where nothing here protects them, `secrets_unreadable` where it does but can't be read now.
 */
export interface SecretStore {
  readonly kind: 'keychain' | 'encrypted-file' | 'none';
  read(hostId: string): Promise<Result<Secret>>;
  /** Replaces the whole entry; an empty secret deletes it. */
  write(hostId: string, secret: Secret): Promise<Result<void>>;
  remove(hostIds: readonly string[]): Promise<Result<void>>;
  /** Which parts are stored, without reading them out. */
  describe(hostId: string): Promise<Result<StoredSecret>>;
  /** The hosts that have an entry, in no order; some may not be in the list any more. */
  listHostIds(): Promise<Result<readonly string[]>>;
}

/** Groups and managers as they are now; the Default group is always among them. */
export interface Topology {
  readonly groups: readonly ProximityGroup[];
  readonly managers: readonly SessionManager[];
  readonly queueTimeoutMs: number;
}

export interface TopologySource {
  current(): Topology;
}

export interface HealthView {
  healthOf(managerId: string): ManagerHealth;
  /** `undefined` where the manager tells none, as a plain guacd. */
  loadOf(managerId: string): ReportedLoad | undefined;
  /** An opening met this failure, or succeeded: the prober checks sooner, placement knows at once. */
  report(managerId: string, outcome: { readonly failure?: Failure }): void;
  onChange(listener: () => void): Unsubscribe;
}

/** What the registry is told of a session when its place is claimed; the manager is chosen there. */
export type NewSession = Pick<
  SessionRecord,
  'id' | 'user' | 'roles' | 'rights' | 'hostId' | 'hostName' | 'address' | 'vaultId' | 'protocol' | 'openedAt'
>;

/** What an owner may change of a record afterwards. */
export type SessionChange = Partial<Pick<SessionRecord, 'state' | 'loggedIn' | 'liveAt' | 'placement'>> & {
  /** guacd's connection id as it is; the registry seals it. */
  readonly connectionId?: string;
};

/** Sessions by manager at one revision of one pool. */
export interface RegistryCounts {
  /** A manager without sessions may be missing. */
  readonly byManager: ReadonlyMap<string, SessionCounts>;
  readonly revision: number;
  /** `false` where the registry has not been heard of lately: then they may be old. */
  readonly fresh: boolean;
}

export interface Choice {
  readonly managerId: string;
  /** Kept under race as well: nobody's claim goes over it. */
  readonly sessionLimit: number | null;
  /** The pool that its group names; left out, the first that takes sessions. */
  readonly poolId?: string | undefined;
}

/** A place on a manager that is taken. */
export interface Claim {
  readonly sessionId: string;
  readonly managerId: string;
  readonly poolId: string;
  /** Greater than that of every earlier claim of the pool, also over restarts: who has a smaller one was overtaken. */
  readonly fence: number;
  readonly revision: number;
}

/** A manager as all processes of a pool are to see it. */
export type ManagerDefinition = Pick<SessionManager, 'id' | 'intent' | 'weight' | 'sessionLimit'>;

/** Each transaction's events come together and in order. `resync`: so much was missed that `list` has to be read anew. */
export type RegistryEvent =
  | { readonly kind: 'put'; readonly record: SessionRecord; readonly revision: number }
  | { readonly kind: 'removed'; readonly sessionId: string; readonly revision: number }
  | { readonly kind: 'resync' };

/** An own session that an administrator wants ended, or all of a user. */
export interface SessionEnding {
  readonly sessionId: string;
  readonly code: 'session_ended_by_administrator' | 'user_signed_out';
}

/**
 * The list of all live sessions of all clients: in this process, in one etcd cluster, or in several one after the other. Failures
 * are a closed set: `registry_exists`, `registry_conflict`, `registry_gone`, `registry_busy`, `registry_unavailable`,
 * `registry_outcome_unknown` (repeating with the same id is safe), `registry_lease_lost`, `registry_not_etcd`,
 * `registry_certificate_untrusted`, `registry_client_refused`, `registry_denied`, `registry_quota_full`, `registry_newer`.
 */
export interface Registry {
  /**
   * Chooses and reserves in one step: `choose` may be called more than once, with the counts as they are, and the place that it
   * returns last is taken before anybody sees counts without it. Resolves to `undefined` where `choose` finds nobody. A session
   * of this process has at most one claim: a second replaces the first, which it does not see; of another's, `registry_exists`.
   */
  claim(
    session: NewSession,
    choose: (view: RegistryCounts) => Choice | undefined,
  ): Promise<Result<Claim | undefined>>;
  /**
   * Changes an own session's record. With `ifRevision`, fails with `registry_conflict` where it was written since. A change that
   * can't be written now is written as soon as that is possible, unless the failure is `registry_conflict` or `registry_gone`.
   */
  update(sessionId: string, change: SessionChange, ifRevision?: number): Promise<Result<Claim>>;
  /** Gives the place back, now or as soon as the registry answers; releasing twice does no harm. */
  release(sessionId: string): Promise<Result<void>>;
  /** As last acknowledged, whoever made the change; `undefined` where there is no such session. */
  get(sessionId: string): Promise<Result<SessionRecord | undefined>>;
  list(): Promise<Result<readonly SessionRecord[]>>;
  /** At once, of what has been heard; all pools together. */
  counts(): RegistryCounts;
  /** Once this process has heard of `revision` of this pool; for one who has just seen a change acknowledged. */
  countsAtLeast(poolId: string, revision: number): Promise<Result<RegistryCounts>>;
  watch(listener: (event: RegistryEvent) => void): Unsubscribe;
  defineManagers(managers: readonly ManagerDefinition[]): Promise<Result<void>>;
  /** By id, as some process of the pool last defined them. */
  managers(): ReadonlyMap<string, ManagerDefinition>;
  onManagers(listener: () => void): Unsubscribe;
  /** Every process hears of it that holds the session: {@link onEnding}. */
  endSession(sessionId: string, who: string): Promise<Result<void>>;
  signOutUser(user: string, who: string): Promise<Result<void>>;
  onEnding(listener: (ending: SessionEnding) => void): Unsubscribe;
  /** The machine was asleep: beats at once, and asserts its sessions again where they were given up for lost. */
  wake(): void;
  /** What the panel shows, as last heard; reading it has no effect. */
  health(): RegistryHealth;
  /** While there is a listener, the members are asked every few seconds, and the mirrors' lag is measured. */
  onHealth(listener: () => void): Unsubscribe;
  /** A pool's status changed between live, stale and suspended; told without asking anybody. */
  onStatus(listener: () => void): Unsubscribe;
  /** Gives every own place back at once. */
  close(): Promise<void>;
}

/** Hears how sessions fare, for the panel's time line and the measured proximity. */
export interface SessionJournal {
  /** The first picture is there; the last of `session.attempts` brought it. */
  noteLive(session: Session, groupId: string): void;
  /** A window has drawn the first picture: `session.times` is whole. */
  noteDrawn(session: Session): void;
  /** The opening failed, or the live session did. */
  noteFailed(session: Session, failure: Failure): void;
}

/** The screen that a session is opened for. Pixels are device pixels. */
export interface Display {
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly timezone?: string | undefined;
}

/** Everything that a channel needs; the secret is in `parameters`, and nowhere earlier. */
export interface ChannelRequest {
  readonly manager: SessionManager;
  readonly trust: Trust;
  readonly protocol: Protocol;
  /**
   * By Guacamole argument name; names that the manager doesn't ask for are left out, those it asks for beyond them are sent empty.
   * A promise where the secret is still being read: the way is made meanwhile, and nothing is said on it before.
   */
  readonly parameters: ConnectionParameters | Promise<Result<ConnectionParameters>>;
  readonly display: Display;
  /** Of {@link ChannelOpener.lookUp}, for the same manager; left out, it is looked up now. */
  readonly lookup?: ManagerLookup;
  /** Hears when each step begins and when it is over. */
  readonly observer?: ChannelObserver;
}

export type ConnectionParameters = Readonly<Record<string, string>>;

/** Where the name of a manager leads to. */
export type ManagerLookup = Promise<Result<readonly { readonly address: string; readonly family: number }[]>>;

export interface ChannelObserver {
  begin(step: ChannelStep): void;
  end(step: ChannelStep): void;
}

/** `lookup` only where that was not done ahead. */
type ChannelStep = Extract<OpeningStep, 'lookup' | 'connecting' | 'securing' | 'greeting' | 'host'>;

/** Opens a channel up to its first `sync` (or `required`), or says why not; nothing stays open after a failure or an abort. */
export interface ChannelOpener {
  /** Asks the name servers ahead of an `open`, and nobody else. */
  lookUp(manager: SessionManager, signal: AbortSignal): ManagerLookup;
  open(request: ChannelRequest, signal: AbortSignal): Promise<Result<SessionLine>>;
}

/** How a session's line ended: by the host's or our own wish (`undefined`), or by a failure. */
export type LineEnd = { readonly failure?: Failure };

/**
 * The bytes of one live session, owned by the host process. Without a tunnel it stays alive: it answers `sync` and discards
 * the picture. A tunnel that comes later joins the session by its connection id and gets the full picture.
 */
export interface SessionLine {
  readonly security: Security;
  /** By which others join the session on its manager. Who knows it can watch and type: never told to a window. */
  readonly connectionId: string;
  /** Gives the picture to this tunnel; an earlier tunnel is closed. Fails where the session can't be joined any more. */
  attach(wire: TunnelWire): Promise<Result<void>>;
  /**
   * Gives picture and input to another tunnel beside that one, which doesn't notice; only so many. It ends by itself, or with the
   * line; the line goes on whatever becomes of it. Fails with `session_crowded`, or where the session can't be joined.
   */
  join(wire: TunnelWire): Promise<Result<void>>;
  /** Since the opening; a picture that a later tunnel is drawn anew counts again. */
  traffic(): { readonly fromHostBytes: number; readonly toHostBytes: number };
  close(): void;
  /** Settles once, when the line is closed for whatever reason and holds no socket any more. */
  readonly ended: Promise<LineEnd>;
  /**
   * Hears when the way to the manager is lost while the session goes on there (`true`), and when it is found again. Only behind
   * managers that hold sessions; elsewhere such a loss is the end.
   */
  onReconnecting(listener: (isReconnecting: boolean) => void): void;
}

/** The host's end of a tunnel: a WebSocket or a MessagePort. Carries whole Guacamole instructions, as UTF-8. */
export interface TunnelWire {
  /** `bytes` may be reused by the caller once `done` was called; `done` is the wire's back-pressure. It is also called after a close. */
  send(bytes: Uint8Array, done: () => void): void;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  /** Called once, also where `close` was called here. */
  onClose(listener: () => void): void;
  /** Tells a failure to the other side in its own way, where there was one. */
  close(failure?: Failure): void;
}

/** Settings as they are now, with the number of the save that made them so. */
export interface RevisedSettings {
  readonly settings: Settings;
  readonly revision: number;
}

/** The one versioned document of administrators' decisions. Everybody reads `current`; only `save` changes it. */
export interface SettingsStore {
  current(): RevisedSettings;
  /** Fields that a machine-wide policy decides. */
  locked(): readonly { readonly path: string; readonly managedBy: string }[];
  /**
   * Saves as the revision after `base`, once the audit log has it. `conflict` where `base` isn't the current revision any more.
   * Fails with `settings_locked`, `audit_unwritable` or `store_failed`; nothing is changed then.
   */
  save(base: number, settings: Settings, who: string): Promise<Result<SettingsSave>>;
  history(): Promise<Result<readonly SettingsRevision[]>>;
  readRevision(revision: number): Promise<Result<Settings>>;
  onChange(listener: () => void): Unsubscribe;
}

export type SettingsSave =
  | { readonly kind: 'saved'; readonly revision: number }
  | { readonly kind: 'conflict'; readonly who: string; readonly theirs: readonly string[] };

/** Administrative changes, hash-chained. An append resolves once it is on disk; fails with `audit_unwritable`. */
export interface AuditLog {
  append(entry: {
    readonly who: string;
    readonly what: string;
    readonly details: readonly string[];
  }): Promise<Result<void>>;
  read(): Promise<
    Result<{ readonly records: readonly AuditRecord[]; readonly intact: boolean; readonly brokenAt?: number }>
  >;
}

/** Certificates and, in a protected place, their private keys. Every change is audited before it is done. */
export interface CertificateStore {
  list(): readonly Certificate[];
  createAuthority(
    order: { readonly name: string; readonly lifetimeDays: number },
    who: string,
  ): Promise<Result<{ serial: string }>>;
  issue(authority: string, order: CertificateOrder, who: string): Promise<Result<{ serial: string }>>;
  renew(serial: string, lifetimeDays: number, who: string): Promise<Result<{ serial: string }>>;
  revoke(serial: string, who: string): Promise<Result<void>>;
  exportBundle(serial: string, who: string): Promise<Result<Bundle>>;
  importFile(file: ImportedFile, who: string): Promise<Result<{ serials: readonly string[] }>>;
  chooseClient(serial: string | null, who: string): Promise<Result<void>>;
  /** The certificate and key that this broker shows to session managers. */
  clientCertificate(): { readonly certificatePem: string; readonly privateKeyPem: string } | undefined;
  /** The certificate, with what is between it and its root, and its key: to be shown to a session registry. */
  readClient(
    serial: string,
  ): Promise<Result<{ readonly certificatePem: string; readonly privateKeyPem: string }>>;
  /** Packs files for the machine of `serial`, its pair and its authorities among them, as the caller describes them. */
  packFor(
    serial: string,
    who: string,
    describe: (pair: MachinePair) => readonly MachineFile[],
  ): Promise<Result<Bundle>>;
  /** Serials that brokers refuse. */
  isRevoked(serial: string): boolean;
}

/** What a machine shows, and whom it believes; the private key is a secret. */
export interface MachinePair {
  readonly chainPem: string;
  readonly privateKeyPem: string;
  readonly authoritiesPem: string;
}

/** One file of a bundle. */
export interface MachineFile {
  readonly name: string;
  readonly mode: number;
  readonly text: string;
  /** One sentence for whoever unpacks it. */
  readonly purpose: string;
}

export type ImportedFile =
  | { readonly format: 'pem'; readonly text: string }
  | { readonly format: 'pkcs12'; readonly contentBase64: string; readonly passphrase: string };

/** Placement of all saved hosts under imagined settings, away from the thread that relays sessions. */
export interface WhatIfEngine {
  placeHost(whatIf: WhatIf, request: PlacementRequest): Promise<Result<HostWhatIf>>;
  placeAllHosts(whatIf: WhatIf): Promise<Result<WhatIfReport>>;
}

/** A live check of a manager that needn't be saved. Ends early when `signal` aborts. */
export type CheckManager = (
  manager: SessionManager,
  trust: Trust,
  signal: AbortSignal,
) => AsyncIterable<ManagerCheckEvent>;

/** What the health panel shows, put together. */
export interface ClusterHealthView {
  current(): ClusterHealth;
  onChange(listener: () => void): Unsubscribe;
  /** Looks at one manager now. */
  probeNow(managerId: string): void;
}

/** Links and files that wait for one person. Nothing is opened or saved before they agree. */
export interface Links {
  /** Those that wait; windows are told at once and as they come. */
  waiting(): readonly LinkEvent[];
  /**
   * Parses and keeps, or refuses; never throws. What a person gave to a window themselves, who is `from` then, is taken whatever the
   * preferences say of links of other programs; else it came from the system, to whoever sits at the app.
   */
  proposeLink(text: string, from?: Caller): void;
  proposeFile(name: string, content: Uint8Array, from?: Caller): void;
  /** Opens or saves it; a proposal that was accepted is forgotten, one that couldn't be waits on. */
  accept(request: LinkAcceptance): Promise<Result<{ sessionId: string }>>;
  dismiss(proposalId: string): void;
  /** A host that was opened from a link without being saved, so that its session can be opened again; kept in memory only. */
  findUnsaved(hostId: string): Host | undefined;
  onChange(listener: () => void): Unsubscribe;
}

export interface LinkAcceptance {
  readonly caller: Caller;
  readonly proposalId: string;
  readonly answer: LinkAnswer;
  readonly credential?: Credential | undefined;
  readonly display: Display;
}

/** What was open when this data folder's last Proxima ended without closing it. */
export interface Recovery {
  interrupted(personId: string): readonly InterruptedSession[];
  dismiss(personId: string): Promise<void>;
}

export interface PreferencesStore {
  current(): Preferences;
  save(preferences: Preferences): Promise<Result<void>>;
  onChange(listener: () => void): Unsubscribe;
}

/** The session manager of this machine. */
export interface OwnManager {
  /** What it opens sessions with, in words; left out, this machine runs none of its own. */
  readonly engine?: string;
  /** How guacd can be had for it; `undefined` where this machine runs none of its own. */
  guacdOffer(): Promise<GuacdOffer | undefined>;
  /** Makes it open with guacd what it can't by itself, after the offered command where that is to be run. Fails with `guacd_missing`. */
  adoptGuacd(install: boolean): Promise<Result<void>>;
}

export interface Updates {
  current(): UpdateState;
  look(): Promise<Result<void>>;
  install(evenWithSessions: boolean): Promise<Result<void>>;
  onChange(listener: () => void): Unsubscribe;
}
