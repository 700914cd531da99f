import { expect, test } from 'vitest';
import { tellImportProblem } from './importProblem.ts';

const text = JSON.stringify({
  managers: [{ name: 'guacd-a' }],
  groups: [{ name: 'Default' }, { name: 'Plant 2', selectors: [{}] }, {}],
});

test.each([
  ['groups.1.managerIds: no manager has the id x', 'Group “Plant 2” › managers', 'No manager has the id x.'],
  ['groups.2.name: Too small', 'Group 3 › name', 'Too small.'],
  [
    'groups.1.selectors.0.addresses.1: not an address, a range or a CIDR prefix',
    'Group “Plant 2” › rule 1 › addresses › entry 2',
    'Not an address, a range or a CIDR prefix.',
  ],
  [
    'managers.0.port: Too big: expected number to be <=65535',
    'Manager “guacd-a” › port',
    'Too big: expected number to be <=65535.',
  ],
  ['managers.7.port: Too big', 'Manager 8 › port', 'Too big.'],
  ['groups: the Default group is missing', 'Groups', 'The Default group is missing.'],
])('%s', (detail, field, problem) => {
  expect(tellImportProblem(detail, text)).toEqual({ field, problem });
});

test.each([
  ['the file is not JSON', 'The file is not JSON.'],
  [': Invalid input: expected object, received array', 'Invalid input: expected object, received array.'],
  ['text: Too big', 'The file is too large for settings.'],
  [undefined, 'It is not a file of settings.'],
])('without a field: %s', (detail, problem) => {
  expect(tellImportProblem(detail, '{')).toEqual({ field: undefined, problem });
});

test('a path into a file that is no JSON is told by its numbers', () => {
  expect(tellImportProblem('groups.1.name: Too small', '{').field).toBe('Group 2 › name');
});
