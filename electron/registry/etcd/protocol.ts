import type { MethodDefinition } from '@grpc/grpc-js';
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';

/** As protobufjs reads a descriptor: no file is read, so that it runs out of a bundle. */
type Nested = NonNullable<Parameters<typeof fromJSON>[0]['nested']>;

/** `{ field: 'type number' }`, with `repeated` before the type where it may come more than once. */
function message(fields: Readonly<Record<string, string>>) {
  const parse = (text: string) => {
    const [id, type = 'bytes', rule] = text.split(' ').toReversed();
    return { id: Number(id), type, ...(rule === 'repeated' && { rule }) };
  };
  return { fields: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, parse(text)])) };
}

/** `{ Method: 'RequestType ResponseType' }`, with `stream` before both where both are streams. */
function service(methods: Readonly<Record<string, string>>) {
  const parse = (text: string) => {
    const isStream = text.startsWith('stream ');
    const [requestType = '', responseType = ''] = text.replace('stream ', '').split(' ');
    return {
      requestType,
      responseType,
      comment: '',
      ...(isStream && { requestStream: true, responseStream: true }),
    };
  };
  return {
    methods: Object.fromEntries(Object.entries(methods).map(([name, text]) => [name, parse(text)])),
  };
}

/**
 * The part of etcd's API that is used here, the same in 3.4 to 3.7 (https://github.com/etcd-io/etcd, api/etcdserverpb/rpc.proto,
 * api/mvccpb/kv.proto, api/authpb/auth.proto). Enums are their numbers: a name that is misspelt would silently become 0.
 */
