import { type Carrier, startCarrier } from './relayCarriers.ts';
import { type Connections, connectAll } from './relayClient.ts';
import { type Probing, startProbe } from './relayProbe.ts';
import { type SourceTask, startSource } from './relaySource.ts';

/** What the bench asks of one of its processes. */
export interface PeerTasks {
  /** Behaves as guacd does. Answers its port. */
  source(task: SourceTask): Promise<number>;
  /** Carries bytes from sources to clients. Answers its port. */
  carry(carrier: Carrier): Promise<number>;
  /** Answers what the process has taken of the machine until now. */
  usage(task: { readonly isCollected: boolean }): Promise<Usage>;
  /** Connects clients that read everything, acknowledge each `sync` and draw nothing. Answers once all have heard a first one. */
  connect(task: Connections): Promise<void>;
  /** Has all sources flood. Answers once everything has come. */
  flood(task: object): Promise<{ readonly seconds: number }>;
  /** Has all sources flood, and answers at once. */
  beginFlood(task: object): Promise<void>;
  hangUp(task: object): Promise<void>;
  /** Answers how many bytes all clients have read. */
  read(task: object): Promise<number>;
  /** Asks for a `sync` through a carrier, again and again. Answers the round trips in µs. */
  probe(task: Probing): Promise<readonly number[]>;
}

export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

let clients: Awaited<ReturnType<typeof connectAll>> | undefined;

const tasks: PeerTasks = {
  source: startSource,
  carry: startCarrier,
  usage({ isCollected }) {
    if (isCollected) globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    return Promise.resolve({
      cpuSeconds: (user + system) / 1_000_000,
      residentBytes: process.memoryUsage.rss(),
    });
  },
  async connect(connections) {
    clients?.hangUp();
    clients = await connectAll(connections);
  },
  async flood() {
    return { seconds: (await clients?.flood()) ?? Number.NaN };
  },
  async beginFlood() {
    void clients?.flood();
  },
  async hangUp() {
    clients?.hangUp();
  },
  read: () => Promise.resolve(clients?.readBytes() ?? 0),
  probe: startProbe,
};

process.on('disconnect', () => process.exit(0));
process.on('message', ({ name, task }: { name: keyof PeerTasks; task: never }) => {
  void tasks[name](task).then((answer) => process.send?.(answer ?? null));
});
