import { describe, expect, it } from 'vitest';
import { composeSummary, countOutcomes, countPlaywright, countVitest } from './testResults.ts';

describe('countVitest', () => {
  const file = (status: string, ...tests: [fullName: string, status: string][]) => ({
    name: '/a.test.ts',
    status,
    assertionResults: tests.map(([fullName, result]) => ({ fullName, status: result })),
  });

  it('counts tests over all files, and names the skipped', () => {
    const report = {
      testResults: [
        file('passed', ['adds', 'passed'], ['waits for later', 'pending'], ['thinks', 'todo']),
        file('failed', ['divides', 'failed'], ['multiplies', 'passed']),
      ],
    };
    expect(countVitest(report)).toEqual({ passed: 2, failed: 1, skipped: ['waits for later', 'thinks'] });
  });

  it('counts a file that could not be loaded as failed', () => {
    const report = { testResults: [file('failed'), file('passed', ['adds', 'passed'])] };
    expect(countVitest(report)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  it('throws at something else', () => {
    expect(() => countVitest({ results: [] })).toThrow();
  });
});

describe('countPlaywright', () => {
  const spec = (title: string, status: string, annotations: object[] = []) => ({
    title,
    tests: [{ projectName: 'chromium', status, annotations }],
  });

  it('counts tests of nested suites, and gives the reasons of the skipped', () => {
    const report = {
      errors: [],
      suites: [
        {
          specs: [spec('opens', 'expected'), spec('draws', 'unexpected')],
          suites: [
            {
              specs: [
                spec('types', 'flaky'),
                spec('prints', 'skipped', [{ type: 'skip', description: 'no printer' }]),
                spec('scans', 'skipped'),
              ],
            },
          ],
        },
      ],
    };
    expect(countPlaywright(report)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ['prints: no printer', 'scans'],
    });
  });

  it('counts an error outside of the tests', () => {
    const report = { errors: [{ message: 'a spec does not load' }], suites: [] };
    expect(countPlaywright(report)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});

it('composes the last line', () => {
  expect(composeSummary(12, 0)).toBe('12 passed, 0 failed');
  expect(composeSummary(12, 3)).toBe('12 passed, 3 failed');
});

it('counts the pack check’s outcomes, and what could not be examined as skipped with its reason', () => {
  const report = [
    { name: 'linux: deb', ok: true, detail: '1 MB' },
    { name: 'linux: fuses', ok: false, detail: 'the wire is cut' },
    { name: 'linux: rpm', ok: true, detail: 'no rpmbuild', skipped: true },
  ];
  expect(countOutcomes(report)).toEqual({ passed: 1, failed: 1, skipped: ['linux: rpm: no rpmbuild'] });
  expect(() => countOutcomes({})).toThrow('expected array');
});
