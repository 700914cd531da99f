import type { Result } from '../../shared/contract/failure.ts';
import type { Role } from '../../shared/model/access.ts';

/** What a provider vouches for. What follows from it (role rules, grants) is looked up anew whenever it is needed. */
export interface Identity {
  /** As the provider spells it; unique there without regard to case. Fits `personNameSchema`. */
  readonly name: string;
  /** At most 200 characters. */
  readonly displayName: string;
  /** Each fits `personNameSchema`; at most 1,000. */
  readonly groups: readonly string[];
  /** Roles that the provider itself gives: local accounts do; others give none, their people get roles by the role rules. */
  readonly roles: readonly Role[];
}

/** A provider that is handed a name and a password: local accounts, LDAP. */
export interface FormProvider {
  readonly kind: 'form';
  /**
   * Whether this is somebody, and who. `sign_in_refused` for an unknown name and a wrong password alike, taking about the same
   * time; `account_disabled` only after the right password; `sign_in_throttled` where too much is asked at once;
   * `provider_unreachable`, `provider_refused`, `provider_mistrusted` or `provider_answer_invalid` where the provider is the trouble.
   * An empty password is refused before anything is sent (RFC 4513, section 5.1.2). Throttling by name and address is the caller's.
   */
  authenticate(name: string, password: string): Promise<Result<Identity>>;
  /** Gives up what it holds; called once, when its configuration changed or the gateway stops. */
  close?(): Promise<void>;
}

/** A provider that people are sent to: OpenID Connect. It keeps nothing itself, so that people may come back to another node. */
export interface RedirectProvider {
  readonly kind: 'redirect';
  /**
   * Where to send the browser. `kept` (at most 1,000 characters: state, nonce, code verifier) is sealed by the caller into a
   * cookie of this browser, for ten minutes, and given back to `complete`.
   *
   * @param returnAddress `https://…/sign-in/return/<provider id>`: what the administrator registered as redirect address.
   */
  begin(returnAddress: string): Promise<Result<{ readonly address: string; readonly kept: string }>>;
  /**
   * Who came back. `callback` is the whole address, with its query. `sign_in_refused` where the provider or the person said no, or
   * state, nonce or code don't fit; else the `provider_…` failures.
   */
  complete(callback: URL, kept: string): Promise<Result<Identity>>;
  close?(): Promise<void>;
}

export type IdentitySource = FormProvider | RedirectProvider;