const nested: Nested = {
  etcdserverpb: {
    nested: {
      KeyValue: message({
        key: 'bytes 1',
        createRevision: 'int64 2',
        modRevision: 'int64 3',
        version: 'int64 4',
        value: 'bytes 5',
        lease: 'int64 6',
      }),
      Event: message({ type: 'int32 1', kv: 'KeyValue 2' }),
      ResponseHeader: message({
        clusterId: 'uint64 1',
        memberId: 'uint64 2',
        revision: 'int64 3',
        raftTerm: 'uint64 4',
      }),
      RangeRequest: message({
        key: 'bytes 1',
        rangeEnd: 'bytes 2',
        limit: 'int64 3',
        revision: 'int64 4',
        countOnly: 'bool 9',
      }),
      RangeResponse: message({
        header: 'ResponseHeader 1',
        kvs: 'repeated KeyValue 2',
        more: 'bool 3',
        count: 'int64 4',
      }),
      PutRequest: message({ key: 'bytes 1', value: 'bytes 2', lease: 'int64 3' }),
      DeleteRangeRequest: message({ key: 'bytes 1', rangeEnd: 'bytes 2' }),
      RequestOp: message({
        requestRange: 'RangeRequest 1',
        requestPut: 'PutRequest 2',
        requestDeleteRange: 'DeleteRangeRequest 3',
      }),
      ResponseOp: message({ responseRange: 'RangeResponse 1' }),
      Compare: message({
        result: 'int32 1',
        target: 'int32 2',
        key: 'bytes 3',
        version: 'int64 4',
        createRevision: 'int64 5',
        modRevision: 'int64 6',
      }),
      TxnRequest: message({
        compare: 'repeated Compare 1',
        success: 'repeated RequestOp 2',
        failure: 'repeated RequestOp 3',
      }),
      TxnResponse: message({
        header: 'ResponseHeader 1',
        succeeded: 'bool 2',
        responses: 'repeated ResponseOp 3',
      }),
      WatchCreateRequest: message({ key: 'bytes 1', rangeEnd: 'bytes 2', startRevision: 'int64 3' }),
      WatchRequest: message({ createRequest: 'WatchCreateRequest 1', progressRequest: 'Empty 3' }),
      WatchResponse: message({
        header: 'ResponseHeader 1',
        watchId: 'int64 2',
        created: 'bool 3',
        canceled: 'bool 4',
        compactRevision: 'int64 5',
        cancelReason: 'string 6',
        events: 'repeated Event 11',
      }),
      LeaseGrantRequest: message({ ttl: 'int64 1', id: 'int64 2' }),
      LeaseGrantResponse: message({
        header: 'ResponseHeader 1',
        id: 'int64 2',
        ttl: 'int64 3',
        error: 'string 4',
      }),
      LeaseRevokeRequest: message({ id: 'int64 1' }),
      LeaseKeepAliveRequest: message({ id: 'int64 1' }),
      LeaseKeepAliveResponse: message({ header: 'ResponseHeader 1', id: 'int64 2', ttl: 'int64 3' }),
      StatusResponse: message({
        header: 'ResponseHeader 1',
        version: 'string 2',
        dbSize: 'int64 3',
        leader: 'uint64 4',
        errors: 'repeated string 8',
        isLearner: 'bool 10',
        dbSizeQuota: 'int64 12',
      }),
      Member: message({ id: 'uint64 1', name: 'string 2', isLearner: 'bool 5' }),
      MemberListResponse: message({ header: 'ResponseHeader 1', members: 'repeated Member 2' }),
      Empty: message({}),
      /** Every answer that isn't read further than its header. */
      Done: message({ header: 'ResponseHeader 1' }),
      AuthStatusResponse: message({ header: 'ResponseHeader 1', enabled: 'bool 2' }),
      AuthenticateRequest: message({ name: 'string 1', password: 'string 2' }),
      UserAddOptions: message({ noPassword: 'bool 1' }),
      UserAddRequest: message({ name: 'string 1', password: 'string 2', options: 'UserAddOptions 3' }),
      NameRequest: message({ name: 'string 1' }),
      RolesResponse: message({ header: 'ResponseHeader 1', roles: 'repeated string 2' }),
      UserGrantRoleRequest: message({ user: 'string 1', role: 'string 2' }),
      Permission: message({ permType: 'int32 1', key: 'bytes 2', rangeEnd: 'bytes 3' }),
      RoleGetRequest: message({ role: 'string 1' }),
      RoleGetResponse: message({ header: 'ResponseHeader 1', perm: 'repeated Permission 2' }),
      RoleGrantPermissionRequest: message({ name: 'string 1', perm: 'Permission 2' }),
      RoleRevokePermissionRequest: message({ role: 'string 1', key: 'bytes 2', rangeEnd: 'bytes 3' }),
      KV: service({ Range: 'RangeRequest RangeResponse', Txn: 'TxnRequest TxnResponse' }),
      Watch: service({ Watch: 'stream WatchRequest WatchResponse' }),
      Lease: service({
        LeaseGrant: 'LeaseGrantRequest LeaseGrantResponse',
        LeaseRevoke: 'LeaseRevokeRequest Done',
        LeaseKeepAlive: 'stream LeaseKeepAliveRequest LeaseKeepAliveResponse',
      }),
      Maintenance: service({ Status: 'Empty StatusResponse' }),
      Cluster: service({ MemberList: 'Empty MemberListResponse' }),
      Auth: service({
        AuthStatus: 'Empty AuthStatusResponse',
        AuthEnable: 'Empty Done',
        Authenticate: 'AuthenticateRequest Done',
        UserAdd: 'UserAddRequest Done',
        UserGet: 'NameRequest RolesResponse',
        UserGrantRole: 'UserGrantRoleRequest Done',
        UserRevokeRole: 'UserGrantRoleRequest Done',
        RoleAdd: 'NameRequest Done',
        RoleGet: 'RoleGetRequest RoleGetResponse',
        RoleGrantPermission: 'RoleGrantPermissionRequest Done',
        RoleRevokePermission: 'RoleRevokePermissionRequest Done',
      }),
    },
  },
};

/** 64-bit integers: as decimal text where they come in, as text or numbers where they go out. */
type Integer = string | number;

export interface ResponseHeader {
  readonly clusterId: string;
  readonly memberId: string;
  readonly revision: string;
}

export interface WireKeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly createRevision: string;
  readonly modRevision: string;
  readonly version: string;
  /** `'0'`: none. */
  readonly lease: string;
}

interface Answer {
  readonly header: ResponseHeader | null;
}

/** The end of a range of keys isn't part of it; without one the range is the one key. */
interface KeyRange {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
}

interface RangeRequest extends KeyRange {
  readonly limit?: number;
  readonly revision?: Integer;
}

interface RangeResponse extends Answer {
  readonly kvs: readonly WireKeyValue[];
  readonly more: boolean;
}

export interface WireOperation {
  readonly requestRange?: RangeRequest;
  readonly requestPut?: { readonly key: Buffer; readonly value: Buffer; readonly lease?: Integer };
  readonly requestDeleteRange?: KeyRange;
}

