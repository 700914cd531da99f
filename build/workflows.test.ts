import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readYaml } from './packaging/yaml.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly if?: string;
        readonly needs?: string | readonly string[];
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps: readonly Step[];
      }
    >
  >;
}

const folder = new URL('../.github/workflows/', import.meta.url);
const files = readdirSync(folder).map((name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return { name, text, workflow: readYaml(text) as Workflow };
});
const jobs = files.flatMap(({ workflow }) => Object.entries(workflow.jobs));
const steps = jobs.flatMap(([, job]) => job.steps);

it('is YAML with jobs and steps', () => {
  expect(files.length).toBeGreaterThan(0);
  expect(steps.length).toBeGreaterThan(10);
  for (const step of steps) expect(Number('uses' in step) + Number('run' in step)).toBe(1);
  const names = new Set(jobs.map(([name]) => name));
  for (const [, { needs = [] }] of jobs) for (const name of [needs].flat()) expect(names).toContain(name);
});

it('pins every action to a commit, and says which version that is', () => {
  const used = files.flatMap(({ text }) => text.match(/uses:.*$/gm) ?? []);
  expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
  for (const line of used) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it('may read by default, and write in the release only', () => {
  for (const { workflow } of files) {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
  }
  const writing = jobs.filter(([, { permissions }]) => Object.values(permissions ?? {}).includes('write'));
  expect(writing.map(([name]) => name)).toEqual(['publish']);
  for (const [, job] of writing) expect(job.if).toContain("startsWith(github.ref, 'refs/tags/v')");
});

it('keeps secrets from pull requests, and its token from what the steps run', () => {
  for (const [, job] of jobs.filter(([, one]) => JSON.stringify(one).includes('secrets.')))
    expect(job.if).toBe("github.event_name != 'pull_request'");
  for (const { uses, with: inputs } of steps)
    if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
  for (const { run } of steps.filter((step) => step.run?.startsWith('npm ci'))) expect(run).toBe('npm ci');
});

it('puts nothing that others wrote into a command', () => {
  for (const { run } of steps) expect(run ?? '').not.toMatch(/\$\{\{/);
});

it('runs scripts and programs that are there', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = steps.map(({ run }) => run ?? '').join('\n');
  for (const [, name = ''] of commands.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty(name);
  const paths = [...commands.matchAll(/\b((?:build|e2e)\/[\w./-]+)/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths)
    expect(() => readFileSync(new URL(`../${path}`, import.meta.url)), path).not.toThrow();
});
