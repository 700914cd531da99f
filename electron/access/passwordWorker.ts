import { parentPort } from 'node:worker_threads';
import { doPasswordWork, type PasswordWork } from './passwordHash.ts';

parentPort?.on('message', ({ id, work }: { id: number; work: PasswordWork }) => {
  doPasswordWork(work).then(
    (value) => parentPort?.postMessage({ id, value }, []),
    (error: unknown) => parentPort?.postMessage({ id, failure: String(error) }, []),
  );
});