export interface WireCompare {
  readonly result: number;
  readonly target: number;
  readonly key: Buffer;
  readonly version?: Integer;
  readonly createRevision?: Integer;
  readonly modRevision?: Integer;
}

export interface WatchRequest {
  readonly createRequest?: KeyRange & { readonly startRevision: Integer };
  readonly progressRequest?: Record<string, never>;
}

export interface WatchResponse extends Answer {
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compactRevision: string;
  readonly cancelReason: string;
  readonly events: readonly { readonly type: number; readonly kv: WireKeyValue | null }[];
}

export interface WirePermission extends KeyRange {
  readonly permType: number;
}

type Nothing = Record<string, never>;
interface Calls {
  readonly Range: [RangeRequest, RangeResponse];
  readonly Txn: [
    {
      readonly compare: readonly WireCompare[];
      readonly success: readonly WireOperation[];
      readonly failure: readonly WireOperation[];
    },
    Answer & {
      readonly succeeded: boolean;
      readonly responses: readonly { readonly responseRange: RangeResponse | null }[];
    },
  ];
  readonly Watch: [WatchRequest, WatchResponse];
  readonly LeaseGrant: [
    { readonly ttl: number; readonly id: Integer },
    Answer & { readonly id: string; readonly ttl: string; readonly error: string },
  ];
  readonly LeaseRevoke: [{ readonly id: Integer }, Answer];
  readonly LeaseKeepAlive: [{ readonly id: Integer }, Answer & { readonly id: string; readonly ttl: string }];
  readonly Status: [
    Nothing,
    Answer & {
      readonly version: string;
      readonly dbSize: string;
      readonly leader: string;
      readonly errors: readonly string[];
      readonly isLearner: boolean;
      readonly dbSizeQuota: string;
    },
  ];
  readonly MemberList: [
    Nothing,
    Answer & {
      readonly members: readonly {
        readonly id: string;
        readonly name: string;
        readonly isLearner: boolean;
      }[];
    },
  ];
  readonly AuthStatus: [Nothing, Answer & { readonly enabled: boolean }];
  readonly AuthEnable: [Nothing, Answer];
  readonly Authenticate: [{ readonly name: string; readonly password: string }, Answer];
  readonly UserAdd: [{ readonly name: string; readonly options: { readonly noPassword: boolean } }, Answer];
  readonly UserGet: [{ readonly name: string }, Answer & { readonly roles: readonly string[] }];
  readonly UserGrantRole: [{ readonly user: string; readonly role: string }, Answer];
  readonly UserRevokeRole: [{ readonly user: string; readonly role: string }, Answer];
  readonly RoleAdd: [{ readonly name: string }, Answer];
  readonly RoleGet: [{ readonly role: string }, Answer & { readonly perm: readonly WirePermission[] }];
  readonly RoleGrantPermission: [{ readonly name: string; readonly perm: WirePermission }, Answer];
  readonly RoleRevokePermission: [KeyRange & { readonly role: string }, Answer];
}

export type CallName = keyof Calls;
export type RequestOf<Name extends CallName> = Calls[Name][0];
export type ResponseOf<Name extends CallName> = Calls[Name][1];
export type Method<Name extends CallName> = MethodDefinition<RequestOf<Name>, ResponseOf<Name>>;

const definitions = fromJSON({ nested }, { longs: String, defaults: true });

/** Each call with its path and codec, by its name, which is unique among etcd's services. */
const methods = Object.fromEntries(
  ['KV', 'Watch', 'Lease', 'Maintenance', 'Cluster', 'Auth'].flatMap((name) =>
    Object.entries(definitions[`etcdserverpb.${name}`] as ServiceDefinition),
  ),
);

/** @throws where the table above has no such call, which its own test would have seen. */
export function methodOf<Name extends CallName>(name: Name): Method<Name> {
  const method = methods[name];
  if (method === undefined) throw new Error(`no call ${name}`);
  return method as unknown as Method<Name>;
}

/** `KeyRange` of everything under a prefix: up to the prefix with its last byte one higher. */
export function rangeOf(prefix: string): { readonly key: Buffer; readonly rangeEnd: Buffer } {
  const key = Buffer.from(prefix);
  const rangeEnd = Buffer.from(key);
  // Prefixes are text, whose last byte in UTF-8 is never 255.
  rangeEnd[rangeEnd.length - 1] = (rangeEnd.at(-1) ?? 0) + 1;
  return { key, rangeEnd };
}
