import type { Compare, KeyValue, Operation } from '../engine.ts';
import { rangeOf, type WireCompare, type WireKeyValue, type WireOperation } from './protocol.ts';

/** What isn't UTF-8, and so not ours, is read with U+FFFD in its place. */
export function toKeyValue(wire: WireKeyValue): KeyValue {
  return {
    key: wire.key.toString('utf8'),
    value: wire.value.toString('utf8'),
    createRevision: Number(wire.createRevision),
    modRevision: Number(wire.modRevision),
    version: Number(wire.version),
    ...(wire.lease !== '0' && { leaseId: wire.lease }),
  };
}

/** etcd's `Compare.CompareTarget` and `Compare.CompareResult`, with the field of each target. */
const targets = {
  version: { target: 0, field: 'version' },
  create: { target: 1, field: 'createRevision' },
  mod: { target: 2, field: 'modRevision' },
} as const;
const results = { '=': 0, '>': 1, '<': 2 } as const;

export function toWireCompare({ key, target, is, value }: Compare): WireCompare {
  const { field, target: number } = targets[target];
  return { key: Buffer.from(key), target: number, result: results[is], [field]: value };
}

export function toWireOperation(operation: Operation): WireOperation {
  switch (operation.kind) {
    case 'put':
      return {
        requestPut: {
          key: Buffer.from(operation.key),
          value: Buffer.from(operation.value),
          ...(operation.leaseId !== undefined && { lease: operation.leaseId }),
        },
      };
    case 'delete':
      return { requestDeleteRange: { key: Buffer.from(operation.key) } };
    case 'deletePrefix':
      return { requestDeleteRange: rangeOf(operation.prefix) };
    case 'get':
      return { requestRange: { key: Buffer.from(operation.key) } };
    case 'list':
      return { requestRange: rangeOf(operation.prefix) };
  }
}
