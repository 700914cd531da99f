import { expect, test } from 'vitest';
import { checkClusterForm, freePoolId, newClusterForm, resizeCluster } from './clusterForm.ts';
import type { ClusterForm } from './clusterForm.ts';

const filled = (change: Partial<ClusterForm> = {}): ClusterForm => ({
  ...newClusterForm('ab12'),
  nodes: ['a', 'b', 'c'].map((name) => ({ name, address: `${name}.example` })),
  ...change,
});

test('a filled form is an order', () => {
  expect(checkClusterForm(filled())).toEqual({
    errors: {},
    order: {
      authority: 'ab12',
      clusterName: 'proxima',
      nodes: [
        { name: 'a', address: 'a.example' },
        { name: 'b', address: 'b.example' },
        { name: 'c', address: 'c.example' },
      ],
      clientPort: 2379,
      peerPort: 2380,
    },
  });
  expect(checkClusterForm(filled({ authority: '' })).order?.authority).toBeDefined();
});

test('every wrong field is named', () => {
  const wrong = filled({
    authority: '',
    authorityName: ' ',
    clusterName: 'My cluster',
    clientPort: null,
    nodes: [
      { name: 'a', address: '' },
      { name: 'A', address: 'b.example:2379/x' },
      { name: 'a', address: 'c.example' },
    ],
  });
  const { order, errors } = checkClusterForm(wrong);
  expect(order).toBeUndefined();
  expect(Object.keys(errors).toSorted()).toEqual(
    ['0.address', '1.address', '1.name', '2.name', 'authorityName', 'clientPort', 'clusterName'].toSorted(),
  );
  expect(errors['2.name']).toBe('Another node has this name.');
});

test('two nodes on one machine, and one port for two purposes, are refused', () => {
  const node = { name: 'a', address: '10.0.0.1' };
  const twice = filled({ nodes: [node, { ...node, name: 'b' }, { name: 'c', address: '10.0.0.3' }] });
  expect(Object.keys(checkClusterForm(twice).errors)).toEqual(['1.address']);
  expect(Object.keys(checkClusterForm(filled({ peerPort: 2379 })).errors)).toEqual(['peerPort']);
});

test('another size keeps what was typed', () => {
  const five = resizeCluster(filled(), 5);
  expect(five.nodes.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'etcd-4', 'etcd-5']);
  expect(resizeCluster(five, 1).nodes).toEqual([{ name: 'a', address: 'a.example' }]);
});

test('a pool gets an id that no other has', () => {
  expect(freePoolId('proxima', [])).toBe('proxima');
  expect(freePoolId('proxima', ['proxima', 'proxima-2'])).toBe('proxima-3');
  const long = 'x'.repeat(32);
  expect(freePoolId(long, [long])).toBe(`${'x'.repeat(30)}-2`);
});
